package kernelorg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/krustup/krustup/toolchain"
)

// Published returns the lists of the directories of artifacts. It verifies them again, and skips those that are not in
// the catalogues.
func (s *Supplier) Published(_ toolchain.Host, artifacts []toolchain.Artifact) (toolchain.Publication, error) {
	var all toolchain.Publication
	var done []string
	for _, a := range artifacts {
		dir := path.Dir(a.Path)
		if a.Supplier != Name || slices.Contains(done, dir) {
			continue
		}
		done = append(done, dir)
		name := filepath.Join(s.dir(dir), listFile)
		data, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return all, fmt.Errorf("reading catalogue: %w", err)
		}
		if _, err := s.verify(dir, name, data); err != nil {
			return all, err
		}
		all.Documents = append(all.Documents, toolchain.Document{Supplier: Name, Archive: a.Archive, Path: path.Join(dir, listFile), Data: data})
	}
	return all, nil
}
