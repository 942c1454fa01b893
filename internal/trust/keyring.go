package trust

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// KeyFile is a file of public keys, binary or armored, as `gpg --export` writes it.
type KeyFile struct {
	Name string // for messages
	Data []byte
}

// Keyring holds the keys that may sign. It is safe for use by several goroutines at once.
type Keyring struct {
	pinned []Fingerprint
	owners map[Fingerprint]string
	// packets holds only the pinned keys. They are parsed again for every verification, because go-crypto stores
	// verification results of self-signatures in the parsed keys.
	packets []byte
}

// NewKeyring returns a keyring with the keys in files whose primary fingerprint is pinned, and their subkeys. Other
// keys are ignored. It is an error if a pinned key is missing, or if it occurs twice: one copy could lack a revocation
// that the other has.
func NewKeyring(files []KeyFile, pinned []Fingerprint) (*Keyring, error) {
	if len(pinned) == 0 {
		return nil, fmt.Errorf("creating a keyring: no fingerprint is pinned, so no signature could ever be verified")
	}
	ring := &Keyring{pinned: slices.Clone(pinned), owners: map[Fingerprint]string{}}
	from := map[Fingerprint]string{}
	for _, file := range files {
		keys, err := readKeys(file.Data)
		if err != nil {
			return nil, fmt.Errorf("reading OpenPGP keys from %s: %w", file.Name, err)
		}
		for _, key := range keys {
			fp := fingerprintOf(key.PrimaryKey.Fingerprint)
			if fp.IsZero() || !slices.Contains(pinned, fp) {
				continue
			}
			if other, twice := from[fp]; twice {
				return nil, fmt.Errorf("key %s is in %s and in %s: expected it once", fp, other, file.Name)
			}
			from[fp] = file.Name
			if err := ring.add(fp, key); err != nil {
				return nil, fmt.Errorf("reading key %s from %s: %w", fp, file.Name, err)
			}
		}
	}
	for _, fp := range pinned {
		if _, found := from[fp]; !found {
			return nil, fmt.Errorf("pinned key %q: not found in %s", fp, names(files))
		}
	}
	return ring, nil
}

func (k *Keyring) add(fp Fingerprint, key *openpgp.Entity) error {
	if key.PrivateKey != nil {
		return fmt.Errorf("found a private key, expected a public key")
	}
	var packets bytes.Buffer
	if err := key.Serialize(&packets); err != nil {
		return err
	}
	k.packets = append(k.packets, packets.Bytes()...)
	owners := make([]string, 0, len(key.Identities))
	for name := range key.Identities {
		owners = append(owners, name)
	}
	slices.Sort(owners)
	k.owners[fp] = owners[0]
	return nil
}

// Pinned returns the fingerprints that were passed to NewKeyring.
func (k *Keyring) Pinned() []Fingerprint { return slices.Clone(k.pinned) }

// Owner returns the user ID of a pinned key, such as "Debian Stable Release Key (13/trixie) <...>", or "" for any other
// key. Of several user IDs it is the first in alphabetical order.
func (k *Keyring) Owner(fp Fingerprint) string { return k.owners[fp] }

// keys parses the pinned keys. The caller owns the result.
func (k *Keyring) keys() (openpgp.EntityList, error) {
	return openpgp.ReadKeyRing(bytes.NewReader(k.packets))
}

const publicKeyBlock = "-----BEGIN PGP PUBLIC KEY BLOCK-----"

// readKeys parses binary keys, or every armored block of a text.
func readKeys(data []byte) (openpgp.EntityList, error) {
	if !bytes.Contains(data, []byte(publicKeyBlock)) {
		return openpgp.ReadKeyRing(bytes.NewReader(data))
	}
	var keys openpgp.EntityList
	for {
		start := bytes.Index(data, []byte(publicKeyBlock))
		if start < 0 {
			return keys, nil
		}
		data = data[start:]
		block, err := armor.Decode(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("decoding armor: %w", err)
		}
		packets, err := io.ReadAll(block.Body)
		if err != nil {
			return nil, fmt.Errorf("decoding armor: %w", err)
		}
		read, err := openpgp.ReadKeyRing(bytes.NewReader(packets))
		if err != nil {
			return nil, err
		}
		keys = append(keys, read...)
		data = data[len(publicKeyBlock):]
	}
}

func names(files []KeyFile) string {
	if len(files) == 0 {
		return "any file: there is no key file"
	}
	list := files[0].Name
	for _, file := range files[1:] {
		list += ", " + file.Name
	}
	return list
}
