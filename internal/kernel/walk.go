package kernel

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// treeFiles holds the files that decide how a tree's Rust is built, sorted and relative to the tree.
type treeFiles struct {
	rust []string // *.rs that mention a feature
	make []string // makefiles that mention rustc's unstable flags, features or RUSTC_BOOTSTRAP
}

// makeMarks are texts of which a makefile contains at least one if it uses unstable Rust.
var makeMarks = []string{"-Z", "RUSTC_BOOTSTRAP", "target.json", "feature(", "RUST_LIB_SRC"}

// ruleFiles searches the whole tree, because crates and makefiles can be anywhere. It skips what is not a regular file.
func (t *files) ruleFiles() (treeFiles, error) {
	var found treeFiles
	root, err := filepath.EvalSymlinks(t.root) // WalkDir does not follow a symbolic link, not even at the root
	if err != nil {
		return treeFiles{}, fmt.Errorf("reading kernel tree: %w", err)
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if strings.HasPrefix(name, ".") && path != root {
				return fs.SkipDir
			}
			return nil
		}
		isRust, isMake := strings.HasSuffix(name, ".rs"), isMakefile(name)
		if !entry.Type().IsRegular() || !isRust && !isMake {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case isRust && bytes.Contains(data, []byte("feature")):
			found.rust = append(found.rust, rel)
		case isMake && mentions(data, makeMarks):
			found.make = append(found.make, rel)
		}
		return nil
	})
	if err != nil {
		return treeFiles{}, fmt.Errorf("reading kernel tree: %w", err)
	}
	return found, nil
}

// isMakefile reports whether a file has one of the names that Kbuild uses for makefiles.
func isMakefile(name string) bool {
	return strings.HasPrefix(name, "Makefile") || strings.HasPrefix(name, "Kbuild") || strings.HasSuffix(name, ".mk")
}

func mentions(data []byte, words []string) bool {
	for _, word := range words {
		if bytes.Contains(data, []byte(word)) {
			return true
		}
	}
	return false
}
