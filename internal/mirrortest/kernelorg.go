package mirrortest

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// KernelOrg is a mirror of kernel.org's pub/ in a directory. Publish writes the lists.
type KernelOrg struct {
	Site // its key signs the lists and the releases of Linux

	Date   time.Time           // when the lists are signed
	Keys   []*Key              // sign the lists; nil: Key; empty: not signed
	Extra  map[string][]string // additional lines of the lists, by directory
	digest map[string]map[string]string
}

// NewKernelOrg creates an empty mirror in a directory of the test, and serves it on loopback until the test ends.
func NewKernelOrg(tb testing.TB) *KernelOrg {
	tb.Helper()
	return &KernelOrg{
		Site: servedSite(tb, "kernel.org made for a test"), Date: epoch, Extra: map[string][]string{}, digest: map[string]map[string]string{},
	}
}

// Add writes a tarball to a directory as stem.tar.xz and stem.tar.gz, with top as its first directory. If there are
// signers, it also writes their detached signature over the uncompressed tar as stem.tar.sign.
func (k *KernelOrg) Add(dir, stem, top string, files []File, signers ...*Key) error {
	data, err := tarball(top+"/", files)
	if err != nil {
		return fmt.Errorf("%s: %w", stem, err)
	}
	return k.AddTar(dir, stem, data, signers...)
}

// AddTar is like Add but takes the uncompressed tar itself: for content that no packaging tool would write.
func (k *KernelOrg) AddTar(dir, stem string, data []byte, signers ...*Key) error {
	for _, form := range []string{"xz", "gz"} {
		packed, end, err := compress(form, data)
		if err != nil {
			return fmt.Errorf("%s: %w", stem, err)
		}
		name := stem + ".tar" + end
		if k.digest[dir] == nil {
			k.digest[dir] = map[string]string{}
		}
		k.digest[dir][name] = sum(packed)
		if err := write(filepath.Join(k.Dir, dir, name), packed); err != nil {
			return err
		}
	}
	if len(signers) == 0 {
		return nil
	}
	signature, err := Detached(bytes.NewReader(data), epoch, signers...)
	if err != nil {
		return err
	}
	return write(filepath.Join(k.Dir, dir, stem+".tar.sign"), signature)
}

// Publish writes and signs the list of each directory.
func (k *KernelOrg) Publish() error {
	for dir, files := range k.digest {
		var text strings.Builder
		for _, name := range slices.Sorted(maps.Keys(files)) {
			fmt.Fprintf(&text, "%s  %s\n", files[name], name)
		}
		for _, line := range k.Extra[dir] {
			text.WriteString(line + "\n")
		}
		data := []byte(text.String())
		keys := k.Keys
		if keys == nil {
			keys = []*Key{k.Key}
		}
		if len(keys) > 0 {
			var err error
			if data, err = clearsigned(data, k.Date, keys); err != nil {
				return err
			}
		}
		if err := write(filepath.Join(k.Dir, dir, "sha256sums.asc"), data); err != nil {
			return err
		}
	}
	return nil
}
