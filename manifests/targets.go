package manifests

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/version"
)

// Target is one [[target]] of a file of targets/, as the file says it. There is one file for each directory under the
// kernel's arch/, named after it.
type Target struct {
	SrcArch string `toml:"-"` // from the file's srcarch

	Name     string          `toml:"name"`
	Aliases  []string        `toml:"aliases"`
	Machines []string        `toml:"machines"` // what `uname -m` says on such a machine
	Arch     string          `toml:"arch"`     // Kbuild's ARCH
	Make     []string        `toml:"make"`     // further variables for make: "SUBARCH=x86_64"
	Bits     int             `toml:"bits"`
	Endian   string          `toml:"endian"` // "little" or "big"
	GNU      string          `toml:"gnu"`    // triple of Debian's cross compilers; absent with host-libc
	Rustc    []string        `toml:"rustc"`  // triples that the kernel passes to rustc, the newest first
	OwnSpec  bool            `toml:"own-spec"`
	HostLibc bool            `toml:"host-libc"`
	Since    version.Version `toml:"since"` // the first release that selects HAVE_RUST for it; absent: none
	CC       []string        `toml:"cc"`    // with which C compilers it can have Rust: "llvm", "gcc"
	LLVMMin  version.Version `toml:"llvm-min"`
	QEMU     string          `toml:"qemu"`   // the emulator's program
	Config   []string        `toml:"config"` // lines to add to allnoconfig, so that Rust can be on
	Note     string          `toml:"note"`
	Symbols  map[string]bool `toml:"symbols"` // Kconfig symbols that the variant settles
	Evidence []Evidence      `toml:"evidence"`
	Backends []Backend       `toml:"backend"`
}

// Backend is one [[target.backend]]: what one backend can do for the target.
type Backend struct {
	Name     string          `toml:"name"`   // "llvm", "gcc" (rustc_codegen_gcc) or "gccrs"
	Status   string          `toml:"status"` // "works", "partial", "experimental", "none" or "unknown"
	Since    version.Version `toml:"since"`  // first rustc (llvm, gcc) or GCC (gccrs) that can; absent: not known
	Triples  []Triple        `toml:"triples"`
	Blockers []string        `toml:"blockers"`
	Evidence []Evidence      `toml:"evidence"`
}

// Triple is a rustc target with its support tier (https://doc.rust-lang.org/rustc/platform-support.html).
type Triple struct {
	Name string `toml:"name"`
	Tier int    `toml:"tier"`
}

// Evidence says where a fact can be looked up: a URL, a file (with or without a line) of a named release, or what was
// tried and what came of it.
type Evidence struct {
	URL     string `toml:"url"`
	Release string `toml:"release"` // "Linux 7.3.4", "Rust 1.98.1"
	File    string `toml:"file"`    // "arch/arm64/Kconfig:228"
	Probe   string `toml:"probe"`
}

// The words that a target file may use.
var (
	targetName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)
	compilers  = []string{"llvm", "gcc"}
	backends   = []string{"llvm", "gcc", "gccrs"}
	statuses   = []string{"works", "partial", "experimental", "none", "unknown"}
)

// targetFile is the shape of one file of targets/.
type targetFile struct {
	SrcArch string   `toml:"srcarch"`
	Targets []Target `toml:"target"`
}

// Targets decodes and checks all files of targets/, in the order of the files and of the records in them.
func Targets() ([]Target, error) {
	names, err := fs.Glob(files, "targets/*.toml")
	if err != nil {
		return nil, fmt.Errorf("listing target manifests: %w", err)
	}
	texts := make(map[string][]byte, len(names))
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading manifest %s: %w", name, err)
		}
		texts["manifests/"+name] = data
	}
	return ParseTargets(texts)
}

// ParseTargets decodes and checks target files by their names. An error names the file and the key.
func ParseTargets(texts map[string][]byte) ([]Target, error) {
	var all []Target
	owner := map[string]string{} // a name or alias, to the file and target that has it
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		var file targetFile
		if err := DecodeStrict(name, texts[name], &file); err != nil {
			return nil, err
		}
		if want := strings.TrimSuffix(path.Base(name), ".toml"); file.SrcArch != want {
			return nil, fmt.Errorf("%s: srcarch is %q, expected %q as the file is named", name, file.SrcArch, want)
		}
		if len(file.Targets) == 0 {
			return nil, fmt.Errorf("%s: target: expected at least one [[target]]", name)
		}
		for i := range file.Targets {
			t := &file.Targets[i]
			t.SrcArch = file.SrcArch
			if key, problem := t.check(); problem != "" {
				return nil, fmt.Errorf("%s: target[%d] %q: %s: %s", name, i, t.Name, key, problem)
			}
			if err := t.claim(owner, name); err != nil {
				return nil, err
			}
		}
		all = append(all, file.Targets...)
	}
	return all, nil
}

// claim takes the target's names, which no other target may have.
func (t *Target) claim(owner map[string]string, file string) error {
	here := fmt.Sprintf("%s: target %q", file, t.Name)
	for key, names := range map[string][]string{
		"name or aliases": append([]string{t.Name}, t.Aliases...), "machines": t.Machines,
	} {
		for _, n := range names {
			if other, taken := owner[key+n]; taken {
				return fmt.Errorf("%s: %s: %q is taken by %s", here, key, n, other)
			}
			owner[key+n] = here
		}
	}
	return nil
}

// check gives the first key that is wrong and what is wrong with it, or "" twice.
func (t *Target) check() (key, problem string) {
	for _, n := range append([]string{t.Name}, t.Aliases...) {
		if !targetName.MatchString(n) {
			return "name or aliases", fmt.Sprintf("%q: expected lower-case letters, digits, - and _", n)
		}
	}
	switch {
	case t.Arch == "":
		return "arch", "expected Kbuild's ARCH"
	case t.Bits != 32 && t.Bits != 64:
		return "bits", fmt.Sprintf("%d: expected 32 or 64", t.Bits)
	case t.Endian != "little" && t.Endian != "big":
		return "endian", fmt.Sprintf("%q: expected little or big", t.Endian)
	case t.GNU != "" && t.HostLibc:
		return "gnu", "a cross compiler has no use with host-libc"
	case !t.Since.IsZero() && len(t.Rustc) == 0:
		return "rustc", "expected the triples that the kernel passes"
	case len(t.Symbols) == 0:
		return "symbols", "expected what the variant settles"
	}
	if key, problem := t.checkLines(); problem != "" {
		return key, problem
	}
	if problem := checkEvidence(t.Evidence); problem != "" {
		return "evidence", problem
	}
	for i, b := range t.Backends {
		if problem := b.check(); problem != "" {
			return fmt.Sprintf("backend[%d] %q", i, b.Name), problem
		}
		if slices.ContainsFunc(t.Backends[:i], func(o Backend) bool { return o.Name == b.Name }) {
			return fmt.Sprintf("backend[%d]", i), fmt.Sprintf("name: %q stands twice", b.Name)
		}
	}
	return "", ""
}

var (
	configLine = regexp.MustCompile(`^(CONFIG_[A-Za-z0-9_]+=\S.*|# CONFIG_[A-Za-z0-9_]+ is not set)$`)
	assignment = regexp.MustCompile(`^[A-Za-z_]+=\S+$`)
	symbolName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)
)

// checkLines checks what goes to make and Kconfig as it is.
func (t *Target) checkLines() (key, problem string) {
	for _, line := range t.Config {
		if !configLine.MatchString(line) {
			return "config", fmt.Sprintf("%q: expected CONFIG_X=... or # CONFIG_X is not set", line)
		}
	}
	for _, line := range t.Make {
		if !assignment.MatchString(line) {
			return "make", fmt.Sprintf("%q: expected NAME=value", line)
		}
	}
	for name := range t.Symbols {
		if !symbolName.MatchString(name) || strings.HasPrefix(name, "CONFIG_") {
			return "symbols", fmt.Sprintf("%q: expected a Kconfig symbol, without CONFIG_", name)
		}
	}
	for _, cc := range t.CC {
		if !slices.Contains(compilers, cc) {
			return "cc", fmt.Sprintf("%q: expected one of %s", cc, strings.Join(compilers, ", "))
		}
	}
	return "", ""
}

func (b Backend) check() string {
	switch {
	case !slices.Contains(backends, b.Name):
		return fmt.Sprintf("name: expected one of %s", strings.Join(backends, ", "))
	case !slices.Contains(statuses, b.Status):
		return fmt.Sprintf("status: %q: expected one of %s", b.Status, strings.Join(statuses, ", "))
	case b.Status != "works" && b.Status != "unknown" && len(b.Blockers) == 0:
		return fmt.Sprintf("blockers: expected what keeps it from more than %q", b.Status)
	}
	for _, t := range b.Triples {
		if t.Name == "" || t.Tier < 1 || t.Tier > 3 {
			return fmt.Sprintf("triples: %q, tier %d: expected a name and a tier of 1, 2 or 3", t.Name, t.Tier)
		}
	}
	if problem := checkEvidence(b.Evidence); problem != "" {
		return "evidence: " + problem
	}
	return ""
}

func checkEvidence(all []Evidence) string {
	if len(all) == 0 {
		return "expected at least one"
	}
	for i, e := range all {
		kinds := 0
		for _, present := range []bool{e.URL != "", e.Release != "" && e.File != "", e.Probe != ""} {
			if present {
				kinds++
			}
		}
		if kinds != 1 || (e.Release == "") != (e.File == "") {
			return fmt.Sprintf("[%d]: expected url, or release with file, or probe", i)
		}
		if e.URL != "" && !strings.HasPrefix(e.URL, "https://") {
			return fmt.Sprintf("[%d]: url %q: expected https://", i, e.URL)
		}
	}
	return ""
}
