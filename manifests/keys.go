package manifests

import (
	"fmt"

	"github.com/krustup/krustup/internal/trust"
)

// SupplierKey pins one OpenPGP key by the fingerprint of its primary key.
type SupplierKey struct {
	Fingerprint string `toml:"fingerprint"`
	Owner       string `toml:"owner"`
}

// pinned returns a keyring of those keys of an embedded file that are listed in keys.
func pinned(keys []SupplierKey, name string) (*trust.Keyring, error) {
	data, err := files.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading keys %s: %w", name, err)
	}
	var fingerprints []trust.Fingerprint
	for _, key := range keys {
		fp, err := trust.ParseFingerprint(key.Fingerprint)
		if err != nil {
			return nil, fmt.Errorf("manifests/%s: key of %s: %w", name, key.Owner, err)
		}
		fingerprints = append(fingerprints, fp)
	}
	return trust.NewKeyring([]trust.KeyFile{{Name: "manifests/" + name, Data: data}}, fingerprints)
}
