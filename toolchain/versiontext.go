package toolchain

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/krustup/krustup/internal/version"
)

// What Kbuild's own scripts take from the output of a tool's --version: scripts/rust_is_available.sh for rustc, bindgen
// and clang, scripts/pahole-version.sh, scripts/ld-version.sh. As with sed, `.*` makes the last match of a line count.
var (
	rustcText   = regexp.MustCompile(`^.*rustc ([0-9]+\.[0-9]+\.[0-9]+)`)
	bindgenText = regexp.MustCompile(`^.*bindgen ([0-9]+\.[0-9]+\.[0-9]+)`)
	clangText   = regexp.MustCompile(`.*clang version ([0-9]+\.[0-9]+\.[0-9]+)`)
	paholeText  = regexp.MustCompile(`v([0-9]+\.[0-9]+)`)
	cargoText   = regexp.MustCompile(`^cargo ([0-9][^ ]*)`)
	gccText     = regexp.MustCompile(`(?:^| )([0-9]+\.[0-9]+\.[0-9]+)`)
	inBrackets  = regexp.MustCompile(`\([^()]*\)`)
	linkerText  = regexp.MustCompile(`^[0-9.]+`)
)

// ParseVersionText returns the version in what a tool prints for --version, as Kbuild reads it: without a suffix such
// as -dev, and without the versions of other tools that the text names. For LLVM it is the text of clang, for Rust that
// of rustc.
func ParseVersionText(c Component, text string) (version.Version, error) {
	line, _, _ := strings.Cut(text, "\n")
	var found []string
	switch c {
	case Rust:
		found = rustcText.FindStringSubmatch(line)
	case Bindgen:
		found = bindgenText.FindStringSubmatch(line)
	case LLVM:
		found = clangText.FindStringSubmatch(text)
	case Pahole:
		found = paholeText.FindStringSubmatch(line)
	case Cargo:
		found = cargoText.FindStringSubmatch(line)
	case GCC:
		// The distribution's version is in parentheses: gcc (Debian 14.2.0-19) 14.2.0.
		found = gccText.FindStringSubmatch(inBrackets.ReplaceAllString(line, ""))
	}
	if found == nil {
		return version.Version{}, fmt.Errorf("its version text is %s, expected one such as %q", quoted(line), versionExample[c])
	}
	v, err := version.Parse(found[1])
	if err != nil {
		return version.Version{}, fmt.Errorf("its version text is %s: %w", quoted(line), err)
	}
	return v, nil
}

var versionExample = map[Component]string{
	Rust: "rustc 1.85.1 (4eb161250 2025-03-15)", Bindgen: "bindgen 0.71.1", LLVM: "clang version 19.1.7", Pahole: "v1.30",
	Cargo: "cargo 1.85.1 (d73d2caf9 2024-12-31)", GCC: "gcc (GCC) 14.2.0",
}

// quoted returns a line in quotes, cut to a length that fits a message.
func quoted(line string) string {
	const most = 100
	if len(line) > most {
		line = line[:most] + "…"
	}
	return fmt.Sprintf("%q", line)
}

// ParseLinkerText returns the name by which Kbuild knows a linker, "BFD" or "LLD", and its version, from what it prints
// for --version.
func ParseLinkerText(text string) (name string, v version.Version, err error) {
	line, _, _ := strings.Cut(text, "\n")
	words := strings.Fields(line)
	number := ""
	for i, word := range words {
		if word == "LLD" && i+1 < len(words) {
			name, number = "LLD", words[i+1]
			break
		}
	}
	if len(words) > 2 && words[0] == "GNU" && words[1] == "ld" {
		name, number = "BFD", words[len(words)-1]
	}
	// A distribution's package release follows (2.34-4.fc32), and a snapshot has a date as the fourth number.
	parts := strings.Split(strings.Trim(linkerText.FindString(number), "."), ".")
	if v, err = version.Parse(strings.Join(parts[:min(len(parts), 3)], ".")); err != nil {
		return "", v, fmt.Errorf("its version text is %s, expected one such as %q or %q", quoted(line), "GNU ld (GNU Binutils) 2.44", "LLD 19.1.7")
	}
	return name, v, nil
}
