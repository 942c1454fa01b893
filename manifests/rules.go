package manifests

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/krustup/krustup/internal/version"
)

// Rules is manifests/rules.toml: combinations that are known to fail although neither the kernel nor the tools say so.
type Rules struct {
	Hazards   []HazardRule `toml:"hazard"`
	Pairs     []PairRule   `toml:"pair"`
	RustcLLVM []RustcLLVM  `toml:"rustc-llvm"`
}

// HazardRule describes how to detect, from the text of a kernel tree, that it does not build with some versions of a
// tool. Fails, MayFail and Warns are ranges that do not overlap; at least one is set. {min} in them stands for the
// minimum version that the tree states.
type HazardRule struct {
	ID      string   `toml:"id"`
	Tool    string   `toml:"tool"`
	Fails   string   `toml:"fails,omitempty"`    // observed or proven to fail for the whole range
	MayFail string   `toml:"may-fail,omitempty"` // not established
	Warns   string   `toml:"warns,omitempty"`    // builds, but with warnings (fatal with CONFIG_WERROR) or a flaw
	Kind    string   `toml:"kind,omitempty"`     // what it has in common with others: one message tells the warnings of a kind
	SrcArch []string `toml:"srcarch,omitempty"`  // Kbuild's SRCARCH; empty: all that have Rust
	What    string   `toml:"what"`
	Links   []string `toml:"links"`
	Detect  []Detect `toml:"detect"` // all must hold; the first determines the reported file and line
}

// Effect is what a hazard does to the build.
type Effect string

// The effects of a hazard, the worst first.
const (
	Fails   Effect = "fails"
	MayFail Effect = "may-fail"
	Warns   Effect = "warns"
)

// Detect is one test on a file of a tree: exactly one of Exists, Has and Lacks is set.
type Detect struct {
	// Files are tried in order until the test holds for one. {makefile} stands for the Makefile that sets rustc's flags
	// for the architecture: arch/<srcarch>/Makefile, and arch/x86/Makefile.um for um.
	Files  []string `toml:"files"`
	Within string   `toml:"within,omitempty"` // look only at the definition of this make variable
	Exists bool     `toml:"exists,omitempty"` // the file or directory exists
	Has    string   `toml:"has,omitempty"`    // a line that is not a comment contains this text; or consecutive lines its lines
	Lacks  string   `toml:"lacks,omitempty"`  // the file exists, and the text is not found in it
}

// PairRule describes versions of bindgen and libclang that do not work together.
type PairRule struct {
	ID       string        `toml:"id"`
	Bindgen  version.Range `toml:"bindgen"`
	Libclang version.Range `toml:"libclang"` // zero: any
	Sure     bool          `toml:"sure"`     // fails for every kernel; else it may fail, or distributions have patched it
	What     string        `toml:"what"`
	Links    []string      `toml:"links"`
}

// RustcLLVM says which LLVM upstream's builds of rustc contain. A distribution's rustc may be linked with another.
type RustcLLVM struct {
	Rustc version.Range `toml:"rustc"`
	LLVM  int           `toml:"llvm"` // major version
}

// BundledLLVM returns the major version of the LLVM in upstream's build of a rustc; ok is false when it is unknown.
func (r Rules) BundledLLVM(rustc version.Version) (major int, ok bool) {
	for _, row := range r.RustcLLVM {
		if row.Rustc.Contains(rustc) {
			return row.LLVM, true
		}
	}
	return 0, false
}

// AppliesTo reports whether the rule applies to an architecture, given by SRCARCH.
func (h HazardRule) AppliesTo(srcArch string) bool {
	return len(h.SrcArch) == 0 || slices.Contains(h.SrcArch, srcArch)
}

const minimumMark = "{min}"

// Ranges returns the ranges of the rule that are set, for a kernel that requires this minimum version of the tool. A
// range that depends on the minimum is left out if the kernel states none.
func (h HazardRule) Ranges(minimum version.Version) (map[Effect]version.Range, error) {
	ranges := map[Effect]version.Range{}
	for effect, text := range map[Effect]string{Fails: h.Fails, MayFail: h.MayFail, Warns: h.Warns} {
		if text == "" || minimum.IsZero() && strings.Contains(text, minimumMark) {
			continue
		}
		r, err := version.ParseRange(strings.ReplaceAll(text, minimumMark, minimum.String()))
		if err != nil {
			return nil, fmt.Errorf("hazard %s: %s: %w", h.ID, effect, err)
		}
		ranges[effect] = r
	}
	return ranges, nil
}

// FilesFor returns the files to test for an architecture, relative to the tree.
func (d Detect) FilesFor(srcArch string) []string {
	makefile := "arch/" + srcArch + "/Makefile"
	if srcArch == "um" {
		makefile = "arch/x86/Makefile.um" // the only SUBARCH of UML; arch/um/Makefile includes it
	}
	names := make([]string, len(d.Files))
	for i, name := range d.Files {
		names[i] = strings.ReplaceAll(name, "{makefile}", makefile)
	}
	return names
}

const rulesFile = "rules.toml"

var loadRules = sync.OnceValues(func() (Rules, error) {
	data, err := files.ReadFile(rulesFile)
	if err != nil {
		return Rules{}, fmt.Errorf("reading manifest %s: %w", rulesFile, err)
	}
	return parseRules("manifests/"+rulesFile, data)
})

// LoadRules returns rules.toml. It is decoded once and shared: callers must not modify it.
func LoadRules() (Rules, error) { return loadRules() }

func parseRules(name string, data []byte) (Rules, error) {
	var rules Rules
	if err := DecodeStrict(name, data, &rules); err != nil {
		return Rules{}, err
	}
	c := checker{name: name, data: data, ids: map[string]bool{}}
	for _, h := range rules.Hazards {
		c.hazard(h)
	}
	for _, p := range rules.Pairs {
		c.identity("pair", p.ID, p.What, p.Links)
		if p.Bindgen.IsZero() {
			c.fail(p.ID, "bindgen is empty, expected a range")
		}
	}
	c.rustcLLVM(rules.RustcLLVM)
	if c.err != nil {
		return Rules{}, c.err
	}
	return rules, nil
}

// checker keeps the first error of a manifest, with the line of the record's id.
type checker struct {
	name string
	data []byte
	ids  map[string]bool
	err  error
}

func (c *checker) fail(id, format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%s: %s: %s", place(c.name, c.data, `id = "`+id+`"`), id, fmt.Sprintf(format, args...))
	}
}

// place returns file:line of the last occurrence of text, or only the file when there is none.
func place(name string, data []byte, text string) string {
	at := strings.LastIndex(string(data), text)
	if at < 0 {
		return name
	}
	return fmt.Sprintf("%s:%d", name, strings.Count(string(data[:at]), "\n")+1)
}

var (
	ruleID  = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	webLink = regexp.MustCompile(`^https://[a-z0-9.-]+/\S+$`)
)

func (c *checker) identity(kind, id, what string, links []string) {
	switch {
	case !ruleID.MatchString(id):
		c.fail(id, "%s has the id %q, expected lower-case words joined by hyphens", kind, id)
	case c.ids[id]:
		c.fail(id, "%s has the id of another rule", kind)
	case what == "":
		c.fail(id, "what is missing, expected a description in one clause")
	case len(links) == 0:
		c.fail(id, "links is empty, expected at least one URL as evidence")
	}
	c.ids[id] = true
	for _, link := range links {
		if !webLink.MatchString(link) {
			c.fail(id, "link %q, expected an https URL", link)
		}
	}
}

// hazardTools are the tools that a hazard can name: those that kernels state minimum versions of.
var hazardTools = []string{"rustc", "bindgen", "llvm", "gcc", "binutils", "pahole"}

func (c *checker) hazard(h HazardRule) {
	c.identity("hazard", h.ID, h.What, h.Links)
	if !slices.Contains(hazardTools, h.Tool) {
		c.fail(h.ID, "tool is %q, expected one of %s", h.Tool, strings.Join(hazardTools, " "))
	}
	switch ranges, err := h.Ranges(version.MustParse("1.0.0")); {
	case err != nil:
		c.fail(h.ID, "%v", err)
	case len(ranges) == 0:
		c.fail(h.ID, "has none of fails, may-fail and warns, expected a version range in at least one of them")
	}
	if h.Kind != "" && (h.Warns == "" || h.Fails+h.MayFail != "" || h.Tool != "rustc") {
		c.fail(h.ID, "kind is set, expected a hazard of rustc that only warns: one message tells all of a kind")
	}
	if len(h.Detect) == 0 {
		c.fail(h.ID, "detect is missing, expected at least one test of the tree")
	}
	for _, d := range h.Detect {
		c.detect(h.ID, d)
	}
}

func (c *checker) detect(id string, d Detect) {
	set := 0
	for _, one := range []bool{d.Exists, d.Has != "", d.Lacks != ""} {
		if one {
			set++
		}
	}
	if set != 1 {
		c.fail(id, "detect has %d of exists, has and lacks, expected exactly one", set)
	}
	if len(d.Files) == 0 {
		c.fail(id, "detect names no files")
	}
	for _, name := range d.Files {
		if name == "" || name[0] == '/' || strings.Contains(name, "..") {
			c.fail(id, "detect names the file %q, expected a path relative to the tree", name)
		}
	}
}

func (c *checker) rustcLLVM(rows []RustcLLVM) {
	for _, row := range rows {
		if c.err == nil && (row.Rustc.IsZero() || row.LLVM < 1) {
			c.err = fmt.Errorf("%s: rustc-llvm has rustc %q and llvm %d, expected a range and a major version", c.name, row.Rustc, row.LLVM)
		}
	}
}
