package trust

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

var (
	messageLine   = []byte("-----BEGIN PGP SIGNED MESSAGE-----")
	signatureLine = []byte("-----BEGIN PGP SIGNATURE-----")
)

// VerifyClearsigned checks a clear-signed text such as Debian's InRelease (RFC 9580, section 7). It returns the signed
// text, without its dash-escapes, and the primary fingerprints of the pinned keys that signed it, at least one. Lines
// of the text end in "\n" and have no trailing blanks, because a signature of this kind covers neither. The text does
// not include the end of its last line.
//
// The rules are apt's. The file must be one signed block, surrounded by white space only. Signatures by keys that are
// not pinned are ignored. A forged signature in the name of a pinned key fails the file, even if other signatures are
// good. Expired signatures, signatures by expired or revoked keys, signatures over weak hashes, and signatures made
// more than a day in the future are not accepted. name is used in messages. Every failure is a *SignatureError.
func (k *Keyring) VerifyClearsigned(name string, data []byte) (text []byte, signers []Fingerprint, err error) {
	fail := &SignatureError{Name: name, Want: k.pinned}
	block, err := decodeClearsigned(data)
	if err != nil {
		fail.Reason = err.Error()
		return nil, nil, fail
	}
	packets, err := io.ReadAll(block.ArmoredSignature.Body)
	if err != nil {
		fail.Reason = fmt.Sprintf("its armor could not be read (%v)", err)
		return nil, nil, fail
	}
	signers, err = k.verify(name, bytes.NewReader(block.Bytes), packets)
	if err != nil {
		return nil, nil, err
	}
	return block.Plaintext, signers, nil
}

// ClearsignedTime returns the time, in UTC, of the latest signature of a text that VerifyClearsigned accepted.
func ClearsignedTime(data []byte) (time.Time, error) {
	block, err := decodeClearsigned(data)
	if err != nil {
		return time.Time{}, err
	}
	packets, err := io.ReadAll(block.ArmoredSignature.Body)
	if err != nil {
		return time.Time{}, fmt.Errorf("its armor could not be read (%w)", err)
	}
	sigs, err := readSignatures(packets)
	if err != nil {
		return time.Time{}, err
	}
	var latest time.Time
	for _, sig := range sigs {
		if sig.CreationTime.After(latest) {
			latest = sig.CreationTime
		}
	}
	return latest.UTC(), nil
}

// decodeClearsigned returns the one block that data must consist of. clearsign.Decode accepts a block anywhere and
// lines of text that start with dashes. Both are refused here: text outside the block, or text inside it that another
// reader could take for the start of a block, is an attempt to pass off unsigned text as signed.
func decodeClearsigned(data []byte) (*clearsign.Block, error) {
	data = bytes.TrimLeft(data, " \t\r\n")
	first, _, _ := bytes.Cut(data, []byte("\n"))
	if !bytes.Equal(bytes.TrimSuffix(first, []byte("\r")), messageLine) {
		return nil, errors.New("it does not start with a signed message")
	}
	if err := refuseBareDashes(data[len(messageLine):]); err != nil {
		return nil, err
	}
	block, rest := clearsign.Decode(data)
	if block == nil {
		return nil, errors.New("it is not one complete signed message")
	}
	if block.ArmoredSignature.Type != openpgp.SignatureType {
		return nil, fmt.Errorf("its signature is armored as %q, expected %q", block.ArmoredSignature.Type, openpgp.SignatureType)
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("it has text after the signed message")
	}
	return block, nil
}

// refuseBareDashes enforces RFC 9580, section 7.2: a line that starts with a dash must be escaped with "- ".
func refuseBareDashes(body []byte) error {
	for len(body) > 0 {
		var line []byte
		line, body, _ = bytes.Cut(body, []byte("\n"))
		if bytes.Equal(bytes.TrimSuffix(line, []byte("\r")), signatureLine) {
			return nil
		}
		if bytes.HasPrefix(line, []byte("-")) && !bytes.HasPrefix(line, []byte("- ")) {
			return errors.New("a line of the signed message starts with a dash that is not escaped")
		}
	}
	return errors.New("it has no signature")
}
