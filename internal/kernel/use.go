package kernel

import (
	"slices"
	"strconv"
	"strings"

	"github.com/krustup/krustup/internal/kconfig/syntax"
	"github.com/krustup/krustup/internal/version"
)

// UseKind says what kind of thing it is that stable Rust does not have.
type UseKind string

// The kinds.
const (
	FeatureUse   UseKind = "feature"       // #![feature(name)] of a crate
	AllowedUse   UseKind = "allowed"       // a feature that the build turns on for crates: rust_allowed_features, -Zcrate-attr
	FlagUse      UseKind = "flag"          // -Zname of rustc or rustdoc
	TargetUse    UseKind = "custom-target" // a target specification of the kernel's own
	CoreUse      UseKind = "build-core"    // core, or what belongs to it, built from its source
	DoctestUse   UseKind = "doctest"       // an option of rustdoc that doctests hang on
	RustdocUse   UseKind = "rustdoc"       // another unstable option of rustdoc
	BootstrapUse UseKind = "bootstrap"     // RUSTC_BOOTSTRAP, which lets a stable rustc do all of it
)

// What is not part of a build of the kernel, and is what a use is for.
const (
	ForRustdoc  = "make rustdoc"
	ForRusttest = "make rusttest"
	ForExpanded = "make *.rsi"
	ForHost     = "host programs"
	ForTests    = "tests of flags"
)

// Use is one place where a kernel leans on something that stable Rust does not have.
type Use struct {
	Kind   UseKind `json:"kind"`
	Name   string  `json:"name"`             // of the feature; of the flag, with its dashes and no underscores: -Zfixed-x18
	Value  string  `json:"value,omitempty"`  // of the flag
	Where  Where   `json:"where"`            // of the name
	Arch   string  `json:"arch,omitempty"`   // SRCARCH, where only one has it
	If     string  `json:"if,omitempty"`     // what turns it on: CONFIG_…, "rustc >= 1.92.0", a cfg
	For    string  `json:"for,omitempty"`    // "": a build of the kernel
	Unused string  `json:"unused,omitempty"` // why no build comes to it, "" where one can
	Note   string  `json:"note,omitempty"`   // what the tree says of it
}

// Gate reports whether the use is of a feature gate.
func (u Use) Gate() bool { return u.Kind == FeatureUse || u.Kind == AllowedUse }

// Uses is what one kernel uses, by place.
type Uses struct {
	Kernel version.Version
	Source string // what they were read from: "tree", or which row of manifests/uses.toml
	List   []Use
}

// Certainty says whether a build comes to a use.
type Certainty int

// How sure it is.
const (
	Never      Certainty = iota // it does not
	ByConfig                    // if the configuration says so
	Always                      // each build with Rust for the target does
	OtherGoals                  // only another goal of make does
)

// Needed says whether a build for an architecture, with symbols that are known of its variant, comes to the use with
// that rustc. A zero version leaves open what depends on it.
func (u Use) Needed(srcArch string, symbols map[string]bool, rustc version.Version) Certainty {
	if u.Unused != "" || u.Arch != "" && u.Arch != srcArch {
		return Never
	}
	holds := parseText(u.If).Eval(func(symbol string) syntax.Setting {
		if symbol == rustcVersion && !rustc.IsZero() {
			return syntax.Setting{State: syntax.Set, Text: strconv.Itoa(rustc.Major()*100000 + rustc.Minor()*100 + rustc.Patch())}
		}
		switch on, known := symbols[strings.TrimPrefix(symbol, "CONFIG_")]; {
		case !known:
			return syntax.Settled(syntax.Unknown)
		case on:
			return syntax.Settled(syntax.Exactly(syntax.Yes))
		}
		return syntax.Settled(syntax.Exactly(syntax.No))
	})
	switch {
	case holds.Fails():
		return Never
	case u.For != "":
		return OtherGoals
	case !holds.Holds():
		return ByConfig
	}
	return Always
}

// ReadUses reads all that a tree uses, for all architectures and configurations. Errors are those of Read.
func ReadUses(tree string) (Uses, error) {
	t := openTree(tree)
	if err := t.check(); err != nil {
		return Uses{}, err
	}
	release, err := t.version()
	if err != nil {
		return Uses{}, err
	}
	found := Uses{Kernel: release, Source: "tree"}
	files, err := t.ruleFiles()
	if err != nil {
		return Uses{}, err
	}
	crates, err := t.crateUses(files.rust)
	if err != nil {
		return Uses{}, err
	}
	flags, err := t.makeUses(files.make)
	if err != nil {
		return Uses{}, err
	}
	found.List = append(crates, flags...)
	slices.SortStableFunc(found.List, func(a, b Use) int {
		if by := strings.Compare(a.Where.File, b.Where.File); by != 0 {
			return by
		}
		return a.Where.Line - b.Where.Line
	})
	return found, nil
}
