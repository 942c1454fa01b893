package toolchain

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
)

// Request holds everything that Resolve chooses a Set for.
type Request struct {
	Requirements  kernel.Requirements
	Target        targets.Target
	Host          Host
	CC            Compiler
	With          map[Component]Wish // the user's demands, from --with
	MatchLLVM     bool               // the LLVM inside rustc must have clang's major version
	Prefer        Preference
	Unstable      *Unstable       // what FewestGates counts
	Backend       targets.Backend // the backend that rustc must have in addition to LLVM; "": none
	AllowStale    bool
	AllowUnsigned bool
	Suppliers     []Supplier // in order of preference
	Rustc         RustcLabel // the required build of rustc; zero: any
}

// Wish is a user's demand on one component: a range of versions, or a channel of rust-lang. The zero Wish is any
// version.
type Wish struct {
	Range   version.Range
	Channel string // "stable", "beta", "nightly", "nightly-2026-05-20"; "": any release
}

// Holds reports whether an offer meets the wish. A channel without a date accepts any date.
func (w Wish) Holds(o Offer) bool {
	if w.Channel != "" && o.Channel != w.Channel && !strings.HasPrefix(o.Channel, w.Channel+"-") {
		return false
	}
	return w.Range.Contains(o.Version)
}

// Flag returns the wish for c as a command line option: "--with rust=1.96.1".
func (w Wish) Flag(c Component) string {
	if w == (Wish{}) {
		return fmt.Sprintf("--with %s", c)
	}
	return fmt.Sprintf("--with %s=%s", c, w)
}

// String returns the value of the option --with COMPONENT=VALUE.
func (w Wish) String() string {
	if w.Channel != "" {
		return w.Channel
	}
	return w.Range.String()
}

// channel returns the Query.Channel of the request. Only nightlies have backends other than LLVM.
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

// ParseWith parses the value of --with: "rust=1.96.1", "llvm=>= 19, < 21", "rust=nightly-2026-05-20", or "qemu" for any
// version.
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
			return "", Wish{}, fmt.Errorf("--with %s: %s is not a date, expected YYYY-MM-DD", text, named[2][1:])
		}
		return component, Wish{Channel: constraint}, nil
	}
	r, err := version.ParseRange(constraint)
	if err != nil {
		return "", Wish{}, fmt.Errorf("--with %s: %w", text, err)
	}
	return component, Wish{Range: r}, nil
}

// ParseComponent parses the name of a component that a set may have. It accepts rustc for rust and clang for llvm.
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

// Selectable lists the components that a user may request with --with. Do not modify it.
var Selectable = []Component{Rust, Bindgen, LLVM, GCC, Pahole, Cargo, GCCRS, QEMU}

func joinComponents(list []Component) string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}

// Compiler returns the C compiler of the request. For Either it is the first of clang and gcc with which the kernel
// supports Rust. If the kernel does not support Rust with the compiler, the error is a *NoRustError.
func (req Request) Compiler() (Compiler, error) {
	candidates := []Compiler{req.CC}
	if req.CC == Either {
		candidates = []Compiler{Clang, GNU}
	}
	var refused error
	disputed := Either
	for _, cc := range candidates {
		switch err := req.allows(cc); {
		case err == nil && !req.Requirements.Disputed(req.symbols(cc)):
			return cc, nil
		case err == nil && disputed == Either:
			disputed = cc
		case refused == nil:
			refused = err
		}
	}
	if disputed != Either {
		return disputed, nil
	}
	return Either, refused
}

// symbols returns the known Kconfig symbols of the target when it is built with cc.
func (req Request) symbols(cc Compiler) map[string]bool {
	symbols := map[string]bool{"CC_IS_CLANG": cc == Clang, "CC_IS_GCC": cc == GNU}
	maps.Copy(symbols, req.Target.Symbols)
	return symbols
}

// allows returns a *NoRustError if the kernel does not support Rust for the target when it is built with cc.
func (req Request) allows(cc Compiler) error {
	r := req.Requirements
	if r.RustInit == (kernel.Where{}) || len(r.HaveRust) == 0 || req.Target.SelectedAnyway {
		return &NoRustError{Kernel: r.Kernel, Target: req.Target, Whole: r.RustInit == (kernel.Where{})}
	}
	ok, by, unmet := r.Supports(req.symbols(cc))
	if !ok {
		return &NoRustError{Kernel: r.Kernel, Target: req.Target, CC: cc, By: by, Unmet: unmet}
	}
	return nil
}

// NoRustError reports that a kernel does not support Rust for a target, or not with one compiler.
type NoRustError struct {
	Kernel version.Version
	Target targets.Target
	Whole  bool            // the kernel has no Rust support for any target
	CC     Compiler        // set if the conditions of all `select HAVE_RUST` were evaluated and none holds
	By     kernel.HaveRust // that select
	Unmet  string          // the part of its condition that does not hold
}

// Error states the most exact reason that is known: the release, the C compiler, the target, or the `select`.
func (e *NoRustError) Error() string {
	switch {
	case e.Whole:
		return fmt.Sprintf("Linux %s has no Rust support, which was added in 6.1", e.Kernel)
	case e.Unmet != "" && strings.Contains(e.Unmet, "CC_IS_"):
		return fmt.Sprintf("Linux %s has no Rust support for %s built with %s: `select HAVE_RUST if %s` requires %s (%s)",
			e.Kernel, e.Target.Name, e.CC, e.By.Condition, e.Unmet, e.By.Where)
	case e.Target.SelectedAnyway:
		return fmt.Sprintf("it is unknown whether Linux %s has Rust support for %s: %s", e.Kernel, e.Target.Name, e.Target.NoRust)
	case e.Target.Since.IsZero():
		text := fmt.Sprintf("Linux %s has no Rust support for %s, and neither has any known release", e.Kernel, e.Target.Name)
		if e.Target.NoRust != "" {
			text += ": " + e.Target.NoRust
		}
		return text
	case !e.Kernel.Less(e.Target.Since):
		return fmt.Sprintf("Linux %s has no Rust support for %s: no `select HAVE_RUST` in arch/%s/Kconfig applies to it", e.Kernel, e.Target.Name, e.Target.SrcArch)
	}
	return fmt.Sprintf("Linux %s has no Rust support for %s: the first release with it is %s", e.Kernel, e.Target.Name, e.Target.Since)
}

// Key returns a digest of the demands of a request, whose CC must not be Either. It does not cover the kernel's
// release: two trees with the same demands share an installed set. AllowStale and AllowUnsigned are not demands.
func (req Request) Key() trust.Digest {
	type demand struct {
		Tool, Version string
		Pinned        bool
	}
	type hazard struct {
		ID, Bad string
		May     bool `json:",omitempty"`
	}
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
		Prefer    string `json:",omitempty"`
		Uses      string `json:",omitempty"` // what the kernel uses that FewestGates counts
	}{
		Target: req.Target.Name, Host: req.Host.String(), CC: string(req.CC), MatchLLVM: req.MatchLLVM, Backend: req.Backend,
		With: map[Component]string{}, Rustc: req.Rustc.Text, Prefer: string(req.Prefer), Uses: req.Unstable.digest(),
	}
	for _, d := range req.Requirements.Demands {
		key.Demands = append(key.Demands, demand{string(d.Tool), d.Version.String(), d.Pinned})
	}
	for _, h := range req.Requirements.Hazards {
		if h.Decides() {
			key.Hazards = append(key.Hazards, hazard{h.ID, h.Bad.String(), h.Effect == manifests.MayFail})
		}
	}
	for c, r := range req.With {
		key.With[c] = r.String()
	}
	for _, s := range req.Suppliers {
		key.Suppliers = append(key.Suppliers, s.Name())
	}
	data, err := json.Marshal(key) // sorts map keys
	if err != nil {
		panic("toolchain: request key: " + err.Error())
	}
	return trust.SumDigest(sha256.Sum256(data))
}
