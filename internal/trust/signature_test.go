package trust_test

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" // for signatures that must be refused
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/krustup/krustup/internal/trust"
)

// signaturePackets returns the signature packets of a clear-signed message.
func signaturePackets(t *testing.T, signed []byte) []byte {
	t.Helper()
	block, err := armor.Decode(bytes.NewReader(signed[bytes.Index(signed, []byte("-----BEGIN PGP SIGNATURE")):]))
	if err != nil {
		t.Fatal(err)
	}
	packets, err := io.ReadAll(block.Body)
	if err != nil {
		t.Fatal(err)
	}
	return packets
}

func TestVerifyDetached(t *testing.T) {
	key, other, stranger := newKey(t, "key", nil), newKey(t, "other", nil), newKey(t, "stranger", nil)
	ring := ringOf(t, key, other)
	data := bytes.Repeat([]byte("manifest-version = \"2\"\r\n\x00\xff"), 1000)
	sig := detached(t, data, signing{}, key)
	forged := slices.Clone(sig)
	forged[len(forged)-1] ^= 1
	flipped := slices.Clone(data)
	flipped[500] ^= 1
	tests := []struct {
		name   string
		data   []byte
		sig    []byte
		want   []*openpgp.Entity
		reason string // when want is empty
	}{
		{"binary", data, sig, []*openpgp.Entity{key}, ""},
		{"armored", data, armored(t, openpgp.SignatureType, sig), []*openpgp.Entity{key}, ""},
		{"two signers", data, detached(t, data, signing{}, other, key), []*openpgp.Entity{other, key}, ""},
		{"unknown first", data, detached(t, data, signing{}, stranger, key), []*openpgp.Entity{key}, ""},
		{"sha512", data, detached(t, data, signing{hash: crypto.SHA512}, key), []*openpgp.Entity{key}, ""},
		{"weak hash and a good one", data, append(detached(t, data, signing{hash: crypto.SHA1}, other), sig...), []*openpgp.Entity{key}, ""},
		{"weak hash", data, detached(t, data, signing{hash: crypto.SHA1}, key), nil, "not accepted: it uses the weak hash SHA-1"},
		{"bit flip", flipped, sig, nil, "does not match"},
		{"truncated", data[:len(data)-1], sig, nil, "does not match"},
		{"forged", data, forged, nil, "does not match"},
		{"forged and a good one", data, append(detached(t, data, signing{}, other), forged...), nil, "does not match"},
		{"stranger", data, detached(t, data, signing{}, stranger), nil, "no good signature"},
		{"signature cut", data, sig[:len(sig)-5], nil, "could not be read"},
		{"none", data, nil, nil, "no signature"},
		{"garbage", data, []byte("garbage"), nil, "signature"},
		{"armored as a message", data, armored(t, openpgp.MessageType, sig), nil, "armored as"},
		{"a key instead", data, export(t, key), nil, "packet of another kind"},
		{"too many", data, bytes.Repeat(sig, 33), nil, "more than 32"},
		{"future", data, detached(t, data, signing{at: time.Now().Add(25 * time.Hour)}, key), nil, "not accepted"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ring.VerifyDetached("channel.toml", bytes.NewReader(test.data), test.sig)
			if len(test.want) == 0 {
				var fail *trust.SignatureError
				if !errors.As(err, &fail) || !strings.Contains(fail.Reason, test.reason) || got != nil {
					t.Fatalf("signed by %v, error %v; want a *SignatureError with %q", got, err, test.reason)
				}
				return
			}
			var want []trust.Fingerprint
			for _, key := range test.want {
				want = append(want, fingerprint(t, key))
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("signed by %v, %v; want %v", got, err, want)
			}
		})
	}
}

func TestSignatureErrorNamesSigners(t *testing.T) {
	key, stranger := newKey(t, "key", nil), newKey(t, "stranger", nil)
	data := []byte("data")
	_, err := ringOf(t, key).VerifyDetached("sums", bytes.NewReader(data), detached(t, data, signing{}, stranger))
	var fail *trust.SignatureError
	if !errors.As(err, &fail) {
		t.Fatal(err)
	}
	if !slices.Equal(fail.Found, []string{fingerprint(t, stranger).String()}) {
		t.Errorf("found %v", fail.Found)
	}
	if !slices.Equal(fail.Want, []trust.Fingerprint{fingerprint(t, key)}) {
		t.Errorf("want %v", fail.Want)
	}
}

// A read error is not reported as a bad signature.
func TestVerifyDetachedReadError(t *testing.T) {
	key := newKey(t, "key", nil)
	broken := errors.New("input/output error")
	_, err := ringOf(t, key).VerifyDetached("sums", iotest.ErrReader(broken), detached(t, nil, signing{}, key))
	var fail *trust.SignatureError
	if !errors.Is(err, broken) || errors.As(err, &fail) {
		t.Errorf("error %v", err)
	}
}
