package kernel

import (
	"slices"
	"strconv"
	"strings"

	"github.com/krustup/krustup/internal/kconfig/syntax"
	"github.com/krustup/krustup/internal/version"
)

// UseKind is the kind of a Use.
type UseKind string

// The kinds of Use.
const (
	FeatureUse   UseKind = "feature"       // #![feature(name)] of a crate
	AllowedUse   UseKind = "allowed"       // feature that the build turns on for crates: rust_allowed_features, -Zcrate-attr
	FlagUse      UseKind = "flag"          // -Zname of rustc or rustdoc
	TargetUse    UseKind = "custom-target" // target specification that the kernel brings
	CoreUse      UseKind = "build-core"    // core, or a crate or cfg that belongs to it, built from source
	DoctestUse   UseKind = "doctest"       // option of rustdoc that the doctests need
	RustdocUse   UseKind = "rustdoc"       // another unstable option of rustdoc
	BootstrapUse UseKind = "bootstrap"     // RUSTC_BOOTSTRAP, which makes a stable rustc accept all of these
)

// The values of Use.For, for uses that are not part of a build of the kernel.
const (
	ForRustdoc  = "make rustdoc"
	ForRusttest = "make rusttest"
	ForExpanded = "make *.rsi"
	ForHost     = "host programs"
	ForTests    = "tests of flags"
)

// Use is one place where a kernel depends on something that stable Rust does not have.
type Use struct {
	Kind   UseKind `json:"kind"`
	Name   string  `json:"name"`             // name of the feature, or the flag with its dashes and no underscores: -Zfixed-x18
	Value  string  `json:"value,omitempty"`  // value of the flag
	Where  Where   `json:"where"`            // place of the name
	Arch   string  `json:"arch,omitempty"`   // SRCARCH, if only one architecture has it
	If     string  `json:"if,omitempty"`     // condition that turns it on: CONFIG_…, "rustc >= 1.92.0", a cfg
	For    string  `json:"for,omitempty"`    // what it is for, such as ForRustdoc; "": a build of the kernel
	Unused string  `json:"unused,omitempty"` // why no build reaches it, "" if one can
	Note   string  `json:"note,omitempty"`   // the tree's own comment on it
}

// Gate reports whether the use is a feature gate.
func (u Use) Gate() bool { return u.Kind == FeatureUse || u.Kind == AllowedUse }

// Uses holds the uses of one kernel.
type Uses struct {
	Kernel version.Version
	Source string   // what they were read from: "tree", or a row of manifests/uses.toml
	Notes  []string // what a user should know of Source: the release itself was not read
	List   []Use    // sorted by file and line
}

// Certainty is whether a build reaches a use.
type Certainty int

// The values of Certainty.
const (
	Never      Certainty = iota // no build does
	ByConfig                    // it depends on the configuration
	Always                      // every build with Rust for the target does
	OtherGoals                  // only another goal of make does
)

// Needed returns whether a build for an architecture reaches the use with a rustc. symbols are the known Kconfig
// symbols of the architecture's variant, without CONFIG_. With a zero rustc, conditions on its version are unknown.
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

// ReadUses returns all uses in a tree, for all architectures and configurations. The error is a *NotTreeError if the
// directory is not a kernel tree.
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
