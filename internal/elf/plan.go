package elf

import (
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// patch holds what patchelf must write into one file. An empty field is left unchanged.
type patch struct {
	file   *File
	interp string
	rpath  string
}

// plan returns the patches with which the tree's programs run from final. It has none for files that need no change.
func (t *tree) plan(final string) ([]patch, error) {
	if t.static() {
		return nil, nil
	}
	loader, err := t.loader()
	if err != nil {
		return nil, err
	}
	var patches []patch
	for i := range t.files {
		f := &t.files[i]
		if !t.native(f) || f.untouchable() {
			continue
		}
		p := patch{file: f}
		if want := final + "/" + loader; f.Interp != "" && f.Interp != want {
			p.interp = want
		}
		if len(f.Needed) > 0 {
			want := t.runPath(f)
			if len(f.RunPath) > 0 || strings.Join(f.RPath, ":") != want {
				p.rpath = want
			}
		}
		if p.interp != "" || p.rpath != "" {
			patches = append(patches, p)
		}
	}
	return patches, nil
}

// runPath returns the run-path of a file. It has the real directories of the libraries that the file needs, then the
// machine's library directory (for libraries that the program loads by name while it runs), then those directories of
// the file's previous run-path that the tree has.
//
// $ORIGIN is the directory through which a library was opened, even if the name there is a link. A library with links
// in other directories (LLVM's have them) therefore gets each directory relative to each of those places.
func (t *tree) runPath(f *File) string {
	origins := append([]string{path.Dir(f.Path)}, t.aliases[f]...)
	searched := t.ownDirs(f)
	var dirs []string
	for _, name := range f.Needed {
		if dir, ok := t.provider(f, name, searched); ok {
			dirs = append(dirs, dir)
		}
	}
	if a, err := abiOf(t.machine); err == nil && t.dirs["usr/lib/"+a.multiarch] {
		dirs = append(dirs, "usr/lib/"+a.multiarch)
	}
	dirs = append(dirs, searched...)

	var entries []string
	for _, dir := range dirs {
		for _, origin := range origins {
			entry := originEntry(origin, dir)
			if !slices.Contains(entries, entry) && staysInside(origins, entry) {
				entries = append(entries, entry)
			}
		}
	}
	return strings.Join(entries, ":")
}

// ownDirs returns the directories of the tree that the file's present run-path names. Absolute entries are taken
// relative to the tree, because they mean the system that the file was built for.
func (t *tree) ownDirs(f *File) []string {
	var dirs []string
	for _, entry := range f.searchPath() {
		name, relative := expandOrigin(entry, path.Dir(f.Path))
		if !relative && !path.IsAbs(entry) {
			continue // relative to the caller's working directory, which is never intended
		}
		if dir, ok := t.resolveDir(name); ok && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// provider returns the directory from which a file should load a library. It looks in those that the file searched
// before, then in the machine's, the file's own, and all others.
func (t *tree) provider(f *File, name string, searched []string) (string, bool) {
	order := slices.Clone(searched)
	if a, err := abiOf(t.machine); err == nil {
		order = append(order, a.libraryDirs()...)
	}
	order = append(order, path.Dir(f.Path))
	order = append(order, slices.Sorted(maps.Keys(t.libs))...)
	for _, dir := range order {
		lib := t.libs[dir][name]
		if lib == nil {
			continue
		}
		// Prefer the directory of the library itself to that of a link to it, so that its $ORIGIN is the expected one.
		if real := path.Dir(lib.Path); t.libs[real][name] == lib {
			return real, true
		}
		return dir, true
	}
	return "", false
}

// expandOrigin returns the path, relative to the root, of a run-path entry for a file opened through origin, and
// whether the entry uses $ORIGIN. It keeps "..", because where that leads depends on links.
func expandOrigin(entry, origin string) (name string, relative bool) {
	for _, variable := range []string{"$ORIGIN", "${ORIGIN}"} {
		rest, ok := strings.CutPrefix(entry, variable)
		if ok && (rest == "" || rest[0] == '/') {
			return origin + rest, true
		}
	}
	return strings.TrimPrefix(entry, "/"), false
}

func originEntry(origin, dir string) string {
	rel, err := filepath.Rel(filepath.FromSlash(origin), filepath.FromSlash(dir))
	if err != nil || rel == "." { // there is no error, because both are relative and clean
		return "$ORIGIN"
	}
	return "$ORIGIN/" + filepath.ToSlash(rel)
}

// staysInside reports whether an entry leads into the tree from every origin. One that leads out of the tree from any
// of them would make the loader search a directory that is not the tree's.
func staysInside(origins []string, entry string) bool {
	for _, origin := range origins {
		name, _ := expandOrigin(entry, origin)
		if clean := path.Clean(name); clean == ".." || strings.HasPrefix(clean, "../") {
			return false
		}
	}
	return true
}
