package trust_test

import (
	"bytes"
	"crypto"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/krustup/krustup/internal/trust"
)

// made is the creation time of the test keys, a year before the signatures.
var made = time.Now().Add(-365 * 24 * time.Hour)

// newKey creates an Ed25519 key. change, if not nil, adjusts the configuration.
func newKey(t testing.TB, owner string, change func(*packet.Config)) *openpgp.Entity {
	t.Helper()
	config := &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return made }}
	if change != nil {
		change(config)
	}
	key, err := openpgp.NewEntity(owner, "", owner+"@example.org", config)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// withSigningSubkey adds a signing subkey, as the keys of Debian's archive have one.
func withSigningSubkey(t testing.TB, key *openpgp.Entity) *openpgp.Entity {
	t.Helper()
	config := &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return made }}
	if err := key.AddSigningSubkey(config); err != nil {
		t.Fatal(err)
	}
	return key
}

func fingerprint(t testing.TB, key *openpgp.Entity) trust.Fingerprint {
	t.Helper()
	fp, err := trust.ParseFingerprint(hexOf(key.PrimaryKey.Fingerprint))
	if err != nil {
		t.Fatal(err)
	}
	return fp
}

func hexOf(raw []byte) string {
	const digits = "0123456789ABCDEF"
	var out []byte
	for _, b := range raw {
		out = append(out, digits[b>>4], digits[b&15])
	}
	return string(out)
}

func export(t testing.TB, keys ...*openpgp.Entity) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, key := range keys {
		if err := key.Serialize(&out); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func armored(t testing.TB, kind string, packets []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := armor.Encode(&out, kind, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(packets); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return append(out.Bytes(), '\n')
}

// ringOf returns a keyring in which all keys are pinned.
func ringOf(t testing.TB, keys ...*openpgp.Entity) *trust.Keyring {
	t.Helper()
	var pinned []trust.Fingerprint
	for _, key := range keys {
		pinned = append(pinned, fingerprint(t, key))
	}
	ring, err := trust.NewKeyring([]trust.KeyFile{{Name: "keys.gpg", Data: export(t, keys...)}}, pinned)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// signing holds the options of clearsigned and detached.
type signing struct {
	at   time.Time     // zero: now
	life time.Duration // 0: never expires
	hash crypto.Hash   // 0: SHA-256
}

func (s signing) config() *packet.Config {
	at := s.at
	if at.IsZero() {
		at = time.Now()
	}
	plain := false // go-crypto has no salt size for SHA-1
	return &packet.Config{
		Time:                                  func() time.Time { return at },
		SigLifetimeSecs:                       uint32(s.life / time.Second),
		DefaultHash:                           s.hash,
		NonDeterministicSignaturesViaNotation: &plain,
	}
}

// clearsigned returns text signed with the signing key of every entity.
func clearsigned(t testing.TB, text string, how signing, keys ...*openpgp.Entity) []byte {
	t.Helper()
	var private []*packet.PrivateKey
	for _, key := range keys {
		signer, ok := key.SigningKey(made.Add(time.Hour), nil)
		if !ok {
			t.Fatal("no signing key")
		}
		private = append(private, signer.PrivateKey)
	}
	var out bytes.Buffer
	w, err := clearsign.EncodeMulti(&out, private, how.config())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return append(out.Bytes(), '\n')
}

// detached builds signatures by hand, because go-crypto refuses to sign with some of the keys and hashes of the tests.
func detached(t testing.TB, data []byte, how signing, keys ...*openpgp.Entity) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, key := range keys {
		config := how.config()
		sig := &packet.Signature{
			Version: 4, SigType: packet.SigTypeBinary, PubKeyAlgo: key.PrivateKey.PubKeyAlgo,
			Hash: config.Hash(), CreationTime: config.Now(), IssuerKeyId: &key.PrivateKey.KeyId,
			IssuerKeyVersion: uint8(key.PrimaryKey.Version), IssuerFingerprint: key.PrimaryKey.Fingerprint,
		}
		h := sig.Hash.New()
		h.Write(data)
		if err := sig.Sign(h, key.PrivateKey, config); err != nil {
			t.Fatal(err)
		}
		if err := sig.Serialize(&out); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}
