package elf

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// tree holds all names of a directory, with links not yet followed.
type tree struct {
	root    string
	machine elf.Machine
	files   []File            // sorted by path
	dirs    map[string]bool   // real directories; the root is "."
	links   map[string]string // targets of symbolic links, by path

	libs    map[string]map[string]*File // native shared libraries, by real directory and name in it, including links
	aliases map[*File][]string          // other real directories that have a link to the library
}

// readTree reads every ELF file of a tree, without following links. ELF files are recognised by their magic alone. A
// file that has the magic but cannot be read is an error, which names the file.
func readTree(root string, machine elf.Machine) (*tree, error) {
	t := &tree{root: root, machine: machine, dirs: map[string]bool{}, links: map[string]string{}}
	regular, err := t.walk()
	if err != nil {
		return nil, err
	}
	found := make([]*File, len(regular))
	var g errgroup.Group
	g.SetLimit(max(2, runtime.GOMAXPROCS(0)))
	for i, name := range regular {
		g.Go(func() error {
			f, err := readFile(filepath.Join(root, filepath.FromSlash(name)))
			if errors.Is(err, errNotELF) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("reading ELF file %s: %w", filepath.Join(root, name), err)
			}
			f.Path = name
			found[i] = &f
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for _, f := range found {
		if f != nil {
			t.files = append(t.files, *f)
		}
	}
	t.index()
	return t, nil
}

// walk records directories and links, and returns the paths of the regular files in lexical order.
func (t *tree) walk() (regular []string, err error) {
	err = filepath.WalkDir(t.root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(t.root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch d.Type() {
		case fs.ModeDir:
			t.dirs[rel] = true
		case fs.ModeSymlink:
			t.links[rel], err = os.Readlink(name)
		case 0:
			regular = append(regular, rel)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading tree %s: %w", t.root, err)
	}
	return regular, nil
}

// native reports whether the file is a program or shared library for the tree's machine.
func (t *tree) native(f *File) bool {
	return f.Machine == t.machine && f.Class == elf.ELFCLASS64 && f.loadable()
}

// static reports whether the tree has native programs and all of them are static, as QEMU's are. They need no loader.
func (t *tree) static() bool {
	programs := 0
	for i := range t.files {
		f := &t.files[i]
		if !t.native(f) {
			continue
		}
		if f.Interp != "" || len(f.Needed) > 0 {
			return false
		}
		programs++
	}
	return programs > 0
}

// index fills libs and aliases.
func (t *tree) index() {
	t.libs, t.aliases = map[string]map[string]*File{}, map[*File][]string{}
	byPath := map[string]*File{}
	for i := range t.files {
		f := &t.files[i]
		if t.native(f) && f.Type == elf.ET_DYN && f.Dynamic {
			byPath[f.Path] = f
			t.addLib(path.Dir(f.Path), path.Base(f.Path), f)
		}
	}
	for _, link := range slices.Sorted(maps.Keys(t.links)) {
		target, ok := t.resolve(link)
		f := byPath[target]
		if !ok || f == nil || !strings.Contains(path.Base(link), ".so") {
			continue
		}
		// The link's parent is a real directory, because WalkDir does not follow links.
		dir := path.Dir(link)
		t.addLib(dir, path.Base(link), f)
		if dir != path.Dir(f.Path) && !slices.Contains(t.aliases[f], dir) {
			t.aliases[f] = append(t.aliases[f], dir)
		}
	}
}

func (t *tree) addLib(dir, name string, f *File) {
	if t.libs[dir] == nil {
		t.libs[dir] = map[string]*File{}
	}
	t.libs[dir][name] = f
}

// resolve returns the real path of an entry, following links and ".." as the kernel does. ok is false if the path
// leaves the tree on the way (absolute links always do) or loops. It may be true even if the file does not exist.
func (t *tree) resolve(name string) (real string, ok bool) {
	rest := strings.Split(name, "/")
	at := "."
	for hops := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		if part == "" || part == "." {
			continue
		}
		if part == ".." {
			if at == "." {
				return "", false
			}
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, part)
		text, isLink := t.links[next]
		if !isLink {
			at = next
			continue
		}
		if hops++; hops > 40 || path.IsAbs(text) {
			return "", false
		}
		rest = append(strings.Split(text, "/"), rest...)
	}
	return at, true
}

// resolveDir is resolve for a directory, which must exist.
func (t *tree) resolveDir(name string) (string, bool) {
	dir, ok := t.resolve(name)
	return dir, ok && t.dirs[dir]
}

// loader returns the real path of the tree's loader, or a *NoLoaderError.
func (t *tree) loader() (string, error) {
	a, err := abiOf(t.machine)
	if err != nil {
		return "", err
	}
	for _, name := range a.loaders {
		if at, ok := t.resolve(name); ok && t.libs[path.Dir(at)][path.Base(at)] != nil {
			return at, nil
		}
	}
	return "", &NoLoaderError{Root: t.root, Loader: a.loader}
}
