package trust_test

import (
	"bytes"
	"strings"
	"testing"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/krustup/krustup/internal/trust"
)

func TestParseFingerprint(t *testing.T) {
	const digits = "04B54C3CDCA79751B16BC6B5225629DF75B188BD"
	tests := []struct {
		in, want string // want "": an error
	}{
		{digits, digits},
		{strings.ToLower(digits), digits},
		{"04B5 4C3C DCA7 9751 B16B  C6B5 2256 29DF 75B1 88BD", digits},
		{"", ""},
		{digits[:39], ""},
		{digits[:16], ""},
		{digits + "00", ""},
		{"0x" + digits, ""},
		{digits[:39] + "G", ""},
	}
	for _, test := range tests {
		got, err := trust.ParseFingerprint(test.in)
		if (err == nil) != (test.want != "") || got.String() != test.want {
			t.Errorf("ParseFingerprint(%q) = %q, %v; want %q", test.in, got, err, test.want)
		}
		if got.IsZero() != (test.want == "") {
			t.Errorf("ParseFingerprint(%q).IsZero() = %v", test.in, got.IsZero())
		}
	}
}

func TestFingerprintText(t *testing.T) {
	want, err := trust.ParseFingerprint("04B54C3CDCA79751B16BC6B5225629DF75B188BD")
	if err != nil {
		t.Fatal(err)
	}
	text, err := want.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var got trust.Fingerprint
	if err := got.UnmarshalText(text); err != nil || got != want {
		t.Errorf("UnmarshalText(MarshalText()) = %q, %v", got, err)
	}
	if err := got.UnmarshalText(nil); err != nil || !got.IsZero() {
		t.Errorf("UnmarshalText of an empty text = %q, %v", got, err)
	}
	if err := got.UnmarshalText([]byte("no")); err == nil {
		t.Error("UnmarshalText accepted garbage")
	}
}

func TestNewKeyring(t *testing.T) {
	one, two, three := newKey(t, "one", nil), newKey(t, "two", nil), newKey(t, "three", nil)
	fp1, fp2 := fingerprint(t, one), fingerprint(t, two)
	const kind = "PGP PUBLIC KEY BLOCK"
	var private bytes.Buffer
	if err := one.SerializePrivateWithoutSigning(&private, nil); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		files  []trust.KeyFile
		pinned []trust.Fingerprint
		err    string // a part of the error; "": no error
	}{
		{"one file", []trust.KeyFile{{"a", export(t, one, two, three)}}, []trust.Fingerprint{fp1, fp2}, ""},
		{"two files", []trust.KeyFile{{"a", export(t, one)}, {"b", export(t, three, two)}}, []trust.Fingerprint{fp1, fp2}, ""},
		{"armored", []trust.KeyFile{{"a", armored(t, kind, export(t, one, two))}}, []trust.Fingerprint{fp1, fp2}, ""},
		{
			"two armored blocks",
			[]trust.KeyFile{{"a", append(armored(t, kind, export(t, one)), armored(t, kind, export(t, two))...)}},
			[]trust.Fingerprint{fp1, fp2},
			"",
		},
		{"pinned key missing", []trust.KeyFile{{"a.gpg", export(t, one)}}, []trust.Fingerprint{fp1, fp2}, fp2.String()},
		{"no file", nil, []trust.Fingerprint{fp1}, "there is no key file"},
		{"no key pinned", []trust.KeyFile{{"a", export(t, one)}}, nil, "no fingerprint is pinned"},
		{"zero fingerprint pinned", []trust.KeyFile{{"a", export(t, one)}}, []trust.Fingerprint{{}}, "not found"},
		{"duplicate", []trust.KeyFile{{"a", export(t, one)}, {"b", export(t, one)}}, []trust.Fingerprint{fp1}, "is in a and in b"},
		{"private", []trust.KeyFile{{"a", private.Bytes()}}, []trust.Fingerprint{fp1}, "private key"},
		{"garbage", []trust.KeyFile{{"a.gpg", []byte("garbage")}}, []trust.Fingerprint{fp1}, "a.gpg"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ring, err := trust.NewKeyring(test.files, test.pinned)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			signed := clearsigned(t, "text\n", signing{}, one, two)
			if _, signers, err := ring.VerifyClearsigned("InRelease", signed); err != nil || len(signers) != len(test.pinned) {
				t.Errorf("signed by %v, %v", signers, err)
			}
			if owner := ring.Owner(fp1); owner != "one <one@example.org>" {
				t.Errorf("owner is %q", owner)
			}
			if owner := ring.Owner(fingerprint(t, three)); owner != "" {
				t.Errorf("the keyring kept a key that is not pinned: %q", owner)
			}
		})
	}
}

// The subkeys of a pinned key may sign for it, but the fingerprint of a subkey cannot be pinned.
func TestSubkeyIsNotPinnable(t *testing.T) {
	key := withSigningSubkey(t, newKey(t, "archive", nil))
	sub, err := trust.ParseFingerprint(hexOf(signingSubkey(t, key).PublicKey.Fingerprint))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trust.NewKeyring([]trust.KeyFile{{"a", export(t, key)}}, []trust.Fingerprint{sub}); err == nil {
		t.Error("NewKeyring accepted the fingerprint of a subkey")
	}
}

func signingSubkey(t testing.TB, key *openpgp.Entity) *openpgp.Subkey {
	t.Helper()
	for i := range key.Subkeys {
		if key.Subkeys[i].PublicKey.PubKeyAlgo.CanSign() {
			return &key.Subkeys[i]
		}
	}
	t.Fatal("no signing subkey")
	return nil
}
