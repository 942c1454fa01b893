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

// tree is a directory as the loader will see it: all its names, with the links not yet followed.
type tree struct {
	root    string
	machine elf.Machine
	files   []File            // sorted by path
	dirs    map[string]bool   // real directories; the root is "."
	links   map[string]string // path of a symbolic link to its text

	libs    map[string]map[string]*File // real directory, name in it: native shared libraries, also through links
	aliases map[*File][]string          // other real directories in which a link makes the library loadable
}

// readTree reads every ELF file of a tree. Links are not followed, and what is ELF is told by the magic alone. A file
// that has the magic and cannot be read is an error that names it.
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

// walk notes directories and links and gives the paths of the regular files, in lexical order.
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

// native reports whether the file runs on, or is loaded by programs of, the tree's machine.
func (t *tree) native(f *File) bool {
	return f.Machine == t.machine && f.Class == elf.ELFCLASS64 && f.loadable()
}

// static reports whether the tree has native programs and all of them are complete in themselves, as QEMU's are: they
// need no loader.
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
		// The link's parent is a real directory: WalkDir does not go through links.
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

// resolve follows links and ".." as the kernel would, and gives the real path of an entry. It is false for what leaves
// the tree on the way (absolute links do, wherever they lead) and for loops, and may be true for a file that is absent.
func (t *tree) resolve(name string) (string, bool) {
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

// resolveDir is resolve for a directory that must exist.
func (t *tree) resolveDir(name string) (string, bool) {
	dir, ok := t.resolve(name)
	return dir, ok && t.dirs[dir]
}

// loader gives the real path of the tree's loader.
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
