package kernel

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// maxFile is the largest size of a file that is read, in bytes. The largest files that Read needs (arch/x86/Kconfig,
// the top Makefile) have about 100 kB.
const maxFile = 2 << 20

// treeMarks are files that every kernel tree since 2.6 has, and that no other project has all of.
var treeMarks = []string{"Makefile", "Kbuild", "scripts/Kbuild.include", "init/Kconfig"}

// NotTreeError reports that a directory is not a Linux source tree.
type NotTreeError struct {
	Path       string // the directory
	Missing    string // the file, or the variable in Makefile, that is missing
	Incomplete bool   // it is a tree, but not a whole one, such as a sparse checkout
}

// Error names what is missing, which differs between a wrong directory and a tree that is not complete.
func (e *NotTreeError) Error() string {
	if e.Incomplete {
		return fmt.Sprintf("the Linux source tree %s is not complete: no %s", e.Path, e.Missing)
	}
	return fmt.Sprintf("%s is not a Linux source tree: no %s", e.Path, e.Missing)
}

// files reads files of one tree, each once. It serves one Read and is not safe for concurrent use.
type files struct {
	root  string
	read  map[string][]byte // a nil value: the file does not exist
	split map[string][]string
}

func openTree(root string) *files {
	return &files{root: root, read: map[string][]byte{}, split: map[string][]string{}}
}

// bytes returns the content of a file, named relative to the tree. ok is false if the file does not exist.
func (t *files) bytes(name string) (data []byte, ok bool, err error) {
	if data, done := t.read[name]; done {
		return data, data != nil, nil
	}
	data, err = disk.ReadRegular(filepath.Join(t.root, filepath.FromSlash(name)), maxFile)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		t.read[name] = nil
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("reading kernel tree: %w", err)
	}
	t.read[name] = data
	return data, true, nil
}

// lines returns the lines of a file without line ends. A missing file has none.
func (t *files) lines(name string) ([]string, error) {
	if lines, done := t.split[name]; done {
		return lines, nil
	}
	data, ok, err := t.bytes(name)
	if err != nil || !ok {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	t.split[name] = lines
	return lines, nil
}

// exists reports whether the tree has a file or directory with that name.
func (t *files) exists(name string) bool {
	_, err := os.Stat(filepath.Join(t.root, filepath.FromSlash(name)))
	return err == nil
}

// check returns a *NotTreeError if the directory is not a kernel tree.
func (t *files) check() error {
	for _, name := range treeMarks {
		if !t.exists(name) {
			return &NotTreeError{Path: t.root, Missing: name}
		}
	}
	return nil
}

// lacking returns the file that a tree with Rust lacks and whose absence would be taken for an answer: no minimum
// versions, or no Rust for the architecture. "" is a whole tree. Architectures that no known kernel has Rust for may be
// missing.
func (t *files) lacking(srcArch string) (string, error) {
	if !t.exists(scriptFile) {
		return scriptFile, nil
	}
	rows, err := manifests.Kernels()
	if err != nil {
		return "", err
	}
	hasRust := func(row manifests.KernelRow) bool { return len(row.HaveRust[srcArch]) > 0 }
	if kconfig := "arch/" + srcArch + "/Kconfig"; slices.ContainsFunc(rows, hasRust) && !t.exists(kconfig) {
		return kconfig, nil
	}
	return "", nil
}

// version returns the release of the tree: 6.12.107, 7.2, 7.3-rc7. It reads only the top Makefile, because localversion
// files and a vendor's suffix are not part of the release.
func (t *files) version() (version.Version, error) {
	data, ok, err := t.bytes("Makefile")
	if err != nil {
		return version.Version{}, err
	}
	if !ok {
		return version.Version{}, &NotTreeError{Path: t.root, Missing: "Makefile"}
	}
	release, err := parseMakefileVersion(data)
	var missing missingVariable
	if errors.As(err, &missing) {
		return version.Version{}, &NotTreeError{Path: t.root, Missing: fmt.Sprintf("%s in Makefile", string(missing))}
	}
	if err != nil {
		return version.Version{}, fmt.Errorf("reading kernel tree %s: %w", t.root, err)
	}
	return release, nil
}

// missingVariable is the name of a variable that every kernel's top Makefile assigns and this one does not.
type missingVariable string

func (m missingVariable) Error() string { return "no " + string(m) + " in Makefile" }

var (
	assignment = regexp.MustCompile(`^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*:?=[ \t]*([^ \t#]*)`)
	number     = regexp.MustCompile(`^(0|[1-9][0-9]{0,4})$`)
	candidate  = regexp.MustCompile(`^-rc[1-9][0-9]{0,2}`)
)

// parseMakefileVersion returns the release that the four assignments at the start of the top Makefile state. Kbuild
// includes SUBLEVEL 0 in the version of a first release and of its candidates (7.3.0-rc7); their names omit it
// (7.3-rc7).
func parseMakefileVersion(data []byte) (version.Version, error) {
	found := map[string]string{}
	for scan := bufio.NewScanner(bytes.NewReader(data)); len(found) < 4 && scan.Scan(); {
		if m := assignment.FindStringSubmatch(scan.Text()); m != nil {
			if _, again := found[m[1]]; !again {
				found[m[1]] = m[2]
			}
		}
	}
	for _, name := range []string{"VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION"} {
		value, ok := found[name]
		if !ok {
			return version.Version{}, missingVariable(name)
		}
		if name != "EXTRAVERSION" && !number.MatchString(value) {
			return version.Version{}, fmt.Errorf("variable %s in Makefile is %q, expected a number", name, value)
		}
	}
	text := found["VERSION"] + "." + found["PATCHLEVEL"]
	if found["SUBLEVEL"] != "0" {
		text += "." + found["SUBLEVEL"]
	}
	return version.Parse(text + candidate.FindString(found["EXTRAVERSION"]))
}
