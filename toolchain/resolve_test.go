package toolchain

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
)

// shelf is a Supplier whose catalogue is a table. Suppliers with their archives are tested in cmd/krustup.
type shelf struct {
	name   string
	offers []Offer
	broken map[string]error // by Offer.Key: the error of Complete
	unread []Unread
	has    []Component // nil: all
}

func (s *shelf) Name() string                                      { return s.name }
func (s *shelf) Update(context.Context, Host, UpdateOptions) error { return nil }
func (s *shelf) Status(Host) ([]Status, error)                     { return nil, nil }
func (s *shelf) Published(Host, []Artifact) (Publication, error)   { return Publication{}, nil }
func (s *shelf) Keyring() *trust.Keyring                           { return nil }
func (s *shelf) Locate(a Artifact) ([]string, error)               { return []string{"file:///" + a.Path}, nil }

func (s *shelf) Components() []Component {
	if s.has != nil {
		return s.has
	}
	return append(slices.Clone(Selectable), Patchelf)
}

func (s *shelf) Offers(q Query) (list []Offer, unread []Unread, err error) {
	for _, o := range s.offers {
		if slices.Contains(q.Components, o.Component) {
			list = append(list, o)
		}
	}
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list, s.unread, nil
}

func (s *shelf) Complete(o Offer) (Recipe, error) {
	if err := s.broken[o.Key]; err != nil {
		return Recipe{}, err
	}
	return Recipe{
		Layout:    LayoutDebian,
		Artifacts: []Artifact{{Name: o.Key, Supplier: s.name, Path: "pool/" + o.Key + ".deb", Size: 1, Digest: trust.DigestOf([]byte(o.Key))}},
		Tools:     map[string]string{string(o.Component): "usr/bin/" + string(o.Component)},
	}, nil
}

var suites = []string{"stable", "backports", "unstable"}

// offer parses "rust 1.85.1 @0" (rank 0), "bindgen 0.71.1+19.1.7 @0" (with libclang), and "rust 1.96.1/22 @1" (with the
// LLVM inside).
func offer(t *testing.T, supplier, text string) Offer {
	t.Helper()
	var o Offer
	var component, v string
	if _, err := fmt.Sscanf(text, "%s %s @%d", &component, &v, &o.Rank); err != nil {
		t.Fatalf("offer %q: %v", text, err)
	}
	v, llvm, _ := strings.Cut(v, "/")
	v, libclang, _ := strings.Cut(v, "+")
	o.Component, o.Version, o.Supplier, o.Suite, o.Key = Component(component), version.MustParse(v), supplier, suites[o.Rank], text
	o.Host, _ = ParseHost("x86_64")
	if llvm != "" {
		o.LLVM = version.MustParse(llvm)
	}
	if libclang != "" {
		o.Libclang = version.MustParse(libclang)
	}
	return o
}

// trixie resembles Debian 13's archive in November 2026.
var trixie = []string{
	"rust 1.85.1/19 @0", "rust 1.96.1/22 @1", "rust 1.97.1/22 @2",
	"llvm 17.0.6 @0", "llvm 18.1.8 @0", "llvm 19.1.7 @0", "llvm 22.1.8 @0", "llvm 21.1.8 @1", "llvm 23.1.4 @2", "llvm 24.0.0-rc1 @2",
	"bindgen 0.71.1+18.1.8 @0", "bindgen 0.71.1+19.1.7 @0", "bindgen 0.71.1+22.1.8 @0", "bindgen 0.71.1+21.1.8 @1",
	"bindgen 0.72.1+19.1.7 @2", "bindgen 0.72.1+22.1.8 @2", "bindgen 0.72.1+23.1.4 @2",
	"gcc 14.2.0 @0", "pahole 1.30 @0", "patchelf 0.18.0 @0",
}

func request(t *testing.T, release, target string, offers ...string) Request {
	t.Helper()
	found, err := targets.Find(target)
	if err != nil {
		t.Fatal(err)
	}
	r, err := kernel.Known(kernel.Release{Version: version.MustParse(release)}, kernel.Arch{SrcArch: found.SrcArch, Arch: found.Arch})
	if err != nil {
		t.Fatal(err)
	}
	host, _ := ParseHost("x86_64")
	s := &shelf{name: "debian"}
	for _, text := range offers {
		s.offers = append(s.offers, offer(t, "debian", text))
	}
	return Request{Requirements: r, Target: found, Host: host, Suppliers: []Supplier{s}, With: map[Component]Wish{}}
}

func rules(t *testing.T) manifests.Rules {
	t.Helper()
	r, err := manifests.LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func picked(s Set) string {
	var list []string
	for _, p := range s.Picks {
		if p.Offer.Component != Patchelf {
			list = append(list, p.Offer.Key)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func TestResolve(t *testing.T) {
	for _, tt := range []struct {
		name, kernel, target string
		cc                   Compiler
		with                 string
		match                bool
		want                 string
	}{
		{
			"only stable, and LLVM 19 because of bindgen", "7.2", "x86_64", Either, "", false,
			"bindgen 0.71.1+19.1.7 @0, llvm 19.1.7 @0, pahole 1.30 @0, rust 1.85.1/19 @0",
		},
		{
			"gcc needs no clang, and bindgen uses the newest libclang that works with it", "7.2", "arm64", GNU, "", false,
			"bindgen 0.71.1+19.1.7 @0, gcc 14.2.0 @0, pahole 1.30 @0, rust 1.85.1/19 @0",
		},
		{
			"um with gcc uses the host's own", "7.2", "um", GNU, "", false,
			"bindgen 0.71.1+19.1.7 @0, pahole 1.30 @0, rust 1.85.1/19 @0",
		},
		{
			"one tool from backports, the others from stable", "7.2", "s390x", Either, "", false,
			"bindgen 0.71.1+19.1.7 @0, llvm 19.1.7 @0, pahole 1.30 @0, rust 1.96.1/22 @1",
		},
		{
			"a newer bindgen allows LLVM 22", "7.2", "x86_64", Either, "bindgen=0.72.1", false,
			"bindgen 0.72.1+22.1.8 @2, llvm 22.1.8 @0, pahole 1.30 @0, rust 1.85.1/19 @0",
		},
		{
			"a range", "7.2", "x86_64", Either, "rust=>= 1.90, < 1.97", false,
			"bindgen 0.71.1+19.1.7 @0, llvm 19.1.7 @0, pahole 1.30 @0, rust 1.96.1/22 @1",
		},
		{
			"the same LLVM in rustc and clang", "7.2", "s390x", Either, "", true,
			"bindgen 0.72.1+22.1.8 @2, llvm 22.1.8 @0, pahole 1.30 @0, rust 1.96.1/22 @1",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := request(t, tt.kernel, tt.target, trixie...)
			req.CC, req.MatchLLVM = tt.cc, tt.match
			if tt.with != "" {
				c, r, err := ParseWith(tt.with)
				if err != nil {
					t.Fatal(err)
				}
				req.With[c] = r
			}
			set, err := Resolve(req, rules(t))
			if err != nil {
				t.Fatal(err)
			}
			if got := picked(set); got != tt.want {
				t.Errorf("picked\n%s\nexpected\n%s", got, tt.want)
			}
			again, err := Resolve(req, rules(t))
			if err != nil || !cmp.Equal(set, again, cmp.Comparer(func(a, b version.Version) bool { return a == b }),
				cmp.Comparer(func(a, b version.Range) bool { return a.String() == b.String() }), cmp.AllowUnexported(Host{}, trust.Digest{})) {
				t.Errorf("a second resolution returned another set: %v\n%v\n%v", err, set, again)
			}
			for _, p := range set.Picks {
				if len(p.Reasons) == 0 {
					t.Errorf("%s was picked without a reason", p.Offer.Key)
				}
			}
		})
	}
}

// TestMayFail checks that a tool that may not build the kernel is avoided if another fits, and else chosen with a
// warning.
func TestMayFail(t *testing.T) {
	old := append(slices.Clone(trixie), "rust 1.92.0/21 @0")
	tests := []struct {
		release, with string
		offers        []string
		rust, warning string
	}{
		// x86-no-jump-tables breaks rustc 1.93 and later with 6.17; whether 6.17.9 has the fix is unknown.
		{"6.17.9", "", append(slices.Clone(trixie), "rust 1.94.1/21 @0"), "rust 1.85.1/19 @0", ""},
		{"6.17.9", "rust=1.94.1", append(slices.Clone(trixie), "rust 1.94.1/21 @0"), "rust 1.94.1/21 @0", "rustc 1.94.1 may not build this kernel: "},
		{"6.17", "", old, "rust 1.92.0/21 @0", ""},
		// 6.12.19 is after the fix of receiver-trait, and before that of core-edition.
		{"6.12.19", "rust=1.85.1", trixie, "rust 1.85.1/19 @0", "Linux 6.12.19 was not read: the answer is from 6.12 and 6.12.107"},
		// core as edition 2021: not established for 1.92, sure for 1.97.1.
		{"6.12.19", "", old, "rust 1.85.1/19 @0", "was not read"},
		{"7.4", "", trixie, "rust 1.85.1/19 @0", "the answer is a guess from 7.3.4"},
	}
	for _, test := range tests {
		req := request(t, test.release, "x86_64", test.offers...)
		if test.with != "" {
			c, wish, err := ParseWith(test.with)
			if err != nil {
				t.Fatal(err)
			}
			req.With[c] = wish
		}
		set, err := Resolve(req, rules(t))
		if err != nil {
			t.Errorf("%s %s: %v", test.release, test.with, err)
			continue
		}
		warnings := strings.Join(set.Warnings, "\n")
		if pick, _ := set.Pick(Rust); pick.Offer.Key != test.rust || !strings.Contains(warnings, test.warning) {
			t.Errorf("%s %s: %s with warnings %q; want %s with %q", test.release, test.with, pick.Offer.Key, warnings, test.rust, test.warning)
		}
		if test.with == "" && strings.Contains(warnings, "may not build") {
			t.Errorf("%s: a tool that may fail was not avoided: %q", test.release, warnings)
		}
	}
	req := request(t, "6.12.4", "x86_64", trixie...)
	req.With[Rust] = Wish{Range: version.MustParseRange("1.85.1")}
	if _, err := Resolve(req, rules(t)); err == nil || !strings.Contains(err.Error(), "receiver_trait") {
		t.Errorf("6.12.4 with rustc 1.85.1: %v, want a refusal that names receiver_trait", err)
	}
}

// TestHazardKinds checks that one warning tells all hazards of a kind that only warn, and that they exclude nothing.
func TestHazardKinds(t *testing.T) {
	tests := []struct {
		release, target, rust string
		want                  []string
	}{
		{"6.14.0", "x86_64", "1.90.0/20", []string{
			"rustc 1.90.0 may not build this kernel: the kernel compiles core as edition 2021",
			"rustc 1.90.0 may not build this kernel: #[used] now means",
			"objtool may warn, because it does not know which functions of this core never return: panic_null_pointer_dereference (with CONFIG_RUST_DEBUG_ASSERTIONS), rust_begin_unwind, panic_nounwind_fmt (with CONFIG_RUST_DEBUG_ASSERTIONS) (tools/objtool/check.c)",
			"lints that are fatal with CONFIG_WERROR: unnecessary_transmutes in the output of bindgen (rust/bindings/lib.rs), dead_code for the trait MustNotImplDrop (rust/kernel/init/macros.rs)",
			"flaws in some configurations: backtraces can be wrong",
		}},
		{"7.1.3", "x86_64", "1.99.0/23", []string{
			"rustc 1.99.0 with this kernel: objtool may warn",
			"rustc 1.99.0 with this kernel: lints that are fatal with CONFIG_WERROR: unused_imports (rust/kernel/str.rs), suspicious_runtime_symbol_definitions",
		}},
		{"6.12.42", "arm64", "1.89.0/20", []string{
			"flaws in some configurations: make rustdoc and CONFIG_RUST_KERNEL_DOCTESTS fail with CONFIG_SHADOW_CALL_STACK (arch/arm64/Makefile), backtraces can be wrong with CONFIG_FRAME_POINTER and KASAN (Makefile), the kernel does not boot with CONFIG_UNWIND_PATCH_PAC_INTO_SCS and KASAN (arch/arm64/Makefile)",
		}},
		{"7.2.12", "x86_64", "1.99.0/23", nil},
	}
	for _, test := range tests {
		req := request(t, test.release, test.target, "rust "+test.rust+" @0", "bindgen 0.72.1+20.1.8 @0", "llvm 20.1.8 @0", "pahole 1.30 @0", "patchelf 0.18.0 @0")
		set, err := Resolve(req, rules(t))
		if err != nil {
			t.Errorf("%s with rustc %s: %v", test.release, test.rust, err)
			continue
		}
		var got []string
		for _, w := range set.Warnings {
			if strings.HasPrefix(w, "rustc ") && strings.Contains(w, "this kernel") {
				got = append(got, w)
			}
		}
		same := slices.EqualFunc(got, test.want, strings.Contains)
		if !same {
			t.Errorf("%s for %s with rustc %s:\n%s\nwant\n%s", test.release, test.target, test.rust, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
		}
	}
}

// TestHazardOfGCC checks a hazard of the C compiler: another one is preferred, and a set with clang does not have it.
func TestHazardOfGCC(t *testing.T) {
	offers := []string{"rust 1.78.0/18 @0", "bindgen 0.65.1+18.1.8 @0", "llvm 18.1.8 @0", "gcc 14.2.0 @0", "pahole 1.30 @0", "patchelf 0.18.0 @0"}
	const warning = "gcc 14.2.0 may not build this kernel: the kernel passes its -fmin-function-alignment to bindgen"
	tests := []struct {
		cc     Compiler
		offers []string
		gcc    string
		warns  bool
	}{
		{"gcc", offers, "14.2.0", true},
		{"gcc", append(slices.Clone(offers), "gcc 13.3.0 @0"), "13.3.0", false},
		{Clang, offers, "", false},
	}
	for _, test := range tests {
		req := request(t, "6.10", "x86_64", test.offers...)
		req.CC = test.cc
		set, err := Resolve(req, rules(t))
		if err != nil {
			t.Fatal(err)
		}
		pick, _ := set.Pick("gcc")
		warns := strings.Contains(strings.Join(set.Warnings, "\n"), warning)
		if test.cc == "gcc" && pick.Offer.Version.String() != test.gcc || warns != test.warns {
			t.Errorf("%s %s: gcc %s, warnings %q", test.cc, test.offers, pick.Offer.Version, set.Warnings)
		}
	}
}

// TestBuiltLast checks that what is published is preferred to what is built here, and that a digest that was found in one
// place only is told.
func TestBuiltLast(t *testing.T) {
	offers := []string{"rust 1.98.1/22 @0", "bindgen 0.69.5+19.1.7 @0", "bindgen 0.71.1+19.1.7 @0", "bindgen 0.73.2+19.1.7 @2", "llvm 19.1.7 @0", "pahole 1.30 @0", "patchelf 0.18.0 @0"}
	const once = "bindgen 0.73.2: its digest, which is pinned in krustup's data, was found in one place only: a script"
	for _, test := range []struct{ release, with, want string }{
		{"6.12.118", "", "0.69.5"},
		{"7.2.12", "", "0.71.1"},
		{"7.2.12", "bindgen=>= 0.72", "0.73.2"},
	} {
		req := request(t, test.release, "x86_64", offers...)
		for i, o := range req.Suppliers[0].(*shelf).offers {
			if o.Component == Bindgen && o.Version.String() != "0.69.5" {
				req.Suppliers[0].(*shelf).offers[i].Built = true
			}
			if o.Component == Bindgen && o.Version.String() == "0.73.2" {
				req.Suppliers[0].(*shelf).offers[i].Once = "a script"
			}
		}
		if test.with != "" {
			c, wish, err := ParseWith(test.with)
			if err != nil {
				t.Fatal(err)
			}
			req.With[c] = wish
		}
		set, err := Resolve(req, rules(t))
		if err != nil {
			t.Fatal(err)
		}
		pick, _ := set.Pick(Bindgen)
		if pick.Offer.Version.String() != test.want || slices.Contains(set.Warnings, once) != (test.want == "0.73.2") {
			t.Errorf("%s %s: bindgen %s, warnings %q; want %s", test.release, test.with, pick.Offer.Version, set.Warnings, test.want)
		}
	}
}

func TestResolveListsRejections(t *testing.T) {
	set, err := Resolve(request(t, "7.2", "x86_64", trixie...), rules(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Rejected) != 1 {
		t.Fatalf("rejected: %v, expected LLVM 22 alone", set.Rejected)
	}
	r := set.Rejected[0]
	if r.Component != LLVM || r.Version.Major() != 22 || !strings.Contains(r.Reason.Text, "bindgen 0.71.1 with libclang 22.1.8 is a known-bad pair") {
		t.Errorf("rejected %v", r)
	}
}

func TestResolveSkipsOffersThatCannotBeCompleted(t *testing.T) {
	req := request(t, "7.2", "x86_64", trixie...)
	req.Suppliers[0].(*shelf).broken = map[string]error{"llvm 19.1.7 @0": errors.New("clang-19 depends on libfoo: no package of that name")}
	set, err := Resolve(req, rules(t))
	if err != nil {
		t.Fatal(err)
	}
	if p, _ := set.Pick(LLVM); p.Offer.Version.String() != "18.1.8" {
		t.Errorf("LLVM %s, expected 18.1.8", p.Offer.Version)
	}
	if !slices.ContainsFunc(set.Rejected, func(r Rejection) bool { return strings.Contains(r.Reason.Text, "libfoo") }) {
		t.Errorf("rejected: %v, expected the offer that depends on libfoo", set.Rejected)
	}
}

func TestResolveOtherSupplier(t *testing.T) {
	req := request(t, "6.8", "x86_64", "rust 1.85.1/19 @0", "bindgen 0.65.1+17.0.6 @0", "llvm 17.0.6 @0", "patchelf 0.18.0 @0")
	second := &shelf{name: "rust-lang", offers: []Offer{offer(t, "rust-lang", "rust 1.74.1/17 @0")}}
	req.Suppliers = append(req.Suppliers, second)
	set, err := Resolve(req, rules(t))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := set.Pick(Rust)
	if p.Offer.Supplier != "rust-lang" || !strings.Contains(p.Reasons[len(p.Reasons)-1].Text, "supplier debian has no suitable version") {
		t.Errorf("rust from %s because %v", p.Offer.Supplier, p.Reasons)
	}
	if b, _ := set.Pick(Bindgen); b.Offer.Supplier != "debian" {
		t.Errorf("bindgen from %s", b.Offer.Supplier)
	}
}

func TestNoSet(t *testing.T) {
	for _, tt := range []struct {
		name, kernel, target string
		with                 []string
		want                 []string
		remedy               string
	}{
		{"a pinned version that no supplier has", "6.8", "x86_64", nil, []string{"rust: Linux 6.8 requires rustc = 1.74.1", "available: 1.85.1 (stable)"}, ""},
		{
			"two demands on one tool", "7.2", "s390x",
			[]string{"rust=1.85.1"},
			[]string{"requires rustc >= 1.96.0", "but --with rust=1.85.1"},
			"without --with rust=1.85.1",
		},
		{
			"a known-bad pair", "7.2", "x86_64",
			[]string{"llvm=22", "bindgen=0.71.1"},
			[]string{"bindgen: --with bindgen=0.71.1", "libclang 22.1.8 is a known-bad pair", "--with llvm=22"},
			"without --with llvm=22",
		},
		{"a version that does not exist", "7.2", "x86_64", []string{"rust=1.99"}, []string{"--with rust=1.99, which no supplier has"}, "without --with rust=1.99"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := request(t, tt.kernel, tt.target, trixie...)
			for _, text := range tt.with {
				c, r, err := ParseWith(text)
				if err != nil {
					t.Fatal(err)
				}
				req.With[c] = r
			}
			_, err := Resolve(req, rules(t))
			noSet, ok := errors.AsType[*NoSetError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("expected %q in\n%s", want, err)
				}
			}
			if got := strings.Join(noSet.Remedies, "; "); !strings.Contains(got, tt.remedy) || (tt.remedy == "" && got != "") {
				t.Errorf("remedies %q, expected %q", got, tt.remedy)
			}
		})
	}
}

func TestUnusedDemand(t *testing.T) {
	req := request(t, "7.2", "x86_64", trixie...)
	req.With[GCC] = Wish{Range: version.MustParseRange("14")}
	_, err := Resolve(req, rules(t))
	if unused, ok := errors.AsType[*UnusedError](err); !ok || unused.Component != GCC {
		t.Errorf("--with gcc and clang: %v, expected an *UnusedError", err)
	}
}

func TestNoRust(t *testing.T) {
	for _, tt := range []struct {
		kernel, target string
		cc             Compiler
		want           string
	}{
		{"5.10", "x86_64", Either, "Linux 5.10 has no Rust support, which was added in 6.1"},
		{"6.12", "s390x", Either, "the first release with it is 7.2"},
		{"7.2", "riscv64", GNU, "requires CC_IS_CLANG (arch/riscv/Kconfig:"},
	} {
		req := request(t, tt.kernel, tt.target, trixie...)
		req.CC = tt.cc
		_, err := Resolve(req, rules(t))
		if _, ok := errors.AsType[*NoRustError](err); !ok || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %s %s: got %v, expected %q", tt.kernel, tt.target, tt.cc, err, tt.want)
		}
	}
}

// TestExtras checks that a tool that no build needs comes from a later suite without moving the others.
func TestExtras(t *testing.T) {
	offers := append(slices.Clone(trixie), "gccrs 14.2.0 @0", "gccrs 16.2.0 @2", "qemu 10.0.0 @0")
	plain, err := Resolve(request(t, "7.2", "x86_64", offers...), rules(t))
	if err != nil {
		t.Fatal(err)
	}
	req := request(t, "7.2", "x86_64", offers...)
	req.With[GCCRS], req.With[QEMU] = Wish{Range: version.MustParseRange("16")}, Wish{}
	set, err := Resolve(req, rules(t))
	if err != nil {
		t.Fatal(err)
	}
	for c, want := range map[Component]string{GCCRS: "16.2.0", QEMU: "10.0.0"} {
		if p, ok := set.Pick(c); !ok || p.Offer.Version.String() != want {
			t.Errorf("%s is %+v, expected %s", c, p.Offer, want)
		}
		if _, ok := plain.Pick(c); ok {
			t.Errorf("%s is in a set that was resolved without it", c)
		}
	}
	for _, p := range plain.Picks {
		if q, _ := set.Pick(p.Offer.Component); q.Offer.Key != p.Offer.Key {
			t.Errorf("%s moved from %s to %s", p.Offer.Component, p.Offer.Key, q.Offer.Key)
		}
	}
	req.With[GCCRS] = Wish{Range: version.MustParseRange("99")}
	if _, err := Resolve(req, rules(t)); err == nil || !strings.Contains(err.Error(), "--with gccrs=99, which no supplier has") {
		t.Errorf("gccrs 99: %v", err)
	}
}

func TestParseWith(t *testing.T) {
	for text, ok := range map[string]bool{
		"rust=1.96.1": true, "rustc=1.96": true, "llvm=>= 19, < 21": true, "clang=19": true,
		"rust=nightly": true, "rust=nightly-2026-05-20": true, "qemu": true, "gccrs=16": true, "cargo": true,
		"rust=": false, "rust=newest": false, "rust=nightly-2026": false, "llvm=beta": false, "=1": false, "patchelf=0.18": false,
	} {
		if _, _, err := ParseWith(text); (err == nil) != ok {
			t.Errorf("ParseWith(%q): %v", text, err)
		}
	}
}

// For a version that does not exist, the error lists the nearest ones, regardless of the order of preference.
func TestNearest(t *testing.T) {
	offers := slices.Clone(trixie)
	for minor := range 40 {
		offers = append(offers, fmt.Sprintf("rust 1.%d.0 @2", 40+minor))
	}
	for wish, want := range map[string]string{
		"rust=1.73.9":        "1.74.0 (unstable), 1.73.0 (unstable), 1.75.0 (unstable), 1.72.0 (unstable)",
		"rust=1.73.0-beta.2": "1.73.0 (unstable), 1.72.0 (unstable), 1.74.0 (unstable), 1.71.0 (unstable)",
		"rust=9.9":           "1.97.1 (unstable), 1.96.1 (backports), 1.85.1 (stable), 1.79.0 (unstable)",
		"rust=1.2":           "1.40.0 (unstable), 1.41.0 (unstable), 1.42.0 (unstable), 1.43.0 (unstable)",
		"rust=>= 2":          "1.85.1 (stable), 1.96.1 (backports), 1.97.1 (unstable), 1.79.0 (unstable)",
		"llvm=20.1.0":        "21.1.8 (backports), 19.1.7 (stable), 22.1.8 (stable), 18.1.8 (stable)",
	} {
		req := request(t, "7.2", "x86_64", offers...)
		c, w, err := ParseWith(wish)
		if err != nil {
			t.Fatal(err)
		}
		req.With[c] = w
		_, err = Resolve(req, rules(t))
		noSet, ok := errors.AsType[*NoSetError](err)
		if !ok || len(noSet.Collisions) == 0 {
			t.Fatalf("%s: %v", wish, err)
		}
		if got := strings.Join(noSet.Collisions[0].Available, ", "); !strings.HasPrefix(got, want+", ") {
			t.Errorf("%s: available %s, expected %s first", wish, got, want)
		}
	}
}

// A supplier without a usable version is named in the reason for another supplier's, and its unusable tool is listed.
func TestFirstSupplierHasNone(t *testing.T) {
	req := request(t, "7.2", "x86_64", trixie...)
	unusable := Unread{Supplier: "host", Suite: "/usr/bin", Component: Rust, Version: version.MustParse("1.95.0"), Err: errors.New("it has no rust-src")}
	req.Suppliers = append([]Supplier{&shelf{name: "host", unread: []Unread{unusable}}}, req.Suppliers...)
	set, err := Resolve(req, rules(t))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := set.Pick(Rust)
	if last := p.Reasons[len(p.Reasons)-1].Text; last != "newest suitable version in stable; supplier host has no suitable version" {
		t.Errorf("reason %q", last)
	}
	if !slices.ContainsFunc(set.Rejected, func(r Rejection) bool {
		return r.Component == Rust && r.Suite == "/usr/bin" && r.Reason.Text == "it has no rust-src"
	}) {
		t.Errorf("rejected: %v", set.Rejected)
	}
	req.With[Rust] = Wish{Range: version.MustParseRange("9.9")}
	if _, err = Resolve(req, rules(t)); err == nil || !strings.Contains(err.Error(), "\n  unusable: rust 1.95.0 (/usr/bin): it has no rust-src") {
		t.Errorf("got %v", err)
	}
}

// That a version was never published is reported only to a user who requests it.
func TestNeverPublished(t *testing.T) {
	for wish, reported := range map[string]bool{"gcc=9.5.0": true, "gcc=9": true, "gcc=8.5.0": false, "rust=9.9": false} {
		req := request(t, "7.2", "x86_64", trixie...)
		req.CC = GNU
		hole := &NeverPublishedError{Component: GCC, Version: version.MustParse("9.5.0"), What: "GCC 9.5.0 of x86_64-linux on x86_64"}
		req.Suppliers[0].(*shelf).unread = []Unread{{Supplier: "kernel-org", Suite: "crosstool", Err: hole}}
		c, w, err := ParseWith(wish)
		if err != nil {
			t.Fatal(err)
		}
		req.With[c] = w
		_, err = Resolve(req, rules(t))
		if err == nil || strings.Contains(err.Error(), "\n  kernel-org: GCC 9.5.0 of x86_64-linux on x86_64 was never published") != reported {
			t.Errorf("%s: %v; expected that it names the version: %v", wish, err, reported)
		}
	}
}

// The LLVM in a rustc that is not unpacked yet can be unknown. Then it matches no clang.
func TestMatchUnknownLLVM(t *testing.T) {
	req := request(t, "7.2", "x86_64", "rust 1.98.1 @0", "llvm 19.1.7 @0", "bindgen 0.71.1+19.1.7 @0", "pahole 1.30 @0", "patchelf 0.18.0 @0")
	if _, err := Resolve(req, rules(t)); err != nil {
		t.Fatal(err)
	}
	req.MatchLLVM = true
	_, err := Resolve(req, rules(t))
	if err == nil || !strings.Contains(err.Error(), "--match-llvm: the version of LLVM in rustc 1.98.1 is unknown") {
		t.Errorf("got %v", err)
	}
}
