package elf

import (
	"cmp"
	"debug/elf"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Problem is one requirement of a native file that its tree does not meet.
type Problem struct {
	File   string // relative to the root
	Needs  string // a library, symbol version, interpreter or run-path entry, or another condition
	Reason string // why it is not met
}

// String returns the problem as one line: "usr/bin/x needs liby.so: …".
func (p Problem) String() string { return fmt.Sprintf("%s needs %s: %s", p.File, p.Needs, p.Reason) }

// NeedsError reports that a tree does not meet all requirements of its programs. Its text lists the first five
// problems.
type NeedsError struct {
	Root     string
	Problems []Problem
}

// Error returns one line, however many problems there are.
func (e *NeedsError) Error() string {
	const shown = 5
	text := fmt.Sprintf("%s: %d requirements of its programs are not met", e.Root, len(e.Problems))
	for _, p := range e.Problems[:min(shown, len(e.Problems))] {
		text += "; " + p.String()
	}
	if more := len(e.Problems) - shown; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// Check looks up everything that the native programs and libraries of a relocated tree need. It searches as the loader
// will once the tree is at final, through each name that a library can be loaded by. The problems are sorted and have
// no duplicates. Plugins count like programs: a plugin that needs a library which was left out of the tree on purpose
// should be left out too. The error is a *NoLoaderError if the tree needs a loader and has none.
func Check(root, final string, machine elf.Machine) ([]Problem, error) {
	t, err := readTree(root, machine)
	if err != nil {
		return nil, err
	}
	if t.static() {
		return nil, nil
	}
	loader, err := t.loader()
	if err != nil {
		return nil, err
	}
	c := checker{tree: t, final: final, interp: final + "/" + loader, seen: map[opened]bool{}, found: map[Problem]bool{}}
	for i := range t.files {
		f := &t.files[i]
		if !t.native(f) {
			continue
		}
		if f.Interp != "" && f.Interp != c.interp && !f.untouchable() {
			c.report(f, c.interp, "its interpreter is %s", f.Interp)
		}
		if f.overlap != "" {
			c.report(f, "separate segments", "%s", f.overlap)
		}
		c.check(opened{f, path.Dir(f.Path)})
		for _, dir := range t.aliases[f] {
			c.check(opened{f, dir})
		}
	}
	slices.SortFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Needs, b.Needs), cmp.Compare(a.Reason, b.Reason))
	})
	return c.problems, nil
}

// opened is a file together with the directory through which it was opened: its $ORIGIN.
type opened struct {
	file   *File
	origin string
}

type checker struct {
	*tree
	final, interp string
	seen          map[opened]bool
	found         map[Problem]bool
	problems      []Problem
}

func (c *checker) report(f *File, needs, format string, args ...any) {
	p := Problem{File: f.Path, Needs: needs, Reason: fmt.Sprintf(format, args...)}
	if !c.found[p] {
		c.found[p] = true
		c.problems = append(c.problems, p)
	}
}

// check looks up what one opened file needs, and what that needs in turn. Each pair is checked once, so that the walk
// ends if libraries need each other.
func (c *checker) check(o opened) {
	if c.seen[o] {
		return
	}
	c.seen[o] = true
	dirs := c.searchDirs(o)
	libs := map[string]*File{}
	for _, name := range o.file.Needed {
		dir, lib := c.lookup(dirs, name)
		if lib == nil {
			c.report(o.file, name, "%s", c.whyMissing(o, name))
			continue
		}
		libs[name] = lib
		c.check(opened{lib, dir})
	}
	for _, need := range o.file.Needs {
		lib := libs[need.Library]
		if lib == nil {
			continue // reported above, or loaded for another library, which the loader allows
		}
		for _, v := range need.Versions {
			if _, ok := slices.BinarySearch(lib.Defines, v); !ok {
				c.report(o.file, v, "%s does not define it", lib.Path)
			}
		}
	}
}

// searchDirs returns the real directories of the tree that the loader would search for o. It reports entries that are
// outside the tree.
func (c *checker) searchDirs(o opened) []string {
	if o.file.untouchable() {
		return []string{o.origin}
	}
	var dirs []string
	for _, entry := range o.file.searchPath() {
		name, relative := expandOrigin(entry, o.origin)
		if !relative {
			inside, ok := strings.CutPrefix(entry, c.final+"/")
			if !ok {
				c.report(o.file, entry, "this run-path entry is outside the tree")
				continue
			}
			name = inside
		}
		if clean := path.Clean(name); clean == ".." || strings.HasPrefix(clean, "../") {
			c.report(o.file, entry, "this run-path entry leads out of the tree from %s", o.origin)
			continue
		}
		if dir, ok := c.resolveDir(name); ok {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// lookup returns the first library with that name, and its directory. Like the loader it skips files for another
// machine.
func (c *checker) lookup(dirs []string, name string) (string, *File) {
	for _, dir := range dirs {
		if lib := c.libs[dir][name]; lib != nil {
			return dir, lib
		}
	}
	return "", nil
}

func (c *checker) whyMissing(o opened, name string) string {
	var where []string
	for dir, libs := range c.libs {
		if libs[name] != nil {
			where = append(where, dir)
		}
	}
	if len(where) == 0 {
		return "no such library in the tree"
	}
	slices.Sort(where)
	reason := fmt.Sprintf("it is in %s, but the run-path is %q", strings.Join(where, ", "), strings.Join(o.file.searchPath(), ":"))
	if o.origin != path.Dir(o.file.Path) {
		reason += " when loaded from " + o.origin
	}
	return reason
}
