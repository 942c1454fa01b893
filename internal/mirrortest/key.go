package mirrortest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/krustup/krustup/internal/trust"
)

// keysMade is the creation time of all keys. It is before any date that a test uses.
var keysMade = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// Key is an OpenPGP key pair.
type Key struct{ entity *openpgp.Entity }

// NewKey creates an Ed25519 key. owner is the name in its user ID.
func NewKey(owner string) (*Key, error) {
	config := &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return keysMade }}
	entity, err := openpgp.NewEntity(owner, "", "archive@example.org", config)
	if err != nil {
		return nil, fmt.Errorf("creating a key for %s: %w", owner, err)
	}
	return &Key{entity}, nil
}

// Fingerprint returns the fingerprint of the primary key.
func (k *Key) Fingerprint() (trust.Fingerprint, error) {
	return trust.ParseFingerprint(hex.EncodeToString(k.entity.PrimaryKey.Fingerprint))
}

// Public returns the armored public key.
func (k *Key) Public() ([]byte, error) {
	var out bytes.Buffer
	w, err := armor.Encode(&out, openpgp.PublicKeyType, nil)
	if err != nil {
		return nil, err
	}
	if err := k.entity.Serialize(w); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// Keyring returns a keyring in which keys are pinned.
func Keyring(keys ...*Key) (*trust.Keyring, error) {
	var files []trust.KeyFile
	var pinned []trust.Fingerprint
	for _, k := range keys {
		data, err := k.Public()
		if err != nil {
			return nil, err
		}
		fp, err := k.Fingerprint()
		if err != nil {
			return nil, err
		}
		files = append(files, trust.KeyFile{Name: fp.String(), Data: data})
		pinned = append(pinned, fp)
	}
	return trust.NewKeyring(files, pinned)
}

// clearsigned returns text signed with every key. at is the time of the signatures.
func clearsigned(text []byte, at time.Time, keys []*Key) ([]byte, error) {
	var private []*packet.PrivateKey
	for _, k := range keys {
		signer, ok := k.entity.SigningKey(at, nil)
		if !ok {
			return nil, fmt.Errorf("a key cannot sign at %v: it was created at %v", at, keysMade)
		}
		private = append(private, signer.PrivateKey)
	}
	var out bytes.Buffer
	w, err := clearsign.EncodeMulti(&out, private, &packet.Config{Time: func() time.Time { return at }})
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// Detached returns the armored signatures over data by every key. at is the time of the signatures.
func Detached(data io.Reader, at time.Time, keys ...*Key) ([]byte, error) {
	var entities []*openpgp.Entity
	for _, k := range keys {
		entities = append(entities, k.entity)
	}
	var out bytes.Buffer
	config := &packet.Config{Time: func() time.Time { return at }}
	if err := openpgp.ArmoredDetachSign(&out, entities, data, &openpgp.SignParams{Config: config}); err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
