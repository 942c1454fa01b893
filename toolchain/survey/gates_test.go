package survey

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
)

func usesOf(release string, list ...kernel.Use) kernel.Uses {
	return kernel.Uses{Kernel: version.MustParse(release), Source: "a test", List: list}
}

func TestReportGates(t *testing.T) {
	x86, err := targets.Find("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	feature := func(name, on string) kernel.Use { return kernel.Use{Kind: kernel.FeatureUse, Name: name, If: on} }
	flag := func(name, on string) kernel.Use { return kernel.Use{Kind: kernel.FlagUse, Name: name, If: on} }
	uses := usesOf(
		"9.9", feature("used_with_arg", "CONFIG_X"), feature("used_with_arg", ""), feature("asm_goto", ""), feature("file_with_nul", "rustc >= 1.89.0"),
		feature("box_syntax", ""), feature("lint_reasons", "CONFIG_X"), flag("-Zno-jump-tables", "rustc < 1.93.0"), flag("-Zfixed-x18", "CONFIG_X"),
		flag("-Zcf-protection", "CONFIG_X86_32"), kernel.Use{Kind: kernel.TargetUse, Name: "target.json"},
		kernel.Use{Kind: kernel.FlagUse, Name: "-Zunpretty", For: kernel.ForExpanded}, feature("never_heard_of", ""),
		kernel.Use{Kind: kernel.BootstrapUse, Name: "RUSTC_BOOTSTRAP"},
	)
	r, err := ReportGates(uses, x86, version.MustParse("1.85.1"))
	if err != nil {
		t.Fatal(err)
	}
	want := Verdict{
		Always:   map[Group][]string{GateGroup: {"asm_goto", "never_heard_of", "used_with_arg"}, FlagGroup: {"-Zno-jump-tables"}},
		ByConfig: map[Group][]string{FlagGroup: {"-Zfixed-x18"}},
		Settled:  []string{"lint_reasons"},
		Missing:  []string{"box_syntax"},
	}
	if diff := cmp.Diff(want, r.Verdict); diff != "" {
		t.Error(diff)
	}
	if len(r.Bootstrap) != 1 || len(r.Kernels) != 0 {
		t.Errorf("bootstrap %v, later kernels %v", r.Bootstrap, r.Kernels)
	}
	var changes []string
	for _, c := range r.Rustcs {
		changes = append(changes, c.Release.String()+" -"+strings.Join(c.Gone, ",")+" +"+strings.Join(c.New, ","))
	}
	wantChanges := []string{"1.87.0 -asm_goto +", "1.89.0 - +file_with_nul", "1.92.0 -file_with_nul +", "1.93.0 --Zno-jump-tables +", "1.95.0 - +target.json"}
	if diff := cmp.Diff(wantChanges, changes); diff != "" {
		t.Error(diff)
	}
	for _, u := range r.Uses {
		if u.Name == "used_with_arg" && (u.Needed != kernel.Always || len(u.Places) != 2 || u.Places[0].Needed != kernel.ByConfig) {
			t.Errorf("used_with_arg: %+v", u)
		}
	}
	// A compiler's own answers take precedence over gates.toml, and count for no other release.
	asked, err := r.By(version.MustParse("1.85.1"), map[string]GateSaid{"asm_goto": {State: manifests.GateStable}, "never_heard_of": {State: manifests.GateUnknown}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(asked.Verdict.Settled, []string{"asm_goto", "lint_reasons"}) || !slices.Equal(asked.Verdict.Missing, []string{"box_syntax", "never_heard_of"}) {
		t.Errorf("asked: %+v", asked.Verdict)
	}
}

// A release without its tree is judged by uses.toml, and the changes of later releases are listed.
func TestReportKnown(t *testing.T) {
	arm, err := targets.Find("arm64")
	if err != nil {
		t.Fatal(err)
	}
	uses, err := kernel.KnownUses(kernel.Release{Version: version.MustParse("6.14")})
	if err != nil {
		t.Fatal(err)
	}
	r, err := ReportGates(uses, arm, version.MustParse("1.85.1"))
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Verdict.Always[GateGroup]; !slices.Contains(got, "arbitrary_self_types") || slices.Contains(got, "coerce_unsized") {
		t.Errorf("gates of 6.14 with rustc 1.85.1, which has derive_coerce_pointee: %v", got)
	}
	at := slices.IndexFunc(r.Kernels, func(c GateChange) bool { return c.Release.Series() == "7.3" })
	if at < 0 || !slices.Contains(r.Kernels[at].New, "unsigned_is_multiple_of") {
		t.Errorf("7.3 is expected to add unsigned_is_multiple_of: %+v", r.Kernels)
	}
}

func TestGateHistory(t *testing.T) {
	history, err := GateHistory()
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]GateRelease{}
	for _, r := range history {
		if _, twice := by[r.Release.Series()]; twice {
			t.Errorf("%s is listed twice", r.Release.Series())
		}
		by[r.Release.Series()] = r
	}
	if first := by["6.1"]; !slices.Equal(first.Gates, []string{"compiler_builtins", "core_ffi_c"}) || len(first.Alloc) < 70 {
		t.Errorf("6.1: %v, and %d of alloc", first.Gates, len(first.Alloc))
	}
	if last := by["7.3"]; len(last.Alloc) != 0 || !slices.Contains(last.Flags, "-Zpacked-stack") || slices.Contains(last.Gates, "no_core") {
		t.Errorf("7.3: %+v", last)
	}
}
