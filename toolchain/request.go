package toolchain

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
)

// Request is what a Set is wanted for. The same Request over the same catalogues gives the same Set.
type Request struct {
	Requirements  kernel.Requirements
	Target        targets.Target
	Host          Host
	CC            Compiler
	With          map[Component]Wish // what the user asked for by name
	MatchLLVM     bool               // the LLVM inside rustc must have clang's major version
	Backend       targets.Backend    // what rustc must have beside LLVM; "": nothing
	AllowStale    bool
	AllowUnsigned bool
	Suppliers     []Supplier // in order of preference
	Rustc         RustcLabel // the build of rustc that is wanted; zero: any
}

// Wish is what a user asks of one component: versions, or a channel of rust-lang.
type Wish struct {
	Range   version.Range
	Channel string // "stable", "beta", "nightly", "nightly-2026-05-20"; "": any release
}

// Holds reports whether an offer is what was wished for. A channel without a date takes any of its days.
func (w Wish) Holds(o Offer) bool {
	if w.Channel != "" && o.Channel != w.Channel && !strings.HasPrefix(o.Channel, w.Channel+"-") {
		return false
	}
	return w.Range.Contains(o.Version)
}

// Flag gives the option that says so.
func (w Wish) Flag(c Component) string {
	if w == (Wish{}) {
		return fmt.Sprintf("--with %s", c)
	}
	return fmt.Sprintf("--with %s=%s", c, w)
}

// String gives what stands behind --with COMPONENT=.
func (w Wish) String() string {
	if w.Channel != "" {
		return w.Channel
	}
	return w.Range.String()
}

// channel is the one that Rust is wanted of, or the one release. Only nightlies have other backends than LLVM.
func (req Request) channel() string {
	wish := req.With[Rust]
	switch {
	case wish.Channel != "":
		return wish.Channel
	case !wish.Range.IsZero():
		return wish.Range.String()
	case req.Backend != "":
		return "nightly"
	}
	if d, ok := req.Requirements.Demand(kernel.Rustc); ok && d.Pinned {
		return d.Version.String()
	}
	return ""
}

var channel = regexp.MustCompile(`^(stable|beta|nightly)(-[0-9]{4}-[0-9]{2}-[0-9]{2})?$`)

// ParseWith reads "rust=1.96.1", "llvm=>= 19, < 21", "rust=nightly-2026-05-20", or "qemu" for any version.
func ParseWith(text string) (Component, Wish, error) {
	name, constraint, ranged := strings.Cut(text, "=")
	component, err := ParseComponent(strings.TrimSpace(name))
	if err != nil || !slices.Contains(Selectable, component) {
		return "", Wish{}, fmt.Errorf("--with %q: expected COMPONENT or COMPONENT=VERSION, for instance rust=1.96.1; components: %s", text, joinComponents(Selectable))
	}
	if !ranged {
		return component, Wish{}, nil
	}
	constraint = strings.TrimSpace(constraint)
	if named := channel.FindStringSubmatch(constraint); component == Rust && named != nil {
		if _, err := time.Parse("-"+time.DateOnly, named[2]); named[2] != "" && err != nil {
			return "", Wish{}, fmt.Errorf("--with %s: %s is no day, expected YYYY-MM-DD", text, named[2][1:])
		}
		return component, Wish{Channel: constraint}, nil
	}
	r, err := version.ParseRange(constraint)
	if err != nil {
		return "", Wish{}, fmt.Errorf("--with %s: %w", text, err)
	}
	return component, Wish{Range: r}, nil
}

// ParseComponent reads the name of a component that a set may have. rustc and clang are other names for rust and llvm.
func ParseComponent(name string) (Component, error) {
	c := Component(name)
	switch name {
	case "rustc":
		c = Rust
	case "clang":
		c = LLVM
	}
	if c != Patchelf && !slices.Contains(Selectable, c) {
		return "", fmt.Errorf("component %q: expected one of %s", name, joinComponents(append(slices.Clone(Selectable), Patchelf)))
	}
	return c, nil
}

// Selectable are the components that a user may name, with a version or without.
var Selectable = []Component{Rust, Bindgen, LLVM, GCC, Pahole, Cargo, GCCRS, QEMU}

func joinComponents(list []Component) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}

// Compiler settles which C compiler a request means, and refuses one that the kernel's Rust cannot be built with.
func (req Request) Compiler() (Compiler, error) {
	candidates := []Compiler{req.CC}
	if req.CC == Either {
		candidates = []Compiler{Clang, GNU}
	}
	var refused error
	for _, cc := range candidates {
		err := req.allows(cc)
		if err == nil {
			return cc, nil
		}
		if refused == nil {
			refused = err
		}
	}
	return Either, refused
}

// allows reports whether the kernel has Rust for the target when it is built with cc.
func (req Request) allows(cc Compiler) error {
	r := req.Requirements
	if r.RustInit == (kernel.Where{}) || len(r.HaveRust) == 0 || req.Target.SelectedAnyway {
		return &NoRustError{Kernel: r.Kernel, Target: req.Target, Whole: r.RustInit == (kernel.Where{})}
	}
	symbols := map[string]bool{"CC_IS_CLANG": cc == Clang, "CC_IS_GCC": cc == GNU}
	for name, value := range req.Target.Symbols {
		symbols[name] = value
	}
	ok, by, unmet := r.Supports(symbols)
	if !ok {
		return &NoRustError{Kernel: r.Kernel, Target: req.Target, CC: cc, By: by, Unmet: unmet}
	}
	return nil
}

// NoRustError says that a kernel has no Rust for a target, or none with one compiler.
type NoRustError struct {
	Kernel version.Version
	Target targets.Target
	Whole  bool            // the kernel has no Rust for any target
	CC     Compiler        // set when a `select HAVE_RUST if …` was read and does not hold
	By     kernel.HaveRust // that select
	Unmet  string          // the part of its condition that does not hold
}

func (e *NoRustError) Error() string {
	switch {
	case e.Whole:
		return fmt.Sprintf("Linux %s has no Rust support: it came with 6.1", e.Kernel)
	case e.Unmet != "" && strings.Contains(e.Unmet, "CC_IS_"):
		return fmt.Sprintf("Linux %s has no Rust for %s built with %s: `select HAVE_RUST if %s` wants %s (%s)",
			e.Kernel, e.Target.Name, e.CC, e.By.Condition, e.Unmet, e.By.Where)
	case e.Target.Since.IsZero():
		text := fmt.Sprintf("Linux %s has no Rust for %s, and no release known so far does", e.Kernel, e.Target.Name)
		if e.Target.NoRust != "" {
			text += ": " + e.Target.NoRust
		}
		return text
	case !e.Kernel.Less(e.Target.Since):
		return fmt.Sprintf("Linux %s has no Rust for %s: no `select HAVE_RUST` of arch/%s/Kconfig holds for it", e.Kernel, e.Target.Name, e.Target.SrcArch)
	}
	return fmt.Sprintf("Linux %s has no Rust for %s: the first release that does is %s", e.Kernel, e.Target.Name, e.Target.Since)
}

// Key digests what a request asks for, its compiler settled, but not which release asks: two trees with the same
// demands get the same set, so that an installed set serves both. What is only accepted (AllowStale) is no demand.
func (req Request) Key() trust.Digest {
	type demand struct {
		Tool, Version string
		Pinned        bool
	}
	type hazard struct{ ID, Bad string }
	key := struct {
		Demands   []demand
		Hazards   []hazard
		Target    string
		Host, CC  string
		With      map[Component]string
		MatchLLVM bool
		Backend   targets.Backend `json:",omitempty"`
		Suppliers []string
		Rustc     string `json:",omitempty"`
	}{
		Target: req.Target.Name, Host: req.Host.String(), CC: string(req.CC), MatchLLVM: req.MatchLLVM, Backend: req.Backend,
		With: map[Component]string{}, Rustc: req.Rustc.Text,
	}
	for _, d := range req.Requirements.Demands {
		key.Demands = append(key.Demands, demand{string(d.Tool), d.Version.String(), d.Pinned})
	}
	for _, h := range req.Requirements.Hazards {
		key.Hazards = append(key.Hazards, hazard{h.ID, h.Bad.String()})
	}
	for c, r := range req.With {
		key.With[c] = r.String()
	}
	for _, s := range req.Suppliers {
		key.Suppliers = append(key.Suppliers, s.Name())
	}
	data, err := json.Marshal(key) // map keys come out sorted
	if err != nil {
		panic("toolchain: request key: " + err.Error())
	}
	return trust.SumDigest(sha256.Sum256(data))
}
