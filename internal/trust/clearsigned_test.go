package trust_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/krustup/krustup/internal/trust"
)

const release = "Origin: Debian\nSuite: stable\n- dashed\n-----not a block\nSHA256:\n 00 1 main\n\nFrom here on: tabs\t."

func TestVerifyClearsigned(t *testing.T) {
	one := withSigningSubkey(t, newKey(t, "one", nil))
	two := newKey(t, "two", func(c *packet.Config) { c.Algorithm = packet.PubKeyAlgoRSA })
	stranger := newKey(t, "stranger", nil)
	ring := ringOf(t, one, two)
	tests := []struct {
		name string
		keys []*openpgp.Entity
		want []trust.Fingerprint
	}{
		{"subkey", []*openpgp.Entity{one}, []trust.Fingerprint{fingerprint(t, one)}},
		{"rsa", []*openpgp.Entity{two}, []trust.Fingerprint{fingerprint(t, two)}},
		{"two keys", []*openpgp.Entity{one, two}, []trust.Fingerprint{fingerprint(t, one), fingerprint(t, two)}},
		{"one key twice", []*openpgp.Entity{one, one}, []trust.Fingerprint{fingerprint(t, one)}},
		{"with an unknown key", []*openpgp.Entity{stranger, two}, []trust.Fingerprint{fingerprint(t, two)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			signed := clearsigned(t, release, signing{}, test.keys...)
			for _, data := range [][]byte{
				signed,
				append([]byte("\n \n"), append(signed, "\n\t\n"...)...),
				bytes.ReplaceAll(signed, []byte("\n"), []byte("\r\n")),
			} {
				text, signers, err := ring.VerifyClearsigned("InRelease", data)
				if err != nil {
					t.Fatal(err)
				}
				if string(text) != release {
					t.Errorf("text is %q, want %q", text, release)
				}
				if !slices.Equal(signers, test.want) {
					t.Errorf("signed by %v, want %v", signers, test.want)
				}
			}
		})
	}
}

// refused checks that data is refused with a complete *SignatureError whose reason contains reason.
func refused(t *testing.T, ring *trust.Keyring, data []byte, reason string) {
	t.Helper()
	text, signers, err := ring.VerifyClearsigned("InRelease", data)
	var sig *trust.SignatureError
	if !errors.As(err, &sig) {
		t.Fatalf("error %v, want a *SignatureError", err)
	}
	if text != nil || signers != nil {
		t.Errorf("returned text %q and signers %v with the error", text, signers)
	}
	if !strings.Contains(sig.Reason, reason) {
		t.Errorf("reason is %q, want one with %q", sig.Reason, reason)
	}
	if sig.Name != "InRelease" || len(sig.Want) == 0 || !strings.Contains(err.Error(), sig.Want[0].String()) {
		t.Errorf("the message lacks the name or the expected key: %v", err)
	}
}

func TestClearsignedAttacks(t *testing.T) {
	key, stranger := newKey(t, "archive", nil), newKey(t, "stranger", nil)
	ring := ringOf(t, key)
	good := clearsigned(t, release, signing{}, key)
	other := clearsigned(t, "Suite: other\n", signing{}, key)
	evil := []byte("Suite: evil\n")
	// A message with the signatures of two messages: one is good, the other is over another text.
	mixed := spliceSignatures(t, good, other)
	tests := []struct {
		name, reason string
		data         []byte
	}{
		{"empty", "does not start", nil},
		{"unsigned", "does not start", []byte(release)},
		{"text before", "does not start", append(slices.Clone(evil), good...)},
		{"text after", "after the signed message", append(slices.Clone(good), evil...)},
		{"text on the last line", "", append(bytes.TrimSuffix(slices.Clone(good), []byte("\n")), "evil"...)},
		{"two messages", "after the signed message", append(slices.Clone(good), other...)},
		{"message in message", "not escaped", bytes.Replace(good, []byte("\nSHA256"), append([]byte("\n"), append(other, "\nSHA256"...)...), 1)},
		{"bare dash", "not escaped", bytes.Replace(good, []byte("\n- -----not"), []byte("\n-----not"), 1)},
		{"changed text", "does not match", bytes.Replace(good, []byte("stable"), []byte("sta6le"), 1)},
		{"added line", "does not match", bytes.Replace(good, []byte("\nSHA256"), []byte("\nevil\nSHA256"), 1)},
		{"signature of another text", "does not match", mixed},
		{"unknown header", "not one complete", bytes.Replace(good, []byte("Hash: SHA256"), []byte("Evil: header"), 1)},
		{"text among the headers", "not one complete", bytes.Replace(good, []byte("Hash: SHA256"), []byte("Hash: SHA256\nevil"), 1)},
		{"no signature", "no signature", good[:bytes.Index(good, []byte("-----BEGIN PGP SIGNATURE"))]},
		{"cut", "not one complete", good[:len(good)-20]},
		{"empty signature", "no signature", emptySignature(good)},
		{"stranger", "no good signature", clearsigned(t, release, signing{}, stranger)},
		{"future", "not accepted", clearsigned(t, release, signing{at: time.Now().Add(48 * time.Hour)}, key)},
		{"signature expired", "not accepted", clearsigned(t, release, signing{at: time.Now().Add(-time.Hour), life: time.Minute}, key)},
		{"older than its key", "not accepted", clearsigned(t, release, signing{at: made.Add(-time.Hour)}, key)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { refused(t, ring, test.data, test.reason) })
	}
}

func TestClearsignedKeyNoLongerValid(t *testing.T) {
	month := uint32(30 * 24 * 3600)
	expired := newKey(t, "expired", func(c *packet.Config) { c.KeyLifetimeSecs = month })
	revoked, compromised := newKey(t, "revoked", nil), newKey(t, "compromised", nil)
	if err := revoked.Revoke(packet.KeySuperseded, "", nil); err != nil {
		t.Fatal(err)
	}
	if err := compromised.Revoke(packet.KeyCompromised, "", nil); err != nil {
		t.Fatal(err)
	}
	subRevoked := withSigningSubkey(t, newKey(t, "subkey revoked", nil))
	early := signing{at: made.Add(time.Hour)}
	signedEarlier := clearsigned(t, release, early, subRevoked)
	if err := signingSubkey(t, subRevoked).Revoke(packet.KeySuperseded, "", nil); err != nil {
		t.Fatal(err)
	}
	valid := newKey(t, "valid", nil)
	tests := []struct {
		name string
		key  *openpgp.Entity
		data []byte
	}{
		{"expired key", expired, clearsigned(t, release, signing{}, expired)},
		{"expired key, dated back", expired, clearsigned(t, release, early, expired)},
		{"revoked key, dated back", revoked, clearsignedBy(t, revoked, early)},
		{"compromised key", compromised, clearsignedBy(t, compromised, early)},
		{"revoked subkey, dated back", subRevoked, signedEarlier},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			refused(t, ringOf(t, test.key), test.data, "not accepted")
			// Together with a good signature it is not an error, and its key is not among the signers.
			both := spliceSignatures(t, test.data, clearsigned(t, release, signing{}, valid))
			_, signers, err := ringOf(t, test.key, valid).VerifyClearsigned("InRelease", both)
			if err != nil || !slices.Equal(signers, []trust.Fingerprint{fingerprint(t, valid)}) {
				t.Errorf("signed by %v, %v", signers, err)
			}
		})
	}
}

// A signer's clock may be ahead of this machine's by less than a day.
func TestClearsignedClockAhead(t *testing.T) {
	key := newKey(t, "archive", nil)
	data := clearsigned(t, release, signing{at: time.Now().Add(23 * time.Hour)}, key)
	if _, _, err := ringOf(t, key).VerifyClearsigned("InRelease", data); err != nil {
		t.Error(err)
	}
}

// go-crypto stores verification results in parsed keys, so two goroutines must not share them (run with -race).
func TestVerifyConcurrently(t *testing.T) {
	key := withSigningSubkey(t, newKey(t, "archive", nil))
	ring, data := ringOf(t, key), clearsigned(t, release, signing{}, key)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if _, _, err := ring.VerifyClearsigned("InRelease", data); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

// clearsignedBy signs with a primary key that go-crypto refuses to sign with.
func clearsignedBy(t *testing.T, key *openpgp.Entity, how signing) []byte {
	t.Helper()
	text := []byte(strings.ReplaceAll(release, "\n", "\r\n"))
	sig := armored(t, openpgp.SignatureType, detached(t, text, how, key))
	escaped := strings.ReplaceAll(release, "\n-", "\n- -")
	return []byte("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" + escaped + "\n" + string(sig))
}

// spliceSignatures returns message a with the signatures of b appended to its own.
func spliceSignatures(t *testing.T, a, b []byte) []byte {
	t.Helper()
	at := bytes.Index(a, []byte("-----BEGIN PGP SIGNATURE"))
	both := append(signaturePackets(t, a), signaturePackets(t, b)...)
	return append(slices.Clone(a[:at]), armored(t, openpgp.SignatureType, both)...)
}

func emptySignature(signed []byte) []byte {
	at := bytes.Index(signed, []byte("-----BEGIN PGP SIGNATURE"))
	return append(slices.Clone(signed[:at]), "-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n"...)
}

// Every fuzzing process creates its own keys, so the fuzzed input is not a message but an edit of a good one.
func FuzzVerifyClearsigned(f *testing.F) {
	key, stranger := withSigningSubkey(f, newKey(f, "archive", nil)), newKey(f, "stranger", nil)
	ring := ringOf(f, key)
	good := clearsigned(f, release, signing{}, stranger, key)
	f.Add(uint(0), uint(0), []byte(nil))
	f.Add(uint(0), uint(1<<16), []byte("-----BEGIN PGP SIGNED MESSAGE-----\n\ntext\n-----BEGIN PGP SIGNATURE-----\n"))
	f.Add(uint(len(good)), uint(0), []byte("\nOrigin: evil\n"))
	f.Add(uint(36), uint(12), []byte("Hash: SHA512\r"))
	f.Add(uint(bytes.Index(good, []byte("stable"))), uint(6), []byte("evil \r"))
	f.Add(uint(bytes.Index(good, []byte("\n-----BEGIN PGP SIGNATURE"))), uint(0), []byte(" \t\r"))
	f.Fuzz(func(t *testing.T, at, remove uint, insert []byte) {
		from := min(at, uint(len(good)))
		to := min(from+min(remove, uint(len(good))), uint(len(good)))
		data := slices.Concat(good[:from], insert, good[to:])
		text, signers, err := ring.VerifyClearsigned("InRelease", data)
		if err != nil {
			return
		}
		if string(text) != release {
			t.Errorf("accepted %q, but the key signed only %q", text, release)
		}
		if !slices.Equal(signers, []trust.Fingerprint{fingerprint(t, key)}) {
			t.Errorf("signed by %v", signers)
		}
	})
}
