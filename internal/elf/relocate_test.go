package elf

import (
	"context"
	"debug/elf"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func options(root string, patchelf ...string) Options {
	return Options{Root: root, Final: "/final", Machine: elf.EM_X86_64, Patchelf: patchelf, Jobs: 2}
}

func TestRelocateNamesTheFile(t *testing.T) {
	root := newTree(t, debian())
	clang := filepath.Join(root, "usr/lib/llvm-19/bin/clang")
	if err := os.Chmod(clang, 0o555); err != nil {
		t.Fatal(err)
	}
	// A program that fails on one of several files, as patchelf may.
	_, err := Relocate(t.Context(), options(root, "/bin/sh", "-c", `for f; do case $f in */clang) echo "no room in $f" >&2; exit 3;; esac; done`))
	var patch *PatchError
	if !errors.As(err, &patch) || patch.File != clang || patch.Stderr != "no room in "+clang+"\n" {
		t.Errorf("got %v, expected a *PatchError for %s", err, clang)
	}
	if info, err := os.Stat(clang); err != nil || info.Mode().Perm() != 0o555 {
		t.Errorf("the mode is %v (%v), expected it unchanged", info.Mode(), err)
	}
}

func TestRelocateEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	begin := time.Now()
	_, err := Relocate(ctx, options(newTree(t, debian()), "/bin/sh", "-c", "exec sleep 60"))
	if !errors.Is(err, context.Canceled) || time.Since(begin) > 10*time.Second {
		t.Errorf("ended after %v with %v", time.Since(begin), err)
	}
}

func TestRelocateRefuses(t *testing.T) {
	root := newTree(t, debian())
	for name, change := range map[string]func(*Options){
		"relative path": func(o *Options) { o.Final = "final" },
		"unclean path":  func(o *Options) { o.Final = "/final/" },
		"no patchelf":   func(o *Options) { o.Patchelf = nil },
		"missing tree":  func(o *Options) { o.Root = "/nonexistent" },
		"other machine": func(o *Options) { o.Machine = elf.EM_AARCH64 },
	} {
		o := options(root, "/bin/true")
		change(&o)
		if _, err := Relocate(t.Context(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestRelocateOfHardLinks checks hard links in several directories, which cannot share a run-path because $ORIGIN
// differs, and one outside the tree, which must not change.
func TestRelocateOfHardLinks(t *testing.T) {
	root := newTree(t, debian())
	at := func(name string) string { return filepath.Join(root, name) }
	outside := filepath.Join(t.TempDir(), "outside")
	for _, link := range [][2]string{
		{multiarch + "libz.so.1.3", at(multiarch + "libz2.so")},                           // same directory
		{"usr/lib/llvm-19/lib/libown.so", at("usr/lib/libown.so")},                        // another directory
		{"usr/lib/llvm-19/bin/clang", outside},                                            // outside the tree
		{"usr/aarch64-linux-gnu/lib/libgcc_s.so", at("usr/aarch64-linux-gnu/lib/gcc.so")}, // not changed
	} {
		if err := os.Link(at(link[0]), link[1]); err != nil {
			t.Fatal(err)
		}
	}
	// The script appends one byte to each file for each time that it is named, which must be once for each inode.
	script := `for f; do case $f in /*.so*|/*clang) test -f "$f" && printf x >>"$f";; esac; done; exit 0`
	if _, err := Relocate(t.Context(), options(root, "/bin/sh", "-c", script, "sh")); err != nil {
		t.Fatal(err)
	}
	for a, want := range map[[2]string]bool{
		{at(multiarch + "libz.so.1.3"), at(multiarch + "libz2.so")}:                           true,
		{at("usr/lib/llvm-19/lib/libown.so"), at("usr/lib/libown.so")}:                        false,
		{at("usr/lib/llvm-19/bin/clang"), outside}:                                            false,
		{at("usr/aarch64-linux-gnu/lib/libgcc_s.so"), at("usr/aarch64-linux-gnu/lib/gcc.so")}: true,
	} {
		x, errX := os.Stat(a[0])
		y, errY := os.Stat(a[1])
		if err := errors.Join(errX, errY); err != nil || os.SameFile(x, y) != want {
			t.Errorf("%s and %s are the same file: %v (%v), expected %v", a[0], a[1], !want, err, want)
		}
	}
	plain := debian()
	for name, times := range map[string]int{
		multiarch + "libz.so.1.3": 1, "usr/lib/llvm-19/lib/libown.so": 1, "usr/lib/llvm-19/bin/clang": 2, // both passes
		multiarch + "libc.so.6": 0, multiarch + "ld-linux-x86-64.so.2": 0, "usr/aarch64-linux-gnu/lib/libgcc_s.so": 0,
	} {
		info, err := os.Stat(at(name))
		if want := len(plain[name].(image).encode()) + times; err != nil || info.Size() != int64(want) {
			t.Errorf("%s has %d bytes (%v), expected %d, written %d times", name, info.Size(), err, want, times)
		}
	}
	if info, err := os.Stat(outside); err != nil || info.Size() != int64(len(plain["usr/lib/llvm-19/bin/clang"].(image).encode())) {
		t.Errorf("the file outside the tree was written: %v bytes, %v", info.Size(), err)
	}
}

func TestBatch(t *testing.T) {
	var targets []target
	for i := range 150 {
		targets = append(targets, target{patch: patch{rpath: "$ORIGIN"}, name: strings.Repeat("a", i+1), size: 1})
	}
	targets = append(targets,
		target{patch: patch{rpath: "$ORIGIN/x"}, name: "big1", size: batchBytes},
		target{patch: patch{rpath: "$ORIGIN/x", interp: "/i"}, name: "big2", size: batchBytes},
		target{patch: patch{interp: "/i"}, name: "program", size: 5},
	)
	var sizes []int
	for _, r := range batch(targets, rpathArgs) {
		sizes = append(sizes, len(r.names))
		if r.args[0] != "--force-rpath" {
			t.Errorf("unexpected arguments %v", r.args)
		}
	}
	if !slices.Equal(sizes, []int{1, 1, 64, 64, 22}) {
		t.Errorf("runs of %v files, expected the large ones alone and first", sizes)
	}
	runs := batch(targets, interpArgs)
	if len(runs) != 2 || runs[0].names[0] != "big2" || runs[1].names[0] != "program" {
		t.Errorf("interpreters are set in %v, expected one run for each program", runs)
	}
}

// shellTree copies this machine's /bin/sh and the libraries that it needs into a tree with Debian's layout.
func shellTree(t *testing.T) (root string, machine elf.Machine, needed []string) {
	t.Helper()
	name, ok := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	if !ok {
		t.Skipf("krustup has no tools for %s", runtime.GOARCH)
	}
	machine, err := MachineOf(name)
	if err != nil {
		t.Fatal(err)
	}
	sh, err := readFile("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	if sh.Interp == "" || len(sh.Needed) == 0 {
		t.Skipf("/bin/sh of this machine is not a dynamic program: %+v", sh)
	}
	a, err := abiOf(machine)
	if err != nil {
		t.Fatal(err)
	}
	if path.Base(sh.Interp) != a.loader {
		t.Skipf("/bin/sh of this machine has the loader %s, expected %s", sh.Interp, a.loader)
	}
	root = t.TempDir()
	lib := filepath.Join(root, "usr/lib", a.multiarch)
	copyFile(t, "/bin/sh", filepath.Join(root, "usr/bin/sh"))
	copyFile(t, sh.Interp, filepath.Join(lib, a.loader))
	queue, seen := slices.Clone(sh.Needed), map[string]bool{a.loader: true}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		for _, dir := range append([]string{filepath.Dir(sh.Interp), "/usr/lib64", "/lib64"}, a.libraryDirs()...) {
			from := filepath.Join("/", dir, name)
			if _, err := os.Stat(from); err == nil {
				copyFile(t, from, filepath.Join(lib, name))
				f, err := readFile(from)
				if err != nil {
					t.Fatal(err)
				}
				queue = append(queue, f.Needed...)
				break
			}
		}
	}
	return root, machine, sh.Needed
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, data, 0o755)); err != nil {
		t.Fatal(err)
	}
}

func TestCheckOfTheShell(t *testing.T) {
	root, machine, needed := shellTree(t)
	problems, err := Check(root, "/final", machine)
	if err != nil {
		t.Fatal(err)
	}
	// The shell was built for "/": its interpreter is the system's and it has no run-path.
	var of []string
	for _, p := range problems {
		if p.File == "usr/bin/sh" {
			of = append(of, p.Needs)
		}
	}
	for _, name := range needed {
		if !slices.Contains(of, name) {
			t.Errorf("%s is not among the problems: %v", name, problems)
		}
	}
	if !slices.ContainsFunc(of, func(s string) bool { return strings.HasPrefix(s, "/final/usr/lib/") }) {
		t.Errorf("the interpreter is not among the problems: %v", problems)
	}
}

func TestLoaderArgv(t *testing.T) {
	root, machine, needed := shellTree(t)
	argv, err := LoaderArgv(root, machine, "usr/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(argv[0], append(argv[1:], "-c", "echo ran from $0", "here")...).CombinedOutput()
	if err != nil || string(out) != "ran from here\n" {
		t.Errorf("got %q, %v", out, err)
	}
	if _, err := LoaderArgv(root, machine, "usr/bin/absent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing program: error %v, expected %v", err, fs.ErrNotExist)
	}
	a, _ := abiOf(machine)
	if err := os.Remove(filepath.Join(root, "usr/lib", a.multiarch, a.loader)); err != nil {
		t.Fatal(err)
	}
	var none *NoLoaderError
	if _, err := LoaderArgv(root, machine, "usr/bin/sh"); !errors.As(err, &none) {
		t.Errorf("a tree without a loader, but with %v: error %v, expected a *NoLoaderError", needed, err)
	}
}
