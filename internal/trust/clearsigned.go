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

// VerifyClearsigned checks a clear-signed text such as Debian's InRelease (RFC 9580, section 7) and gives the signed
// text, without its dash-escapes, and the primary fingerprints of the pinned keys that signed it, at least one.
// Lines of the text end in "\n" and carry no trailing blanks, because neither is covered by a signature of this kind;
// the end of the last line is not part of it.
//
// The rules are apt's. The file is one signed block with nothing but white space around it. Signatures by keys that
// are not pinned are ignored; a forged signature in the name of a pinned key fails the file, whoever else signed.
// Signatures by expired or revoked keys, over weak hashes, expired ones, and ones made more than a day in the future
// do not count. Every failure is a *SignatureError.
func (k *Keyring) VerifyClearsigned(name string, data []byte) (text []byte, signers []Fingerprint, err error) {
	fail := &SignatureError{Name: name, Want: k.pinned}
	block, err := decodeClearsigned(data)
	if err != nil {
		fail.Reason = err.Error()
		return nil, nil, fail
	}
	packets, err := io.ReadAll(block.ArmoredSignature.Body)
	if err != nil {
		fail.Reason = fmt.Sprintf("its armor cannot be read (%v)", err)
		return nil, nil, fail
	}
	signers, err = k.verify(name, bytes.NewReader(block.Bytes), packets)
	if err != nil {
		return nil, nil, err
	}
	return block.Plaintext, signers, nil
}

// ClearsignedTime gives when a text that VerifyClearsigned accepted was signed: the time of its latest signature.
func ClearsignedTime(data []byte) (time.Time, error) {
	block, err := decodeClearsigned(data)
	if err != nil {
		return time.Time{}, err
	}
	packets, err := io.ReadAll(block.ArmoredSignature.Body)
	if err != nil {
		return time.Time{}, fmt.Errorf("its armor cannot be read (%w)", err)
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

// decodeClearsigned finds the one block that data may consist of. clearsign.Decode looks for a block anywhere and lets
// lines of the text start with dashes; a file with text outside of its block, or with something inside that another
// reader could take for the start of a block, is an attempt to have unsigned text read.
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
		return nil, errors.New("there is text after the signed message")
	}
	return block, nil
}

// refuseBareDashes holds the signed text to RFC 9580, section 7.2: a line that starts with a dash is escaped by "- ".
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
