package rustlang

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/version"
)

// catalogue is a manifest in the catalogues that was verified when it was read.
type catalogue struct {
	*channel
	part    part
	release version.Version
	label   string // "1.95.0 (59807616e 2026-04-14)"
	signer  string // fingerprint of the key that signed it; "": it has no signature, and that was accepted
	base    string // start of its addresses
	url     string // for messages
}

// The files of a part. They are stored as they were published.
const (
	manifestFile  = "channel.toml"
	signatureFile = "channel.toml.asc"
)

func (s *Supplier) dir(p part) string { return filepath.Join(s.catalogues().Dir(Name), p.String()) }

// load reads and verifies a part in the catalogues. It returns nil if there is none. The error is a
// *store.UnreadableError.
func (s *Supplier) load(p part) (*catalogue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.read[p]; ok {
		return c, nil
	}
	name := filepath.Join(s.dir(p), manifestFile)
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &store.UnreadableError{Path: name, Err: err}
	}
	signature, err := os.ReadFile(filepath.Join(s.dir(p), signatureFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &store.UnreadableError{Path: s.dir(p), Err: err}
	}
	c, err := s.verify(p, name, data, signature)
	if err != nil {
		return nil, &store.UnreadableError{Path: s.dir(p), Err: err}
	}
	s.read[p] = c
	return c, nil
}

// verify verifies and parses a manifest. signature is nil for a manifest that is accepted without one. name is used in
// messages.
func (s *Supplier) verify(p part, name string, data, signature []byte) (*catalogue, error) {
	c := &catalogue{part: p, base: s.manifest.Base, url: name}
	if signature != nil {
		signers, err := s.keyring.VerifyDetached(name, bytes.NewReader(data), signature)
		if err != nil {
			return nil, err
		}
		c.signer = signers[0].String()
	}
	var err error
	if c.channel, err = parseChannel(name, data); err != nil {
		return nil, err
	}
	if c.release, c.label, err = c.channel.release(name); err != nil {
		return nil, err
	}
	if why := p.fits(c.channel, c.release); why != "" {
		return nil, &ManifestError{name, why}
	}
	return c, nil
}

// save replaces a part in the catalogues with a verified manifest. The old signature is removed first and the new one
// is written last, so an interrupted save never leaves a manifest with the signature of another.
func (s *Supplier) save(c *catalogue, data, signature []byte) error {
	dir := s.dir(c.part)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("writing catalogue: %w", err)
	}
	if err := os.Remove(filepath.Join(dir, signatureFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("writing catalogue: %w", err)
	}
	if err := disk.ReplaceFile(filepath.Join(dir, manifestFile), data); err != nil {
		return err
	}
	if signature != nil {
		if err := disk.ReplaceFile(filepath.Join(dir, signatureFile), signature); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read[c.part] = c
	return nil
}

// has returns those of the wanted packages that a manifest has for a host, and the names of those that are missing.
func (s *Supplier) has(c *catalogue, triple string, wanted []string) (found map[string]file, missing []string, err error) {
	if found, err = c.files(c.url, c.base, triple, wanted); err != nil {
		return nil, nil, err
	}
	for _, pkg := range wanted {
		if _, ok := found[pkg]; !ok {
			missing = append(missing, pkg)
		}
	}
	return found, missing, nil
}
