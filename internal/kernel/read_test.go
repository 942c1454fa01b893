package kernel

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// unpackTree writes testdata/<name>.txtar into a directory.
func unpackTree(t testing.TB, name string) string {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := txtar.Write(archive, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// writeFile writes one file of a tree.
func writeFile(t testing.TB, tree, name, text string) {
	t.Helper()
	path := filepath.Join(tree, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// demandsText returns demands as "rustc 1.62.0! :35", where ! marks a pinned one and the number is the line.
func demandsText(r Requirements) string {
	var parts []string
	for _, d := range r.Demands {
		pin := ""
		if d.Pinned {
			pin = "!"
		}
		parts = append(parts, fmt.Sprintf("%s %s%s :%d", d.Tool, d.Version, pin, d.Where.Line))
	}
	return strings.Join(parts, ", ")
}

func TestReadDemands(t *testing.T) {
	tests := []struct {
		tree string
		arch Arch
		want string
	}{
		{"6.1", Arch{"x86", "x86_64"}, "bindgen 0.56.0! :35, binutils 2.23.0 :15, gcc 5.1.0 :18, llvm 11.0.0 :28, pahole 1.16 :5, rustc 1.62.0! :32"},
		{"6.1", Arch{"s390", "s390"}, "bindgen 0.56.0! :35, binutils 2.23.0 :15, gcc 5.1.0 :18, llvm 15.0.0 :26, pahole 1.16 :5, rustc 1.62.0! :32"},
		{"6.17", Arch{"x86", "x86_64"}, "bindgen 0.65.1 :28, binutils 2.30.0 :6, gcc 8.1.0 :12, llvm 15.0.0 :17, pahole 1.16 :1, rustc 1.78.0 :25"},
		{"6.17", Arch{"arm64", "arm64"}, "bindgen 0.65.1 :28, binutils 2.30.0 :6, gcc 8.1.0 :12, llvm 13.0.1 :21, pahole 1.16 :1, rustc 1.78.0 :25"},
		{"6.17", Arch{"parisc", "parisc64"}, "bindgen 0.65.1 :28, binutils 2.30.0 :6, gcc 12.0.0 :10, llvm 13.0.1 :21, pahole 1.16 :1, rustc 1.78.0 :25"},
		{"7.3", Arch{"x86", "x86_64"}, "bindgen 0.71.1 :32, binutils 2.30.0 :6, gcc 8.1.0 :12, llvm 17.0.1 :19, pahole 1.26 :2, rustc 1.85.0 :28"},
		{"7.3", Arch{"s390", "s390"}, "bindgen 0.71.1 :32, binutils 2.30.0 :6, gcc 8.1.0 :12, llvm 17.0.1 :19, pahole 1.26 :2, rustc 1.96.0 :24"},
		{"7.3", Arch{"powerpc", "powerpc"}, "bindgen 0.71.1 :32, binutils 2.30.0 :6, gcc 8.1.0 :12, llvm 17.0.1 :19, pahole 1.26 :2, rustc 1.95.0 :26"},
		{"5.10", Arch{"x86", "x86_64"}, ""},
	}
	for _, test := range tests {
		t.Run(test.tree+"-"+test.arch.Arch, func(t *testing.T) {
			r, err := Read(unpackTree(t, test.tree), test.arch)
			if err != nil {
				t.Fatal(err)
			}
			if got := demandsText(r); got != test.want {
				t.Errorf("demands\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestReadHazards checks the hazards of each kind of tree; "!" marks the sure ones.
func TestReadHazards(t *testing.T) {
	tests := []struct {
		tree string
		arch Arch
		want []string
	}{
		{"6.1", Arch{"x86", "x86_64"}, []string{
			"alloc-fork rustc != 1.62.0 rust/alloc/lib.rs",
			"receiver-trait! rustc >= 1.85.0 rust/kernel/lib.rs:2",
			"x86-rustc-abi! rustc >= 1.86.0 scripts/generate_rust_target.rs:4",
			"x86-pointer-width! rustc >= 1.91.0 scripts/generate_rust_target.rs:5",
			"custom-target-unstable-options! rustc >= 1.95.0 rust/Makefile:8",
			"core-edition! rustc >= 1.97.1 rust/Makefile",
			"core-edition rustc >= 1.89.0, < 1.97.1 rust/Makefile",
			"bindgen-without-rust-target bindgen >= 0.71.0, < 0.72.0 rust/Makefile:2",
		}},
		{"6.17", Arch{"x86", "x86_64"}, []string{
			"x86-softfloat-alias! rustc >= 1.99.0 scripts/generate_rust_target.rs:4",
			"x86-no-jump-tables! rustc >= 1.93.0 arch/x86/Makefile:2",
			"custom-target-unstable-options! rustc >= 1.95.0 rust/Makefile:7",
		}},
		{"6.17", Arch{"um", "um"}, []string{
			"x86-softfloat-alias! rustc >= 1.99.0 scripts/generate_rust_target.rs:4",
			"custom-target-unstable-options! rustc >= 1.95.0 rust/Makefile:7",
		}},
		{"6.17", Arch{"arm64", "arm64"}, []string{"arm64-neon rustc >= 1.85.0 arch/arm64/Makefile:1"}},
		{"6.17", Arch{"loongarch", "loongarch"}, []string{"loongarch-no-jump-tables rustc >= 1.93.0 arch/loongarch/Makefile:4"}},
		{"6.17", Arch{"parisc", "parisc64"}, nil},
		{"7.3", Arch{"x86", "x86_64"}, nil},
		{"7.3", Arch{"riscv", "riscv"}, nil},
		{"7.3", Arch{"s390", "s390"}, []string{"s390-packed-stack! rustc < 1.96.0 arch/s390/Makefile:2"}},
		{"5.10", Arch{"x86", "x86_64"}, nil},
	}
	for _, test := range tests {
		t.Run(test.tree+"-"+test.arch.Arch, func(t *testing.T) {
			r, err := Read(unpackTree(t, test.tree), test.arch)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, h := range r.Hazards {
				sure := ""
				if h.Effect == manifests.Fails {
					sure = "!"
				}
				got = append(got, fmt.Sprintf("%s%s %s %s %s", h.ID, sure, h.Tool, h.Bad, h.Where))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("hazards (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRust(t *testing.T) {
	r, err := Read(unpackTree(t, "7.3"), Arch{"powerpc", "powerpc"})
	if err != nil {
		t.Fatal(err)
	}
	want := []HaveRust{
		{Condition: "PPC32", Where: Where{File: "arch/powerpc/Kconfig", Line: 4}},
		{Condition: "PPC64 && CPU_LITTLE_ENDIAN", Where: Where{File: "arch/powerpc/Kconfig", Line: 5}},
	}
	if diff := cmp.Diff(want, r.HaveRust); diff != "" {
		t.Errorf("HAVE_RUST (-want +got):\n%s", diff)
	}
	if want := (Where{File: "init/Kconfig", Line: 1}); r.RustInit != want {
		t.Errorf("config RUST at %s, want %s", r.RustInit, want)
	}

	old, err := Read(unpackTree(t, "5.10"), Arch{"x86", "x86_64"})
	if err != nil {
		t.Fatal(err)
	}
	if old.RustInit != (Where{}) || old.HaveRust != nil || old.Kernel.String() != "5.10.249" {
		t.Errorf("5.10 has config RUST at %v, HAVE_RUST %v, version %s", old.RustInit, old.HaveRust, old.Kernel)
	}

	none, err := Read(unpackTree(t, "6.17"), Arch{"hexagon", "hexagon"})
	if err != nil || none.HaveRust != nil {
		t.Errorf("an architecture that the tree does not have: HAVE_RUST %v, error %v", none.HaveRust, err)
	}
}

// TestPinnedByText changes the text that pins versions, but not the version of the tree.
func TestPinnedByText(t *testing.T) {
	arch := Arch{"x86", "x86_64"}
	tree := unpackTree(t, "6.1")
	if err := os.RemoveAll(filepath.Join(tree, "rust/alloc")); err != nil {
		t.Fatal(err)
	}
	r, err := Read(tree, arch)
	if err != nil {
		t.Fatal(err)
	}
	if d, _ := r.Demand(Rustc); !d.Pinned {
		t.Error("rustc is not pinned by the warning of rust_is_available.sh")
	}
	writeFile(t, tree, "scripts/rust_is_available.sh", "echo 'Rust compiler is too old'\n")
	if r, err = Read(tree, arch); err != nil {
		t.Fatal(err)
	}
	for _, tool := range []Tool{Rustc, Bindgen} {
		if d, _ := r.Demand(tool); d.Pinned {
			t.Errorf("%s is pinned, although nothing in the tree says so", tool)
		}
	}
}

func TestReadRefusesArch(t *testing.T) {
	tree := unpackTree(t, "7.3")
	for _, arch := range []Arch{{}, {"x86", ""}, {"../x86", "x86"}, {"x86", "x86;rm"}, {"arch/x86", "x86"}} {
		if _, err := Read(tree, arch); err == nil {
			t.Errorf("Read accepted the architecture %+v", arch)
		}
	}
}

func TestNotTree(t *testing.T) {
	tests := []struct{ remove, edit, want string }{
		{remove: "Kbuild", want: "Kbuild"},
		{remove: "Makefile", want: "Makefile"},
		{remove: "init/Kconfig", want: "init/Kconfig"},
		{edit: "VERSION = 7\n", want: "PATCHLEVEL in Makefile"},
		{edit: "all:\n\techo\n", want: "VERSION in Makefile"},
	}
	for _, test := range tests {
		tree := unpackTree(t, "7.3")
		if test.remove != "" {
			if err := os.Remove(filepath.Join(tree, test.remove)); err != nil {
				t.Fatal(err)
			}
		} else {
			writeFile(t, tree, "Makefile", test.edit)
		}
		_, err := Read(tree, Arch{"x86", "x86_64"})
		var not *NotTreeError
		if !errors.As(err, &not) || not.Missing != test.want || not.Path != tree {
			t.Errorf("without %s%q: error %v, want a *NotTreeError with Missing %s", test.remove, test.edit, err, test.want)
		}
	}
	var not *NotTreeError
	if _, err := Read(filepath.Join(t.TempDir(), "nowhere"), Arch{"x86", "x86_64"}); !errors.As(err, &not) {
		t.Errorf("a missing directory: error %v, want a *NotTreeError", err)
	}
}

func TestVersion(t *testing.T) {
	const head = "# comment\nVERSION = %s\nPATCHLEVEL = %s\nSUBLEVEL = %s\nEXTRAVERSION =%s\nNAME = x\nVERSION = 9\n"
	tests := []struct{ major, minor, patch, extra, want string }{
		{"7", "3", "0", " -rc7", "7.3-rc7"},
		{"7", "3", "0", "", "7.3"},
		{"6", "12", "107", "", "6.12.107"},
		{"6", "12", "108", " -rc1", "6.12.108-rc1"},
		{"6", "12", "9", " -1-amd64", "6.12.9"},
		{"7", "3", "0", " -rc7-next-20261120 # x", "7.3-rc7"},
		{"7", "x", "0", "", ""},
		{"7", "$(shell id)", "0", "", ""},
		{"", "3", "0", "", ""},
		{"7", "99999999999999999999", "0", "", ""},
	}
	for _, test := range tests {
		tree := unpackTree(t, "5.10")
		writeFile(t, tree, "Makefile", fmt.Sprintf(head, test.major, test.minor, test.patch, test.extra))
		got, err := openTree(tree).version()
		if (err == nil) != (test.want != "") || got.String() != test.want {
			t.Errorf("%+v: version %q, error %v", test, got, err)
		}
	}
	tree := unpackTree(t, "7.3")
	writeFile(t, tree, "localversion-next", "-next-20261120\n")
	if got, err := openTree(tree).version(); err != nil || got.String() != "7.3.4" {
		t.Errorf("with a localversion file: %s, %v", got, err)
	}
}

// TestHostileFiles replaces a file that Read reads by one that is not regular or is far too large.
func TestHostileFiles(t *testing.T) {
	arch := Arch{"x86", "x86_64"}
	replace := func(put func(path string) error) error {
		tree := unpackTree(t, "7.3")
		path := filepath.Join(tree, "scripts/min-tool-version.sh")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := put(path); err != nil {
			t.Fatal(err)
		}
		_, err := Read(tree, arch)
		return err
	}
	if err := replace(func(path string) error { return syscall.Mkfifo(path, 0o644) }); err == nil || !strings.Contains(err.Error(), "regular file") {
		t.Errorf("a named pipe: error %v", err)
	}
	if err := replace(func(path string) error { return os.Symlink("/dev/zero", path) }); err == nil {
		t.Error("a link to /dev/zero was read")
	}
	if err := replace(func(path string) error { return os.Mkdir(path, 0o755) }); err == nil {
		t.Error("a directory was read")
	}
	sparse := func(path string) error {
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			return err
		}
		return os.Truncate(path, 1<<40)
	}
	if err := replace(sparse); err == nil || !strings.Contains(err.Error(), "bytes") {
		t.Errorf("a terabyte: error %v", err)
	}
}

func TestRequirementsDemandOfNothing(t *testing.T) {
	if d, ok := (Requirements{}).Demand(Rustc); ok || !d.Version.IsZero() {
		t.Errorf("empty Requirements have the demand %v", d)
	}
}

func BenchmarkRead(b *testing.B) {
	tree := unpackTree(b, "7.3")
	for b.Loop() {
		if _, err := Read(tree, Arch{"s390", "s390"}); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzMakefileVersion(f *testing.F) {
	f.Add([]byte("VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION = -rc7\n"))
	f.Add([]byte("VERSION = 07\nPATCHLEVEL=\nSUBLEVEL := 0\nEXTRAVERSION = -rc0\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := parseMakefileVersion(data)
		if err != nil {
			return
		}
		again, err := version.Parse(v.String())
		if err != nil || again.Compare(v) != 0 {
			t.Errorf("%q has version %q, which parses as %v, %v", data, v, again, err)
		}
	})
}

// TestDetectTwoLines checks a text of two lines: the attribute must be that of the trait, and not of another item.
func TestDetectTwoLines(t *testing.T) {
	const unmarked, marked = "        // if it also implements `Drop`\n        trait MustNotImplDrop {}\n", "        #[allow(dead_code)]\n        trait MustNotImplDrop {}\n"
	for text, want := range map[string]bool{
		unmarked: true,
		"#[allow(dead_code)]\nfn other() {}\n" + unmarked: true,
		marked: false,
		"//! trait MustNotImplDrop {}\n" + marked: false,
		"//! trait MustNotImplDrop {}\n":          false, // only in the documentation
	} {
		tree := unpackTree(t, "6.17")
		writeFile(t, tree, "rust/kernel/init/macros.rs", text)
		r, err := Read(tree, Arch{"arm64", "arm64"})
		if err != nil {
			t.Fatal(err)
		}
		found := slices.IndexFunc(r.Hazards, func(h Hazard) bool { return h.ID == "lint-dead-code-pin-data" })
		if (found >= 0) != want {
			t.Errorf("%q: found %v, want %v", text, found >= 0, want)
		}
	}
}

// TestDetectUsed checks that a plain #[used] counts only in a tree without #[used(compiler)].
func TestDetectUsed(t *testing.T) {
	for text, want := range map[string]bool{
		"#[used]\nstatic A: u8;\n":                             true,
		"#[used(compiler)]\nstatic A: u8;\n":                   false,
		"#[used(compiler)]\nstatic A: u8;\n#[used]\nstatic B;": false, // 6.19
	} {
		tree := unpackTree(t, "6.17")
		writeFile(t, tree, "rust/macros/module.rs", text)
		r, err := Read(tree, Arch{"x86", "x86_64"})
		if err != nil {
			t.Fatal(err)
		}
		found := slices.IndexFunc(r.Hazards, func(h Hazard) bool { return h.ID == "used-linker" })
		if (found >= 0) != want {
			t.Errorf("%q: found %v, want %v", text, found >= 0, want)
		}
	}
}
