package survey

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
)

// matrixTree writes a tree with the Kconfig files of the given architectures; the top Makefile says Linux 7.3.9.
func matrixTree(t *testing.T, kconfigs map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"Makefile": "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 9\nEXTRAVERSION =\n", "Kbuild": "\n",
		"scripts/Kbuild.include": "\n", "init/Kconfig": "config RUST\n\tbool \"Rust support\"\n\tdepends on HAVE_RUST\n",
		"scripts/min-tool-version.sh": "#!/bin/sh\ncase \"$1\" in\nrustc)\n\techo 1.90.0\n\t;;\nbindgen)\n\techo 0.72.1\n\t;;\n*)\n\texit 1\n\t;;\nesac\n",
	}
	for arch, text := range kconfigs {
		files["arch/"+arch+"/Kconfig"] = text
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func release(t *testing.T, list []targets.Target, text string) Matrix {
	t.Helper()
	m, err := KernelMatrix(list, ReleaseReader(kernel.Release{Version: version.MustParse(text)}))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// nine returns the targets that Documentation/rust/arch-support.rst of Linux 7.3 covers; the manifests may have others.
func nine(t *testing.T) []targets.Target {
	t.Helper()
	var list []targets.Target
	for _, name := range []string{"arm64", "armv7", "loongarch64", "ppc32", "ppc64le", "riscv64", "s390x", "um", "x86_64"} {
		x, err := targets.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, x)
	}
	return list
}

// withRust returns the targets with Rust support in a matrix, with a + for those that need one compiler.
func withRust(m Matrix) []string {
	var names []string
	for _, row := range m.Rows {
		if row.Rust {
			names = append(names, row.Target.Name+strings.Repeat("+", 2-len(row.CC)))
		}
	}
	return names
}

// What Documentation/rust/arch-support.rst and the Kconfig files of these releases say.
func TestMatrixOfReleases(t *testing.T) {
	tests := map[string][]string{
		"5.10": nil,
		"6.1":  {"x86_64"},
		"6.8":  {"loongarch64", "um", "x86_64"},
		"6.12": {"arm64", "loongarch64", "riscv64+", "um", "x86_64"},
		"6.15": {"arm64", "armv7", "loongarch64", "riscv64+", "um", "x86_64"},
		"7.2":  {"arm64", "armv7", "loongarch64", "riscv64+", "s390x", "um", "x86_64"},
		"7.3":  {"arm64", "armv7", "loongarch64", "ppc32", "ppc64le", "riscv64+", "s390x", "um", "x86_64"},
	}
	for kernel, want := range tests {
		if diff := cmp.Diff(want, withRust(release(t, nine(t), kernel))); diff != "" {
			t.Errorf("Linux %s (-want +got):\n%s", kernel, diff)
		}
	}
}

// Each row of kernels.toml agrees with the targets' manifests on who has Rust.
func TestManifestsAgree(t *testing.T) {
	rows, err := manifests.Kernels()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if m := release(t, targets.All(), row.Release.String()); len(m.Contradictions) > 0 {
			t.Errorf("Linux %s: %s", row.Release, strings.Join(m.Contradictions, "\n"))
		}
	}
}

func TestMatrixReasons(t *testing.T) {
	s390, err := targets.Find("s390x")
	if err != nil {
		t.Fatal(err)
	}
	arm, err := targets.Find("armv7")
	if err != nil {
		t.Fatal(err)
	}
	big := arm
	big.Name, big.Since, big.Symbols = "armv7be", version.Version{}, map[string]bool{"CPU_LITTLE_ENDIAN": false, "CPU_32v7": true}
	anyway := s390
	anyway.Name, anyway.Since, anyway.SelectedAnyway, anyway.NoRust = "anyway", version.Version{}, true, "no triple"
	list := []targets.Target{s390, big, anyway}
	tests := []struct{ kernel, target, want string }{
		{"5.10", "s390x", "Linux 5.10 has no Rust support, which was added in 6.1"},
		{"6.12", "s390x", "arch/s390/Kconfig of Linux 6.12 has no `select HAVE_RUST`; Linux 7.2 does"},
		{"7.0.0", "armv7be", "`select HAVE_RUST if CPU_LITTLE_ENDIAN && CPU_32v7` requires CPU_LITTLE_ENDIAN (arch/arm/Kconfig:138)"},
		{"7.2", "s390x", ""},
		{"7.2.6", "anyway", "`select HAVE_RUST` holds (arch/s390/Kconfig:247), but no triple; no build of it was tried"},
	}
	for _, test := range tests {
		m, err := KernelMatrix(list, ReleaseReader(kernel.Release{Version: version.MustParse(test.kernel)}))
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Contradictions) > 0 {
			t.Errorf("Linux %s: %v", test.kernel, m.Contradictions)
		}
		for _, row := range m.Rows {
			if row.Target.Name == test.target && (row.Why != test.want || row.Rust != (test.want == "")) {
				t.Errorf("Linux %s, %s: Rust %v, %q, expected %q", test.kernel, test.target, row.Rust, row.Why, test.want)
			}
		}
	}
}

// RUSTC_SUPPORTS_… follows its definition in the tree, for variants that differ in one symbol.
func TestDerivedSymbols(t *testing.T) {
	riscv, err := targets.Find("riscv64")
	if err != nil {
		t.Fatal(err)
	}
	narrow := riscv
	narrow.Name, narrow.Since, narrow.Symbols = "narrow", version.Version{}, map[string]bool{"RISCV": true, "64BIT": false}
	list := []targets.Target{narrow, riscv}
	const head = "config RISCV\n\tdef_bool y\n\tselect HAVE_RUST if RUSTC_SUPPORTS_RISCV && CC_IS_CLANG\n\n"
	tests := []struct {
		definition string
		want       []string
	}{
		{"config RUSTC_SUPPORTS_RISCV\n\tdef_bool y\n\tdepends on 64BIT\n", []string{"riscv64+"}},
		{"config RUSTC_SUPPORTS_RISCV\n\tdef_bool y\n\tdepends on 64BIT\n\tdepends on !SHADOW_CALL_STACK\n", []string{"riscv64+"}},
		{"config RUSTC_SUPPORTS_RISCV\n\tdef_bool y\n", []string{"narrow+", "riscv64+"}},
		{"config RUSTC_SUPPORTS_RISCV\n\tdef_bool y\n\tdepends on RISCV && !64BIT\n", []string{"narrow+"}},
	}
	for _, test := range tests {
		m, err := KernelMatrix(list, TreeReader(matrixTree(t, map[string]string{"riscv": head + test.definition})))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, withRust(m)); diff != "" {
			t.Errorf("with %q (-want +got):\n%s", test.definition, diff)
		}
	}
	m, err := KernelMatrix(list, ReleaseReader(kernel.Release{Version: version.MustParse("7.3")}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"riscv64+"}, withRust(m)); diff != "" {
		t.Errorf("without a tree (-want +got):\n%s", diff)
	}
}

// The tree takes precedence over the manifests, and each contradiction is a line of its own.
func TestTreeContradicts(t *testing.T) {
	var list []targets.Target
	for _, name := range []string{"arm64", "riscv64", "x86_64"} {
		x, err := targets.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, x)
	}
	novel := list[2]
	novel.Name, novel.SrcArch, novel.Arch, novel.Since = "novel", "novel", "novel", version.Version{}
	list = append(list, novel)
	m, err := KernelMatrix(list, TreeReader(matrixTree(t, map[string]string{
		"arm64": "config ARM64\n\tdef_bool y\n",
		"riscv": "config RISCV\n\tdef_bool y\n\tselect HAVE_RUST\n",
		"x86":   "config X86\n\tdef_bool y\n\tselect HAVE_RUST if X86_64\n",
		"novel": "config NOVEL\n\tdef_bool y\n\tselect HAVE_RUST if \x1b[2J\n",
	})))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"riscv64", "x86_64", "novel"}, withRust(m)); diff != "" {
		t.Errorf("targets with Rust (-want +got):\n%s", diff)
	}
	want := []string{
		"arch/arm64/Kconfig: Linux 7.3.9 has no Rust support for arm64, but manifests/targets/arm64.toml says since 6.9",
		"arch/riscv/Kconfig:3: Linux 7.3.9 allows Rust for riscv64 with gcc, but manifests/targets/riscv.toml does not",
		"arch/novel/Kconfig:3: Linux 7.3.9 has Rust support for novel, but manifests/targets/novel.toml knows no release that does",
	}
	if diff := cmp.Diff(want, m.Contradictions); diff != "" {
		t.Errorf("contradictions (-want +got):\n%s", diff)
	}
	if got := m.Rows[3].By.Condition; got != "2J" { // Kconfig ignores the other characters
		t.Errorf("a tree's condition reaches the screen as %q", got)
	}
	if m.Rows[2].Rustc.Version.String() != "1.90.0" || m.Rows[2].Bindgen.Version.String() != "0.72.1" {
		t.Errorf("minimum tools are %+v and %+v", m.Rows[2].Rustc, m.Rows[2].Bindgen)
	}
}

// A tree of a release that kernels.toml has a row for is compared with that row.
func TestTreeContradictsRelease(t *testing.T) {
	tree := matrixTree(t, map[string]string{"x86": "config X86\n\tdef_bool y\n\tselect HAVE_RUST if X86_64 && FRESH\n"})
	makefile := "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\nEXTRAVERSION =\n"
	if err := os.WriteFile(filepath.Join(tree, "Makefile"), []byte(makefile), 0o644); err != nil {
		t.Fatal(err)
	}
	x86, err := targets.Find("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	m, err := KernelMatrix([]targets.Target{x86}, TreeReader(tree))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"scripts/min-tool-version.sh:4 requires rustc 1.90.0, but manifests/kernels.toml says 1.85.0 for Linux 7.3.4 on x86_64",
		"scripts/min-tool-version.sh:7 requires bindgen 0.72.1, but manifests/kernels.toml says 0.71.1 for Linux 7.3.4 on x86_64",
		"arch/x86/Kconfig has `select HAVE_RUST if X86_64 && FRESH`, but manifests/kernels.toml says `select HAVE_RUST if X86_64` for Linux 7.3.4",
	}
	if diff := cmp.Diff(want, m.Contradictions); diff != "" {
		t.Errorf("contradictions (-want +got):\n%s", diff)
	}
}

func TestLacking(t *testing.T) {
	support := func(b targets.Backend, s targets.Status, since string, blockers ...string) targets.Support {
		out := targets.Support{Backend: b, Status: s, Blockers: blockers}
		if since != "" {
			out.Since = version.MustParse(since)
		}
		return out
	}
	list := []targets.Target{
		{Name: "good", Backends: []targets.Support{support(targets.LLVM, targets.Works, "")}},
		{Name: "half", Backends: []targets.Support{
			support(targets.LLVM, targets.None, "", "no code generator"), support(targets.GCC, targets.Partial, "", "one", "two"),
		}},
		{Name: "dark"},
		{Name: "late", Backends: []targets.Support{support(targets.LLVM, targets.Works, "1.96")}},
	}
	names := func(lacks []Lack) string {
		var out []string
		for _, l := range lacks {
			out = append(out, l.Row.Target.Name+"<"+string(l.Nearest.Backend)+">")
		}
		return strings.Join(out, " ")
	}
	all := []targets.Backend{targets.LLVM, targets.GCC, targets.GCCRS}
	m := TargetMatrix(list)
	if got, want := names(m.Lacking(all)), "half<gcc> dark<>"; got != want {
		t.Errorf("lacking: %s, expected %s", got, want)
	}
	if got, want := names(m.Lacking([]targets.Backend{targets.GCC})), "good<> half<gcc> dark<> late<>"; got != want {
		t.Errorf("lacking gcc: %s, expected %s", got, want)
	}
	want := []Blocker{{"llvm", "no code generator"}, {"gcc", "one"}, {"gcc", "two"}, {"gccrs", "not examined"}}
	if diff := cmp.Diff(want, m.Lacking(all)[0].Blockers); diff != "" {
		t.Errorf("blockers (-want +got):\n%s", diff)
	}
	// On a kernel that is pinned to one rustc a newer backend is not usable, and on a kernel without Rust none is.
	for i := range m.Rows {
		m.Rows[i].Kernel, m.Rows[i].Rust = version.MustParse("6.1"), true
		m.Rows[i].Rustc = kernel.Demand{Version: version.MustParse("1.62.0"), Pinned: true}
	}
	m.Rows[0].Rust, m.Rows[0].Why = false, "no select"
	lacks := m.Lacking([]targets.Backend{targets.LLVM})
	if got, want := names(lacks), "good<llvm> half<> dark<> late<llvm>"; got != want {
		t.Errorf("lacking on a pinned kernel: %s, expected %s", got, want)
	}
	got := slices.Concat(lacks[0].Blockers, lacks[3].Blockers)
	want = []Blocker{{"kernel", "no select"}, {"llvm", "works with rustc 1.96 or later, but Linux 6.1 is pinned to 1.62.0"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("blockers on a pinned kernel (-want +got):\n%s", diff)
	}
}

func TestDiffMatrices(t *testing.T) {
	show := func(changes []Change) []string {
		var out []string
		for _, c := range changes {
			out = append(out, c.Target.Name+" "+c.What+" "+c.From+">"+c.To)
		}
		return out
	}
	old, young := release(t, nine(t), "6.12"), release(t, nine(t), "7.3")
	want := []string{
		"arm64 rustc 1.78.0>1.85.0", "arm64 bindgen 0.65.1>0.71.1", "armv7 gained >rustc 1.85.0, bindgen 0.71.1",
		"loongarch64 rustc 1.78.0>1.85.0", "loongarch64 bindgen 0.65.1>0.71.1",
		"ppc32 gained >rustc 1.95.0, bindgen 0.71.1", "ppc64le gained >rustc 1.95.0, bindgen 0.71.1",
		"riscv64 rustc 1.78.0>1.85.0", "riscv64 bindgen 0.65.1>0.71.1", "s390x gained >rustc 1.96.0, bindgen 0.71.1",
		"um rustc 1.78.0>1.85.0", "um bindgen 0.65.1>0.71.1", "x86_64 rustc 1.78.0>1.85.0", "x86_64 bindgen 0.65.1>0.71.1",
	}
	if diff := cmp.Diff(want, show(DiffMatrices(old, young))); diff != "" {
		t.Errorf("6.12 to 7.3 (-want +got):\n%s", diff)
	}
	if got := DiffMatrices(young, young); got != nil {
		t.Errorf("7.3 to itself: %v", show(got))
	}
	back := show(DiffMatrices(release(t, nine(t), "7.3"), release(t, nine(t), "7.2")))
	want = []string{"ppc32 lost rustc 1.95.0, bindgen 0.71.1>", "ppc64le lost rustc 1.95.0, bindgen 0.71.1>"}
	if diff := cmp.Diff(want, back); diff != "" {
		t.Errorf("7.3 to 7.2 (-want +got):\n%s", diff)
	}
	gcc := show(DiffMatrices(release(t, nine(t), "6.11.4"), release(t, nine(t), "6.11.11")))
	if want := []string{"riscv64 compilers clang, gcc>clang"}; !cmp.Equal(want, gcc) {
		t.Errorf("6.11.4 to 6.11.11: %v, expected %v", gcc, want)
	}
}

func TestNewestKernel(t *testing.T) {
	newest, err := NewestKernel()
	if err != nil || newest.Prerelease() != "" || newest.Less(version.MustParse("7.3.4")) {
		t.Errorf("the newest release is %s, %v", newest, err)
	}
}
