package toolchain

import (
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/version"
)

// needing returns what a kernel needs that loses one gate with 1.90 and one with 1.96, and gains one with 1.98.
func needing() *Unstable {
	return &Unstable{Uses: "these", Names: func(rustc version.Version) []string {
		names := []string{"always"}
		for _, gate := range []struct{ name, until string }{{"asm_goto", "1.90.0"}, {"file_with_nul", "1.96.0"}} {
			if rustc.Less(version.MustParse(gate.until)) {
				names = append(names, gate.name)
			}
		}
		if !rustc.Less(version.MustParse("1.98.0")) {
			names = append(names, "later")
		}
		return names
	}}
}

func TestPrefer(t *testing.T) {
	offers := []string{
		"rust 1.85.1 @0", "rust 1.97.1 @1", "rust 1.98.1 @2", "bindgen 0.71.1+19.1.7 @0", "bindgen 0.72.1+21.1.8 @1",
		"llvm 19.1.7 @0", "llvm 21.1.8 @1", "pahole 1.30 @0", "patchelf 0.18.0 @0",
	}
	for _, test := range []struct {
		prefer              Preference
		rust, llvm, bindgen string
		reasons             []string // of rust
	}{
		{Stable, "1.85.1", "19.1.7", "0.71.1", []string{"newest suitable version in stable"}},
		{Newest, "1.98.1", "21.1.8", "0.72.1", []string{"--prefer newest: newest suitable version that any supplier has, from unstable"}},
		{FewestGates, "1.97.1", "19.1.7", "0.71.1", []string{
			"--prefer fewest-gates: the kernel needs 1 unstable features and flags, and 3 with rustc 1.85.1, which --prefer stable chooses; no longer needed: asm_goto, file_with_nul",
			"newest suitable version in backports; earlier suites have none",
		}},
	} {
		t.Run(string(test.prefer), func(t *testing.T) {
			req := request(t, "6.18.16", "arm64", offers...)
			req.Prefer, req.Unstable = test.prefer, needing()
			set, err := Resolve(req, rules(t))
			if err != nil {
				t.Fatal(err)
			}
			for c, want := range map[Component]string{Rust: test.rust, LLVM: test.llvm, Bindgen: test.bindgen} {
				if p, _ := set.Pick(c); p.Offer.Version.String() != want {
					t.Errorf("%s %s, expected %s", c, p.Offer.Version, want)
				}
			}
			rust, _ := set.Pick(Rust)
			var texts []string
			for _, r := range rust.Reasons {
				texts = append(texts, r.Text)
			}
			for _, want := range test.reasons {
				if !strings.Contains(strings.Join(texts, "\n"), want) {
					t.Errorf("reasons\n%s\nexpected %q", strings.Join(texts, "\n"), want)
				}
			}
			if set.Asked.Prefer != test.prefer {
				t.Errorf("the set records the preference %q", set.Asked.Prefer)
			}
		})
	}
}

// TestPreferFits: what the user and the kernel demand comes before the preference.
func TestPreferFits(t *testing.T) {
	req := request(t, "6.18.16", "arm64", "rust 1.85.1 @0", "rust 1.89.0 @1", "rust 1.97.1 @1", "bindgen 0.71.1+19.1.7 @0", "llvm 19.1.7 @0", "pahole 1.30 @0", "patchelf 0.18.0 @0")
	req.Prefer, req.Unstable = FewestGates, needing()
	_, wish, err := ParseWith("rust=< 1.97")
	if err != nil {
		t.Fatal(err)
	}
	req.With = map[Component]Wish{Rust: wish}
	set, err := Resolve(req, rules(t))
	if err != nil {
		t.Fatal(err)
	}
	if p, _ := set.Pick(Rust); p.Offer.Version.String() != "1.85.1" { // both need three
		t.Errorf("rust %s, expected 1.85.1", p.Offer.Version)
	}
}

// TestPreferKey: two kernels that use different things do not share a set that was chosen by what they use.
func TestPreferKey(t *testing.T) {
	req := request(t, "6.18.16", "arm64")
	req.CC = Clang
	stable := req.Key()
	req.Prefer = Newest
	newest := req.Key()
	req.Prefer, req.Unstable = FewestGates, needing()
	fewest := req.Key()
	other := needing()
	other.Uses = "those"
	req.Unstable = other
	if keys := map[any]bool{stable: true, newest: true, fewest: true, req.Key(): true}; len(keys) != 4 {
		t.Errorf("%d different keys, expected 4", len(keys))
	}
}
