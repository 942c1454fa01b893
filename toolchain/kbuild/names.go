package kbuild

import (
	"fmt"
	"strings"

	"github.com/krustup/krustup/internal/version"
)

// NameError reports a directory that Kbuild cannot build in, because of a character in its path.
type NameError struct {
	What string // what the directory is for: "the module", "O="
	Path string
	Char rune
}

func (e *NameError) Error() string {
	return fmt.Sprintf("%s %q: Kbuild cannot build with %q in the path of this directory", e.What, e.Path, e.Char)
}

// The characters that break a build, as found by running make of 6.12 and 7.2: make splits names at white space and
// expands $, and the recipes hand names to the shell without quotes. A colon in O= breaks a rule of the top Makefile
// since 6.13; the Makefile itself refuses white space and colons in the tree's path, and also % in M=. A # begins a
// comment and a % a pattern in the lists of dependencies that fixdep and Kconfig write, which make reads when it has
// compiled Rust or is started again.
const refused = " \t\n$'\"\\;&|()<>`:#%"

// CheckTree returns a *NameError for a tree whose path breaks a build.
func CheckTree(path string) error { return checkName("tree", path, refused) }

// CheckOutput returns a *NameError for a build directory whose path breaks a build. what is the option that names it.
func CheckOutput(what, path string) error { return checkName(what, path, refused) }

// CheckModule returns a *NameError for the directory of an out-of-tree module whose path breaks a build for a kernel.
func CheckModule(path string, release version.Version) error {
	refuses := refused
	// -Wp,-MMD,FILE has the module's whole path until Kbuild builds in the module's directory.
	if release.Less(version.MustParse("6.13")) {
		refuses += ","
	}
	return checkName("module", path, refuses)
}

func checkName(what, path, refuses string) error {
	if i := strings.IndexAny(path, refuses); i >= 0 {
		return &NameError{What: what, Path: path, Char: rune(path[i])}
	}
	return nil
}
