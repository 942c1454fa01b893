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

// Target is one [[target]] of a file in targets/, as written. There is one file for each directory under the kernel's
// arch/, named after it.
type Target struct {
	SrcArch string `toml:"-"` // from the file's srcarch

	Name     string   `toml:"name"`
	Aliases  []string `toml:"aliases"`
	Machines []string `toml:"machines"` // what `uname -m` prints on such a machine
	Arch     string   `toml:"arch"`     // Kbuild's ARCH
	Make     []string `toml:"make"`     // further variables for make: "SUBARCH=x86_64"
	Bits     int      `toml:"bits"`
	Endian   string   `toml:"endian"` // "little" or "big"

	GNU       string `toml:"gnu"`       // GNU triple; unset with host-libc, and without a GNU toolchain
	Debian    string `toml:"debian"`    // triple of Debian's cross compiler where it differs from gnu, or "none"; unset: gnu
	Crosstool string `toml:"crosstool"` // name in https://www.kernel.org/pub/tools/crosstool/; unset: none is known
	Clang     string `toml:"clang"`     // the kernel's --target for clang (scripts/Makefile.clang); unset: it has none
	LLVMMake  string `toml:"llvm-make"` // make variables that Documentation/kbuild/llvm.rst names: "LLVM=1"; unset: none

	Rustc    []string        `toml:"rustc"` // triples that the kernel passes to rustc, the newest first
	OwnSpec  bool            `toml:"own-spec"`
	HostLibc bool            `toml:"host-libc"`
	Since    version.Version `toml:"since"`   // the first release that supports Rust on it; unset: none, and no-rust says why
	NoRust   string          `toml:"no-rust"` // why kernels have no Rust for it, one clause

	// SelectedAnyway says that `select HAVE_RUST` holds for the target in Kconfig despite no-rust.
	SelectedAnyway bool            `toml:"selected-anyway"`
	CC             []string        `toml:"cc"`       // C compilers with which it can have Rust: "llvm", "gcc"
	LLVMMin        version.Version `toml:"llvm-min"` // minimum LLVM for llvm-make, where min-tool-version.sh has an older one

	QEMU        string          `toml:"qemu"`         // the system emulator; unset: none, or not known
	QEMUMachine string          `toml:"qemu-machine"` // its -machine option in the kernel's own tests
	QEMUUser    string          `toml:"qemu-user"`    // the user-mode emulator
	Config      []string        `toml:"config"`       // lines to add to allnoconfig: they select the variant and allow Rust
	Note        string          `toml:"note"`
	Symbols     map[string]bool `toml:"symbols"` // Kconfig symbols that the variant determines
	Evidence    []Evidence      `toml:"evidence"`
	Backends    []Backend       `toml:"backend"`
}

// Backend is one [[target.backend]]: what one backend can do for the target.
type Backend struct {
	Name     string          `toml:"name"`   // "llvm", "gcc" (rustc_codegen_gcc) or "gccrs"
	Status   string          `toml:"status"` // "works", "partial", "experimental", "none" or "unknown"
	Since    version.Version `toml:"since"`  // first rustc (llvm, gcc) or GCC (gccrs) that can; unset: not known
	Triples  []Triple        `toml:"triples"`
	Blockers []string        `toml:"blockers"`
	Evidence []Evidence      `toml:"evidence"`
}

// Triple is a rustc target with its support tier (https://doc.rust-lang.org/rustc/platform-support.html).
type Triple struct {
	Name  string          `toml:"name"`
	Tier  int             `toml:"tier"`
	Since version.Version `toml:"since"` // the first rustc that has it; unset: 1.95 or older
}

// Evidence says where a fact can be verified: a URL, a file of a named release (with its line for a kernel), or a
// probe: what was tried, the result, and the date.
type Evidence struct {
	URL     string `toml:"url"`
	Release string `toml:"release"` // "Linux 7.3.4", "Rust 1.98.1"
	File    string `toml:"file"`    // "arch/arm64/Kconfig:228"
	Probe   string `toml:"probe"`
}

// The words that a target file may use.
var (
	targetName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)
	tripleName = regexp.MustCompile(`^[a-z0-9_]+(-[a-z0-9_]+)+$`)
	emulator   = regexp.MustCompile(`^qemu-(system-)?[a-z0-9_]+$`)
	fileLine   = regexp.MustCompile(`^[A-Za-z0-9_.+/-]+(:[0-9]+(-[0-9]+)?)?$`)
	release    = regexp.MustCompile(`^(Linux|Rust|GCC) [0-9][0-9a-z.-]*$`)
	dated      = regexp.MustCompile(`\b20[0-9]{2}-[01][0-9]-[0-3][0-9]\b`)
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

// ParseTargets decodes and checks target files, given by name. An error names the file, the line and column of the key
// (of the [[target]] when the key is missing), the target, and the key.
func ParseTargets(texts map[string][]byte) ([]Target, error) {
	var all []Target
	owner := map[string]string{} // by name or alias: the file and target that has it
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		var file targetFile
		if err := DecodeStrict(name, texts[name], &file); err != nil {
			return nil, err
		}
		if want := strings.TrimSuffix(path.Base(name), ".toml"); file.SrcArch != want {
			return nil, fmt.Errorf("%s: srcarch is %q, expected %q, the name of the file", name, file.SrcArch, want)
		}
		if len(file.Targets) == 0 {
			return nil, fmt.Errorf("%s: target: expected at least one [[target]]", name)
		}
		for i := range file.Targets {
			t := &file.Targets[i]
			t.SrcArch = file.SrcArch
			if key, problem := t.check(); problem != "" {
				return nil, fmt.Errorf("%s: target %q: %s: %s", position(name, texts[name], i, key), t.Name, key, problem)
			}
			if key, problem := t.claim(owner, name); problem != "" {
				return nil, fmt.Errorf("%s: target %q: %s: %s", position(name, texts[name], i, key), t.Name, key, problem)
			}
		}
		all = append(all, file.Targets...)
	}
	return all, nil
}

// claim records the target's names, which must be unique. It returns the key and the problem, or two empty strings.
func (t *Target) claim(owner map[string]string, file string) (key, problem string) {
	here := fmt.Sprintf("%s: target %q", file, t.Name)
	take := func(key, kind, name string) string {
		if other, taken := owner[kind+name]; taken {
			return fmt.Sprintf("%q is already used by %s", name, other)
		}
		owner[kind+name] = here
		return ""
	}
	if problem := take("name", "name ", t.Name); problem != "" {
		return "name", problem
	}
	for _, n := range t.Aliases {
		if problem := take("aliases", "name ", n); problem != "" {
			return "aliases", problem
		}
	}
	for _, n := range t.Machines {
		if problem := take("machines", "machine ", n); problem != "" {
			return "machines", problem
		}
	}
	return "", ""
}

// position returns file:line:column of a key of the i-th target; "backend[1].status" is a key of its second backend. A
// missing key has the position of its table.
func position(name string, text []byte, i int, key string) string {
	lines := strings.Split(string(text), "\n")
	at := header(lines, 0, "[[target]]", i)
	if table, rest, nested := strings.Cut(key, "."); nested {
		var j int
		if _, err := fmt.Sscanf(table, "backend[%d]", &j); err == nil {
			at, key = header(lines, at, "[[target.backend]]", j), rest
		}
	}
	for n := at + 1; n < len(lines) && !strings.HasPrefix(strings.TrimSpace(lines[n]), "[["); n++ {
		found, _, _ := strings.Cut(lines[n], "=")
		if strings.TrimSpace(found) == key {
			return fmt.Sprintf("%s:%d:%d", name, n+1, strings.Index(lines[n], key)+1)
		}
	}
	return fmt.Sprintf("%s:%d:1", name, at+1)
}

// header returns the index of the n-th header of a table at or after line start, or start when there are fewer.
func header(lines []string, start int, table string, n int) int {
	for at := start; at < len(lines); at++ {
		if strings.TrimSpace(lines[at]) != table {
			continue
		}
		if n == 0 {
			return at
		}
		n--
	}
	return start
}

// check returns the first invalid key and its problem, or two empty strings.
func (t *Target) check() (key, problem string) {
	if !targetName.MatchString(t.Name) {
		return "name", fmt.Sprintf("%q: expected lower-case letters, digits, - and _", t.Name)
	}
	for _, n := range t.Aliases {
		if !targetName.MatchString(n) {
			return "aliases", fmt.Sprintf("%q: expected lower-case letters, digits, - and _", n)
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
		return "gnu", "expected none with host-libc, which needs no cross compiler"
	case !t.Since.IsZero() && len(t.Rustc) == 0:
		return "rustc", "expected the triples that the kernel passes to rustc"
	case t.Since.IsZero() == (t.NoRust == ""):
		return "no-rust", "expected either since, or why kernels have no Rust for it"
	case t.SelectedAnyway && t.NoRust == "":
		return "selected-anyway", "expected no-rust with it"
	case len(t.Symbols) == 0:
		return "symbols", "expected the Kconfig symbols that the variant determines"
	}
	for _, check := range []func() (key, problem string){t.checkNames, t.checkLines} {
		if key, problem := check(); problem != "" {
			return key, problem
		}
	}
	if problem := checkEvidence(t.Evidence); problem != "" {
		return "evidence", problem
	}
	for i, b := range t.Backends {
		if key, problem := b.check(); problem != "" {
			return fmt.Sprintf("backend[%d].%s", i, key), problem
		}
		if slices.ContainsFunc(t.Backends[:i], func(o Backend) bool { return o.Name == b.Name }) {
			return fmt.Sprintf("backend[%d].name", i), fmt.Sprintf("%q is listed twice", b.Name)
		}
	}
	return "", ""
}

// checkNames checks the names that other projects use for the target.
func (t *Target) checkNames() (key, problem string) {
	for key, triple := range map[string]string{"gnu": t.GNU, "crosstool": t.Crosstool, "clang": t.Clang} {
		if triple != "" && !tripleName.MatchString(triple) {
			return key, fmt.Sprintf("%q: expected a triple", triple)
		}
	}
	switch {
	case t.Debian != "" && t.Debian != "none" && !tripleName.MatchString(t.Debian):
		return "debian", fmt.Sprintf("%q: expected a triple or none", t.Debian)
	case t.Debian != "" && t.Debian == t.GNU:
		return "debian", "expected a triple other than gnu, which is the default"
	case t.LLVMMake != "" && t.Clang == "":
		return "llvm-make", "expected clang with it: make fails without --target"
	case t.QEMU != "" && (!emulator.MatchString(t.QEMU) || !strings.HasPrefix(t.QEMU, "qemu-system-")):
		return "qemu", fmt.Sprintf("%q: expected qemu-system-...", t.QEMU)
	case t.QEMUMachine != "" && t.QEMU == "":
		return "qemu-machine", "expected qemu with it"
	case t.QEMUUser != "" && (!emulator.MatchString(t.QEMUUser) || strings.HasPrefix(t.QEMUUser, "qemu-system-")):
		return "qemu-user", fmt.Sprintf("%q: expected qemu-...", t.QEMUUser)
	}
	for _, word := range strings.Fields(t.LLVMMake) {
		if !assignment.MatchString(word) {
			return "llvm-make", fmt.Sprintf("%q: expected NAME=value", word)
		}
	}
	return "", ""
}

var (
	configLine = regexp.MustCompile(`^(CONFIG_[A-Za-z0-9_]+=\S.*|# CONFIG_[A-Za-z0-9_]+ is not set)$`)
	assignment = regexp.MustCompile(`^[A-Za-z_]+=\S+$`)
	symbolName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)
)

// checkLines checks what is passed unchanged to make and Kconfig.
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

func (b Backend) check() (key, problem string) {
	switch {
	case !slices.Contains(backends, b.Name):
		return "name", fmt.Sprintf("%q: expected one of %s", b.Name, strings.Join(backends, ", "))
	case !slices.Contains(statuses, b.Status):
		return "status", fmt.Sprintf("%q: expected one of %s", b.Status, strings.Join(statuses, ", "))
	case b.Status != "works" && b.Status != "unknown" && len(b.Blockers) == 0:
		return "blockers", fmt.Sprintf("expected the reasons for status %q", b.Status)
	}
	for _, t := range b.Triples {
		if t.Name == "" || t.Tier < 1 || t.Tier > 3 {
			return "triples", fmt.Sprintf("%q, tier %d: expected a name and a tier of 1, 2 or 3", t.Name, t.Tier)
		}
	}
	return "evidence", checkEvidence(b.Evidence)
}

func checkEvidence(all []Evidence) string {
	if len(all) == 0 {
		return "expected at least one"
	}
	for i, e := range all {
		if problem := e.check(); problem != "" {
			return fmt.Sprintf("[%d]: %s", i, problem)
		}
	}
	return ""
}

func (e Evidence) check() string {
	kinds := 0
	for _, present := range []bool{e.URL != "", e.Release != "" && e.File != "", e.Probe != ""} {
		if present {
			kinds++
		}
	}
	switch {
	case kinds != 1 || (e.Release == "") != (e.File == ""):
		return "expected url, or release with file, or probe"
	case e.URL != "" && !strings.HasPrefix(e.URL, "https://"):
		return fmt.Sprintf("url %q: expected https://", e.URL)
	case e.Release != "" && !release.MatchString(e.Release):
		return fmt.Sprintf("release %q: expected Linux, Rust or GCC with its version", e.Release)
	case e.File != "" && !fileLine.MatchString(e.File):
		return fmt.Sprintf("file %q: expected path:line", e.File)
	case strings.HasPrefix(e.Release, "Linux ") && !strings.Contains(e.File, ":"):
		return fmt.Sprintf("file %q: expected its line", e.File)
	case e.Probe != "" && !dated.MatchString(e.Probe):
		return fmt.Sprintf("probe %q: expected its date", e.Probe)
	}
	return ""
}
