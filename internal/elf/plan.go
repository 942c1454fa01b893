package elf

import (
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// patch is what patchelf must write into one file; an empty field stays as it is.
type patch struct {
	file   *File
	interp string
	rpath  string
}

// plan says what to write into which file so that the tree's programs run from final. Files that are right already are
// not in it.
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

// runPath works out the run-path of a file: where the libraries that it needs really are, then the machine's own
// library directory (for what it loads by name while it runs), then what it searched before, as far as the tree has it.
//
// $ORIGIN is the directory that a library was opened through, not the one where a link to it leads. A library with
// links in other directories (LLVM's have them) therefore gets each directory once as seen from each of those places.
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

// ownDirs gives the directories of the tree that the file's own run-path names. Absolute ones are meant relative to the
// root of the system that the file was built for.
func (t *tree) ownDirs(f *File) []string {
	var dirs []string
	for _, entry := range f.searchPath() {
		name, relative := expandOrigin(entry, path.Dir(f.Path))
		if !relative && !path.IsAbs(entry) {
			continue // relative to the working directory of whoever starts it: never wanted
		}
		if dir, ok := t.resolveDir(name); ok && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// provider finds the directory from which a file should load a library: one that it searched before, the machine's own,
// the file's own, any other.
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
		// The place of the library itself before that of a link to it: its own $ORIGIN is then the one expected.
		if real := path.Dir(lib.Path); t.libs[real][name] == lib {
			return real, true
		}
		return dir, true
	}
	return "", false
}

// expandOrigin gives the path, relative to the root, that a run-path entry means for a file opened through origin, and
// whether the entry was relative to that. The ".." in it are kept: links decide where they lead.
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
	if err != nil || rel == "." { // both are relative and clean: there is no error
		return "$ORIGIN"
	}
	return "$ORIGIN/" + filepath.ToSlash(rel)
}

// staysInside reports whether an entry leads into the tree from each origin. One that climbs out of the tree from any
// of them would search a directory that belongs to somebody else.
func staysInside(origins []string, entry string) bool {
	for _, origin := range origins {
		name, _ := expandOrigin(entry, origin)
		if clean := path.Clean(name); clean == ".." || strings.HasPrefix(clean, "../") {
			return false
		}
	}
	return true
}
