package elf

import (
	"debug/elf"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scan returns the ELF files of a tree for any machine.
func scan(root string) ([]File, error) {
	tree, err := readTree(root, elf.EM_NONE)
	if err != nil {
		return nil, err
	}
	return tree.files, nil
}

func TestScan(t *testing.T) {
	files, err := scan(newTree(t, debian()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Path)
	}
	if len(files) != 9 || !slices.IsSorted(names) {
		t.Fatalf("found %v, expected nine ELF files in order", names)
	}
	at := slices.Index(names, "usr/lib/llvm-19/bin/clang")
	want := File{
		Path: "usr/lib/llvm-19/bin/clang", Class: elf.ELFCLASS64, Machine: elf.EM_X86_64, Type: elf.ET_DYN,
		Interp: "/lib64/ld-linux-x86-64.so.2", Dynamic: true, Needed: []string{"libclang.so.1", "libown.so", "libc.so.6"},
		RunPath: []string{"$ORIGIN/../lib", "/usr/local/lib"},
		Needs:   []VersionNeed{{"libc.so.6", []string{"GLIBC_2.2.5", "GLIBC_2.38"}}},
	}
	if diff := cmp.Diff(want, files[at], cmp.AllowUnexported(File{})); diff != "" {
		t.Error(diff)
	}
	at = slices.Index(names, "usr/lib/crt1.o")
	if f := files[at]; f.Type != elf.ET_REL || f.Dynamic {
		t.Errorf("the object file is read as %+v", f)
	}
	at = slices.Index(names, multiarch+"libc.so.6")
	if diff := cmp.Diff([]string{"GLIBC_2.2.5", "GLIBC_2.38"}, files[at].Defines); diff != "" {
		t.Error(diff)
	}
}

func TestScanOfThisProgram(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := readFile(exe)
	if err != nil || f.Class == elf.ELFCLASSNONE || !f.loadable() || f.overlap != "" {
		t.Errorf("the test program is read as %+v, %v", f, err)
	}
}

func TestScanNamesWhatItCannotRead(t *testing.T) {
	good := image{needed: []string{"libc.so.6"}}.encode()
	for _, size := range []int{4, 5, 63, 70, len(good) - 100} {
		root := newTree(t, map[string]any{"usr/lib/cut.so": string(good[:size])})
		if _, err := scan(root); err == nil || !strings.Contains(err.Error(), "usr/lib/cut.so") {
			t.Errorf("a file cut to %d bytes: error %v, expected one that names it", size, err)
		}
	}
	if files, err := scan(newTree(t, map[string]any{"a": "", "b": "\x7fEL", "c": "!<arch>\n"})); err != nil || len(files) != 0 {
		t.Errorf("files that are not ELF: got %v, %v", files, err)
	}
	if _, err := scan(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing tree: error %v, expected %v", err, os.ErrNotExist)
	}
}

// planFor returns the planned interpreter and run-path of each file, as "interp|rpath".
func planFor(t *testing.T, root string) map[string]string {
	t.Helper()
	tr, err := readTree(root, elf.EM_X86_64)
	if err != nil {
		t.Fatal(err)
	}
	patches, err := tr.plan("/final")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range patches {
		got[p.file.Path] = p.interp + "|" + p.rpath
	}
	return got
}

func TestPlan(t *testing.T) {
	want := map[string]string{
		"usr/lib/llvm-19/bin/clang":     "/final/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2|$ORIGIN/../lib:$ORIGIN/../../x86_64-linux-gnu",
		"usr/lib/llvm-19/lib/libown.so": "|$ORIGIN/../../x86_64-linux-gnu",
		multiarch + "libz.so.1.3":       "|$ORIGIN",
		// Its own directory, relative to itself and to the link libclang.so.1.
		multiarch + "libclang-19.so.1": "|$ORIGIN:$ORIGIN/../../x86_64-linux-gnu",
	}
	if diff := cmp.Diff(want, planFor(t, newTree(t, debian()))); diff != "" {
		t.Error(diff)
	}
	if again := planFor(t, newTree(t, relocated())); len(again) != 0 {
		t.Errorf("a relocated tree would be changed again: %v", again)
	}
}

func TestPlanOfRunPaths(t *testing.T) {
	for name, c := range map[string]struct {
		file image
		add  map[string]any
		want string
	}{
		"absolute, in the tree": {
			image{needed: []string{"libpriv.so"}, runpath: "/usr/lib/x86_64-linux-gnu/priv"},
			map[string]any{multiarch + "priv/libpriv.so": image{}},
			"$ORIGIN/../lib/x86_64-linux-gnu/priv:$ORIGIN/../lib/x86_64-linux-gnu",
		},
		"absolute, not in the tree": {image{needed: []string{"libc.so.6"}, runpath: "/opt/lib:/usr/local/lib"}, nil, "$ORIGIN/../lib/x86_64-linux-gnu"},
		"relative to the working directory": {
			image{needed: []string{"libc.so.6"}, rpath: "usr/lib/llvm-19/lib:.:$LIB"}, nil, "$ORIGIN/../lib/x86_64-linux-gnu",
		},
		"kept for libraries loaded at run time": {
			image{needed: []string{"libc.so.6"}, rpath: "${ORIGIN}/../lib/llvm-19/lib"}, nil, "$ORIGIN/../lib/x86_64-linux-gnu:$ORIGIN/../lib/llvm-19/lib",
		},
		"leads out of the tree": {image{needed: []string{"libc.so.6"}, runpath: "$ORIGIN/../../../lib"}, nil, "$ORIGIN/../lib/x86_64-linux-gnu"},
		"private directory before the machine's": {
			image{needed: []string{"libz.so.1"}, runpath: "$ORIGIN/../lib/private"},
			map[string]any{"usr/lib/private/libz.so.1": image{}},
			"$ORIGIN/../lib/private:$ORIGIN/../lib/x86_64-linux-gnu",
		},
		"library for another machine only": {
			image{needed: []string{"libgcc_s.so"}}, nil, "$ORIGIN/../lib/x86_64-linux-gnu",
		},
		"directory of the library before that of a link to it": {
			image{needed: []string{"libz.so.1"}, runpath: "$ORIGIN/../lib/llvm-19/lib"},
			map[string]any{"usr/lib/llvm-19/lib/libz.so.1": "-> ../../x86_64-linux-gnu/libz.so.1"},
			"$ORIGIN/../lib/x86_64-linux-gnu:$ORIGIN/../lib/llvm-19/lib",
		},
		"no entry that leads out of the tree from one origin": {
			image{needed: []string{"libc.so.6"}},
			map[string]any{"usr/lib/a/b/c/plugin.so": "-> ../../../../bin/program"},
			"$ORIGIN/../lib/x86_64-linux-gnu",
		},
		"through a link to a directory": {
			image{needed: []string{"libown.so"}, runpath: "$ORIGIN/../lib/llvm/lib"},
			map[string]any{"usr/lib/llvm": "-> llvm-19"},
			"$ORIGIN/../lib/llvm-19/lib:$ORIGIN/../lib/x86_64-linux-gnu",
		},
	} {
		t.Run(name, func(t *testing.T) {
			tree := debian()
			maps.Copy(tree, c.add)
			tree["usr/bin/program"] = c.file
			if got := planFor(t, newTree(t, tree))["usr/bin/program"]; got != "|"+c.want {
				t.Errorf("got %s, expected |%s", got, c.want)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	tr, err := readTree(newTree(t, map[string]any{
		"usr/lib/a/file": "x", "lib": "-> usr/lib", "usr/loop": "-> pool", "usr/pool": "-> loop", "usr/abs": "-> /usr/lib",
		"usr/lib/a/up": "-> ../../../usr/lib/../lib/a/file", "usr/out": "-> ../../etc",
	}), elf.EM_X86_64)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"lib/a/up": "usr/lib/a/file", "lib/../lib/a": "usr/lib/a", "./usr//lib/.": "usr/lib", "lib/..": "usr", "usr/..": ".",
		"usr/loop": "", "usr/abs": "", "usr/out": "", "..": "", "lib/../../..": "",
	} {
		if got, ok := tr.resolve(name); got != want || ok != (want != "") {
			t.Errorf("%s resolves to %q, %v; expected %q", name, got, ok, want)
		}
	}
}

func TestCheck(t *testing.T) {
	const clang, own, libclang = "usr/lib/llvm-19/bin/clang", "usr/lib/llvm-19/lib/libown.so", multiarch + "libclang-19.so.1"
	edit := func(name string, change func(*image)) func(map[string]any) {
		return func(tree map[string]any) {
			m := tree[name].(image)
			change(&m)
			tree[name] = m
		}
	}
	for name, c := range map[string]struct {
		change func(map[string]any)
		want   []Problem
	}{
		"complete": {func(map[string]any) {}, nil},
		"missing library": {
			func(tree map[string]any) { delete(tree, own) },
			[]Problem{{clang, "libown.so", "no such library in the tree"}},
		},
		"missing link": {
			func(tree map[string]any) { delete(tree, multiarch+"libz.so.1") },
			[]Problem{{libclang, "libz.so.1", "no such library in the tree"}},
		},
		"library not in the run-path": {
			edit(clang, func(m *image) { m.rpath = "$ORIGIN/../../x86_64-linux-gnu" }),
			[]Problem{
				{clang, "libclang.so.1", `it is in usr/lib/llvm-19/lib, but the run-path is "$ORIGIN/../../x86_64-linux-gnu"`},
				{clang, "libown.so", `it is in usr/lib/llvm-19/lib, but the run-path is "$ORIGIN/../../x86_64-linux-gnu"`},
			},
		},
		"library not found through a link": {
			edit(libclang, func(m *image) { m.rpath = "$ORIGIN" }),
			[]Problem{
				{libclang, "libc.so.6", `it is in usr/lib/x86_64-linux-gnu, but the run-path is "$ORIGIN" when loaded from usr/lib/llvm-19/lib`},
				{libclang, "libz.so.1", `it is in usr/lib/x86_64-linux-gnu, but the run-path is "$ORIGIN" when loaded from usr/lib/llvm-19/lib`},
			},
		},
		"library not found through a link that no file needs": {
			func(tree map[string]any) {
				delete(tree, clang)
				m := tree[libclang].(image)
				m.rpath = "$ORIGIN"
				tree[libclang] = m
			},
			[]Problem{
				{libclang, "libc.so.6", `it is in usr/lib/x86_64-linux-gnu, but the run-path is "$ORIGIN" when loaded from usr/lib/llvm-19/lib`},
				{libclang, "libz.so.1", `it is in usr/lib/x86_64-linux-gnu, but the run-path is "$ORIGIN" when loaded from usr/lib/llvm-19/lib`},
			},
		},
		"DT_RUNPATH hides DT_RPATH": {
			edit(own, func(m *image) { m.runpath = "$ORIGIN" }),
			[]Problem{{own, "libc.so.6", `it is in usr/lib/x86_64-linux-gnu, but the run-path is "$ORIGIN"`}},
		},
		"the host's interpreter": {
			edit(clang, func(m *image) { m.interp = "/lib64/ld-linux-x86-64.so.2" }),
			[]Problem{{clang, "/final/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "its interpreter is /lib64/ld-linux-x86-64.so.2"}},
		},
		"missing symbol version": {
			edit(multiarch+"libc.so.6", func(m *image) { m.defines = []string{"GLIBC_2.2.5", "GLIBC_2.36"} }),
			[]Problem{{clang, "GLIBC_2.38", multiarch + "libc.so.6 does not define it"}},
		},
		"missing weak symbol version": {
			edit(clang, func(m *image) { m.weak, m.needs = true, []VersionNeed{{"libc.so.6", []string{"GLIBC_2.99"}}} }), nil,
		},
		"library for another machine": {
			func(tree map[string]any) { tree[own] = image{machine: elf.EM_AARCH64} },
			[]Problem{{clang, "libown.so", "no such library in the tree"}},
		},
		"run-path entries outside the tree": {
			edit(own, func(m *image) { m.rpath += ":/usr/lib:$ORIGIN/../../../../../lib" }),
			[]Problem{
				{own, "$ORIGIN/../../../../../lib", "this run-path entry leads out of the tree from usr/lib/llvm-19/lib"},
				{own, "/usr/lib", "this run-path entry is outside the tree"},
			},
		},
		"absolute run-path inside the tree": {edit(own, func(m *image) { m.rpath = "/final/usr/lib/x86_64-linux-gnu" }), nil},
		"overlapping segments": {
			edit(own, func(m *image) { m.overlap = true }),
			[]Problem{{own, "separate segments", "the segment at 0x40 starts before 0x1000, where the previous one ends"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			tree := relocated()
			c.change(tree)
			problems, err := Check(newTree(t, tree), "/final", elf.EM_X86_64)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, problems); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCheckWithoutLoader(t *testing.T) {
	tree := relocated()
	delete(tree, multiarch+"ld-linux-x86-64.so.2")
	_, err := Check(newTree(t, tree), "/final", elf.EM_X86_64)
	var none *NoLoaderError
	if !errors.As(err, &none) || none.Loader != "ld-linux-x86-64.so.2" {
		t.Errorf("a tree without a loader: error %v, expected a *NoLoaderError", err)
	}
	if _, err := Check(newTree(t, relocated()), "/final", elf.EM_MIPS); err == nil {
		t.Error("Check accepted an unknown machine")
	}
}

// TestStaticTree checks a tree of static programs, like QEMU's, which needs no loader. It does need one as soon as it
// has a program that is not static.
func TestStaticTree(t *testing.T) {
	tree := map[string]any{"usr/bin/qemu-m68k": image{}}
	root := newTree(t, tree)
	stats, err := Relocate(t.Context(), options(root, "/bin/false"))
	if err != nil || stats.Scanned != 1 || stats.Patched != 0 {
		t.Errorf("Relocate: got %+v, %v", stats, err)
	}
	if problems, err := Check(root, "/final", elf.EM_X86_64); err != nil || len(problems) != 0 {
		t.Errorf("Check: got %v, %v", problems, err)
	}
	tree["usr/bin/other"] = image{needed: []string{"libc.so.6"}}
	var none *NoLoaderError
	if _, err := Relocate(t.Context(), options(newTree(t, tree), "/bin/false")); !errors.As(err, &none) {
		t.Errorf("with a program that needs a library: error %v, expected a *NoLoaderError", err)
	}
}

func TestNeedsErrorIsShort(t *testing.T) {
	e := &NeedsError{Root: "/t", Problems: slices.Repeat([]Problem{{"a", "b", "c"}}, 7)}
	if text := e.Error(); !strings.HasPrefix(text, "/t: 7 requirements") || strings.Count(text, "a needs b: c") != 5 || !strings.HasSuffix(text, "and 2 more") {
		t.Errorf("unexpected text %q", text)
	}
}

func FuzzReadFile(f *testing.F) {
	for _, what := range debian() {
		if m, ok := what.(image); ok {
			f.Add(m.encode())
		}
	}
	name := filepath.Join(f.TempDir(), "file")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if file, err := readFile(name); err == nil && string(data[:4]) != elf.ELFMAG {
			t.Errorf("read %+v from data that is not ELF", file)
		}
	})
}
