package trust

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

const (
	// clockSkew is how far a signer's clock may be ahead of this machine's.
	clockSkew = 24 * time.Hour
	// maxSignatures bounds the work that a hostile file can cause. Debian signs with three keys.
	maxSignatures = 32
)

// SignatureError reports data without a good signature by a pinned key, or with a forged signature in the name of one.
type SignatureError struct {
	Name    string        // file or URL
	Missing bool          // the signature itself is missing
	Reason  string        // one clause that says what is wrong
	Found   []string      // fingerprints or key IDs of the keys that signed, in the order of the signatures
	Want    []Fingerprint // primary keys that are accepted
}

// Error lists the keys that signed and those that are accepted; if the signature is missing, only the reason.
func (e *SignatureError) Error() string {
	if e.Missing {
		return e.Name + ": " + e.Reason
	}
	found := "no signature was read"
	if len(e.Found) > 0 {
		found = "signed by " + strings.Join(e.Found, ", ")
	}
	want := make([]string, len(e.Want))
	for i, fp := range e.Want {
		want[i] = fp.String()
	}
	return fmt.Sprintf("%s: %s; %s, expected one of %s", e.Name, e.Reason, found, strings.Join(want, ", "))
}

// VerifyDetached checks a detached signature, binary or armored, over everything that signed yields. It returns the
// primary fingerprints of the pinned keys whose signatures are good, at least one. The rules are those of
// VerifyClearsigned, and name is used in messages. An error that signed returns is returned wrapped; any other failure
// is a *SignatureError.
func (k *Keyring) VerifyDetached(name string, signed io.Reader, sig []byte) ([]Fingerprint, error) {
	packets := sig
	if trimmed := bytes.TrimSpace(sig); bytes.HasPrefix(trimmed, []byte("-----BEGIN ")) {
		read, err := readArmoredSignature(trimmed)
		if err != nil {
			return nil, &SignatureError{Name: name, Reason: err.Error(), Want: k.pinned}
		}
		packets = read
	}
	return k.verify(name, signed, packets)
}

func readArmoredSignature(text []byte) ([]byte, error) {
	block, err := armor.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("its armor could not be read (%v)", err)
	}
	if block.Type != openpgp.SignatureType {
		return nil, fmt.Errorf("it is armored as %q, expected %q", block.Type, openpgp.SignatureType)
	}
	packets, err := io.ReadAll(block.Body)
	if err != nil {
		return nil, fmt.Errorf("its armor could not be read (%v)", err)
	}
	return packets, nil
}

// verify checks signature packets over signed. Every verification goes through it.
func (k *Keyring) verify(name string, signed io.Reader, packets []byte) ([]Fingerprint, error) {
	keys, err := k.keys()
	if err != nil {
		return nil, fmt.Errorf("reading the pinned keys: %w", err)
	}
	fail := &SignatureError{Name: name, Want: k.pinned}
	sigs, err := readSignatures(packets)
	if err != nil {
		fail.Reason = err.Error()
		return nil, fail
	}
	now := verificationTime(sigs)
	var known []byte
	var reasons []string
	for _, sig := range sigs {
		fail.Found = append(fail.Found, sig.issuer())
		// As in apt, a signature by an unknown key is not an error: archives sign with a new key long before it is pinned.
		if !sig.by(keys) {
			continue
		}
		if why := sig.unfit(); why != "" {
			reasons = append(reasons, "signature by "+sig.issuer()+" not accepted: "+why)
			continue
		}
		known = append(known, sig.raw...)
	}
	config := &packet.Config{Time: func() time.Time { return now }}
	good, bad, err := check(keys, signed, known, config)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	reasons = append(reasons, bad.rejected...)
	switch {
	case len(bad.forged) > 0:
		fail.Reason = "the signature does not match: " + strings.Join(bad.forged, ", ")
		return nil, fail
	case len(good) == 0:
		fail.Reason = "no good signature by a pinned key"
		if len(reasons) > 0 {
			fail.Reason += " (" + strings.Join(reasons, ", ") + ")"
		}
		return nil, fail
	}
	return good, nil
}

// verdicts describes the signatures by pinned keys that were not accepted: forged ones, and those that are expired or
// by a key that is not valid.
type verdicts struct{ forged, rejected []string }

// check verifies signatures that claim to be by keys. It returns an error only when signed could not be read.
func check(keys openpgp.EntityList, signed io.Reader, sigs []byte, config *packet.Config) ([]Fingerprint, verdicts, error) {
	if len(sigs) == 0 {
		return nil, verdicts{}, nil
	}
	details, err := openpgp.VerifyDetachedSignatureReader(keys, signed, bytes.NewReader(sigs), config)
	if err != nil {
		return nil, verdicts{}, err
	}
	if _, err := io.Copy(io.Discard, details.UnverifiedBody); err != nil {
		return nil, verdicts{}, err
	}
	var good []Fingerprint
	var bad verdicts
	for _, c := range details.SignatureCandidates {
		err := c.SignatureError
		if err == nil {
			// go-crypto checks whether the key was valid when it signed. Check whether it is valid now as well:
			// someone who stole a key that has since expired or been revoked can backdate a signature.
			err = validNow(c.SignedByEntity, c.IssuerKeyId, config)
		}
		primary := fingerprintOf(c.SignedByEntity.PrimaryKey.Fingerprint)
		switch {
		case err == nil && !slices.Contains(good, primary):
			good = append(good, primary)
		case err == nil:
		case forged(err):
			bad.forged = append(bad.forged, fmt.Sprintf("%s (%v)", primary, err))
		default:
			bad.rejected = append(bad.rejected, fmt.Sprintf("signature by %s not accepted: %v", primary, err))
		}
	}
	return good, bad, nil
}

// forged reports whether err means that a signature does not match. Other errors mean that it has expired, or that its
// key is not valid.
func forged(err error) bool {
	var mismatch pgperrors.SignatureError
	var wrongKind pgperrors.InvalidArgumentError
	return errors.As(err, &mismatch) || errors.As(err, &wrongKind)
}

func validNow(key *openpgp.Entity, id uint64, config *packet.Config) error {
	if _, err := key.VerifyPrimaryKey(config.Now(), config); err != nil {
		return err
	}
	if _, ok := key.SigningKeyById(config.Now(), id, config); !ok {
		return fmt.Errorf("its signing key %016X is expired or revoked", id)
	}
	return nil
}

// signature is one parsed signature packet and its bytes.
type signature struct {
	*packet.Signature
	raw []byte
}

// readSignatures splits a packet stream into signatures. It skips those of a kind that go-crypto does not support, MD5
// among them, because they could not be accepted. It returns an error at the first packet that is broken.
func readSignatures(packets []byte) ([]signature, error) {
	var sigs []signature
	reader := bytes.NewReader(packets)
	for {
		start := len(packets) - reader.Len()
		p, err := packet.Read(reader)
		var unknown pgperrors.UnknownPacketTypeError
		var unsupported pgperrors.UnsupportedError
		switch {
		case err == io.EOF && len(sigs) == 0:
			return nil, fmt.Errorf("it has no signature of a supported kind")
		case err == io.EOF:
			return sigs, nil
		case errors.As(err, &unknown), errors.As(err, &unsupported):
			continue
		case err != nil:
			return nil, fmt.Errorf("its signature could not be read (%v)", err)
		}
		sig, ok := p.(*packet.Signature)
		if !ok {
			return nil, fmt.Errorf("found a packet of another kind (%T), expected a signature", p)
		}
		if len(sigs) == maxSignatures {
			return nil, fmt.Errorf("it has more than %d signatures", maxSignatures)
		}
		sigs = append(sigs, signature{sig, packets[start : len(packets)-reader.Len()]})
	}
}

// issuer returns the fingerprint of the signing key, or its key ID when the signature has no fingerprint.
func (s signature) issuer() string {
	if fp := fingerprintOf(s.IssuerFingerprint); !fp.IsZero() {
		return fp.String()
	}
	if s.IssuerKeyId != nil {
		return fmt.Sprintf("%016X", *s.IssuerKeyId)
	}
	return "an unnamed key"
}

// by reports whether the signature claims to be by one of keys.
func (s signature) by(keys openpgp.EntityList) bool {
	return s.IssuerKeyId != nil && len(keys.EntitiesById(*s.IssuerKeyId)) > 0
}

// unfit returns why the signature is not acceptable from any key, or "".
func (s signature) unfit() string {
	switch {
	case s.Hash == crypto.SHA1 || s.Hash == crypto.MD5 || s.Hash == crypto.RIPEMD160:
		return "it uses the weak hash " + s.Hash.String()
	case s.SigType != packet.SigTypeText && s.SigType != packet.SigTypeBinary:
		return fmt.Sprintf("type %#x is not a signature over a document", uint8(s.SigType))
	}
	return ""
}

// verificationTime returns the current time, or the time of the latest signature that is at most clockSkew ahead of it.
func verificationTime(sigs []signature) time.Time {
	now := time.Now()
	latest := now
	for _, sig := range sigs {
		if made := sig.CreationTime; made.After(latest) && !made.After(now.Add(clockSkew)) {
			latest = made
		}
	}
	return latest
}
