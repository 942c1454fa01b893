package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// Places are the places that are searched for tools.
type Places struct {
	Path     []string // directories of programs, as in PATH
	Rustup   string   // rustup's home directory, "" for none
	LLVM     []string // directories of LLVM programs that are searched even if they are not on PATH
	Libclang string   // LIBCLANG_PATH: a libclang or its directory, "" for none
}

// thisMachine returns the places of this machine.
func thisMachine() Places {
	p := Places{Path: distinct(filepath.SplitList(os.Getenv("PATH"))), Rustup: os.Getenv("RUSTUP_HOME"), Libclang: os.Getenv("LIBCLANG_PATH")}
	if home, err := os.UserHomeDir(); err == nil && p.Rustup == "" {
		p.Rustup = filepath.Join(home, ".rustup")
	}
	p.LLVM, _ = filepath.Glob("/usr/lib/llvm-*/bin")
	return p
}

// distinct resolves links and removes missing and duplicate directories: /bin is a link to /usr/bin on most machines.
func distinct(dirs []string) []string {
	var list []string
	seen := map[string]bool{}
	for _, dir := range dirs {
		real, err := filepath.EvalSymlinks(dir)
		if err == nil && !seen[real] {
			seen[real] = true
			list = append(list, real)
		}
	}
	return list
}

// answerTime is how long a tool may take to print its version.
const answerTime = 15 * time.Second

// find searches all places. It leaves out a program that does not print its version, and sets the problem of a tool
// that cannot be used.
func (p Places) find(ctx context.Context) ([]tool, error) {
	var all []tool
	all = append(all, p.rust(ctx)...)
	all = append(all, p.llvm(ctx)...)
	all = append(all, p.gcc(ctx)...)
	all = append(all, p.plain(ctx)...)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("searching this machine for tools: %w", context.Cause(ctx))
	}
	for i := range all {
		all[i].remember()
	}
	slices.SortFunc(all, func(a, b tool) int { return cmp.Compare(a.key(), b.key()) })
	return slices.CompactFunc(all, func(a, b tool) bool { return a.key() == b.key() }), nil
}

// remember records the current state of the tool's programs.
func (t *tool) remember() {
	for _, path := range t.Programs {
		found, err := toolchain.Look(path)
		if err != nil {
			t.Problem = err.Error()
			return
		}
		t.Files = append(t.Files, found)
	}
	slices.SortFunc(t.Files, func(a, b toolchain.Found) int { return cmp.Compare(a.Path, b.Path) })
}

// output runs a program and returns what it prints to standard output.
func output(ctx context.Context, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "HOME=/nonexistent"}
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", program, strings.Join(args, " "), err)
	}
	return string(out), nil
}

// programs returns the paths of those names that are executable programs in a directory.
func programs(dir string, names ...string) map[string]string {
	found := map[string]string{}
	for _, name := range names {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			found[name] = path
		}
	}
	return found
}

// rust finds rustup's toolchains, and every rustc on PATH that is not a proxy of rustup.
func (p Places) rust(ctx context.Context) []tool {
	var all []tool
	toolchains, _ := filepath.Glob(filepath.Join(p.Rustup, "toolchains", "*", "bin", "rustc"))
	if p.Rustup == "" {
		toolchains = nil
	}
	for _, rustc := range toolchains {
		bin := filepath.Dir(rustc)
		all = append(all, rustIn(ctx, bin, "rustup "+filepath.Base(filepath.Dir(bin)))...)
	}
	for _, dir := range p.Path {
		if rustc := programs(dir, "rustc")["rustc"]; rustc != "" && !isProxy(rustc) {
			all = append(all, rustIn(ctx, dir, dir)...)
		}
	}
	return all
}

// isProxy reports whether program is rustup under another name. A proxy runs the rustc of a toolchain, and the current
// directory decides of which one. A program that cannot be resolved counts as a proxy.
func isProxy(program string) bool {
	real, err := filepath.EvalSymlinks(program)
	if err != nil || filepath.Base(real) == "rustup" {
		return true
	}
	a, errA := os.Stat(program)
	b, errB := os.Stat(filepath.Join(filepath.Dir(program), "rustup"))
	return errA == nil && errB == nil && os.SameFile(a, b)
}

func rustIn(ctx context.Context, bin, where string) []tool {
	t := tool{Component: toolchain.Rust, Where: where, Programs: programs(bin, "rustc", "rustdoc", "rustfmt", "clippy-driver")}
	text, err := output(ctx, t.Programs["rustc"], "-vV")
	if err == nil {
		t.Version, t.LLVM, err = toolchain.ParseVerbose(text)
	}
	if err != nil {
		return nil // it is broken or is not rustc
	}
	t.Label, _, _ = strings.Cut(text, "\n")
	if kind, _, _ := strings.Cut(t.Version.Prerelease(), "."); kind != "" {
		t.Channel = kind
		if date := commitDate.FindStringSubmatch(text); date != nil {
			t.Channel += "-" + date[1]
		}
	}
	sysroot, err := output(ctx, t.Programs["rustc"], "--print", "sysroot")
	if err != nil {
		return nil
	}
	sysroot = strings.TrimSpace(sysroot)
	library := filepath.Join(sysroot, "lib/rustlib/src/rust/library")
	if _, err := os.Stat(filepath.Join(library, "core/src/lib.rs")); err != nil {
		t.Problem = "it has no rust-src, which building a kernel needs: run rustup component add rust-src, or install the distribution's package rust-src"
	}
	t.Paths = map[string]string{toolchain.PathSysroot: sysroot, toolchain.PathRustLibSrc: library}
	if found, _ := filepath.Glob(filepath.Join(sysroot, "lib/rustlib/*/codegen-backends/librustc_codegen_gcc*")); len(found) > 0 {
		t.Backends = []targets.Backend{targets.GCC}
	}
	all := []tool{t}
	if cargo := programs(bin, "cargo"); len(cargo) > 0 && !isProxy(cargo["cargo"]) {
		all = append(all, tool{Component: toolchain.Cargo, Version: t.Version, Label: t.Label, Where: where, Channel: t.Channel, Programs: cargo})
	}
	return all
}

var (
	commitDate   = regexp.MustCompile(`(?m)^commit-date: ([0-9-]{10})$`)
	clangVersion = regexp.MustCompile(`clang version ([0-9]+\.[0-9]+\.[0-9]+)`)
	lastVersion  = regexp.MustCompile(`([0-9]+\.[0-9]+(\.[0-9]+)?)[^0-9.]*$`)
	libclangName = regexp.MustCompile(`^libclang(-[0-9]+)?\.so(\.([0-9.]+))?$`)
)

// llvmNames are the programs that Kbuild runs with LLVM=…
var llvmNames = []string{"clang", "clang++", "ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy", "llvm-objdump", "llvm-ranlib", "llvm-readelf", "llvm-strip"}

// llvm finds directories with a clang.
func (p Places) llvm(ctx context.Context) []tool {
	var all []tool
	seen := map[string]bool{}
	for _, dir := range slices.Concat(p.LLVM, p.Path) {
		clang := programs(dir, "clang")["clang"]
		real, err := filepath.EvalSymlinks(clang)
		if clang == "" || err != nil || seen[filepath.Dir(real)] {
			continue
		}
		dir := filepath.Dir(real) // the other programs are here, without a suffix in their names
		seen[dir] = true
		t := tool{Component: toolchain.LLVM, Where: dir, Programs: programs(dir, llvmNames...), Paths: map[string]string{toolchain.PathLLVMBin: dir}}
		text, err := output(ctx, real, "--version")
		found := clangVersion.FindStringSubmatch(text)
		if err != nil || found == nil {
			continue
		}
		t.Label, _, _ = strings.Cut(text, "\n")
		if t.Version, err = version.Parse(found[1]); err != nil {
			continue
		}
		for _, name := range llvmNames {
			if t.Programs[name] == "" && name != "clang++" && t.Problem == "" {
				t.Problem = fmt.Sprintf("%s is missing in the directory of clang: install the distribution's lld and llvm of this version", name)
			}
		}
		if lib := libclangIn(filepath.Join(dir, "..", "lib")); lib != "" {
			t.Libclang, t.Paths[toolchain.PathLibclang] = t.Version, lib
		}
		all = append(all, t)
	}
	return all
}

// libclangIn returns the path of a libclang in a directory, or "" if there is none.
func libclangIn(dir string) string {
	found, _ := filepath.Glob(filepath.Join(filepath.Clean(dir), "libclang*.so*"))
	for _, path := range found {
		if libclangName.MatchString(filepath.Base(path)) {
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
	}
	return ""
}

// gcc finds cross compilers and the machine's own compiler by names of the form TRIPLE-gcc, which CROSS_COMPILE needs.
func (p Places) gcc(ctx context.Context) []tool {
	var all []tool
	for _, dir := range p.Path {
		found, _ := filepath.Glob(filepath.Join(dir, "*-gcc"))
		for _, path := range found {
			triple := strings.TrimSuffix(filepath.Base(path), "-gcc")
			if !strings.Contains(triple, "-") {
				continue // c89-gcc and the like are other names of the machine's own compiler
			}
			prefix := filepath.Join(dir, triple+"-")
			text, err := output(ctx, path, "-dumpfullversion")
			if err != nil {
				continue
			}
			t := tool{Component: toolchain.GCC, Where: dir, Triple: triple, Label: strings.TrimSpace(text), Paths: map[string]string{toolchain.PathCrossPrefix: prefix}}
			if t.Version, err = version.Parse(t.Label); err != nil {
				continue
			}
			var names []string
			for _, name := range []string{"gcc", "ar", "as", "ld", "nm", "objcopy", "objdump", "ranlib", "readelf", "strip"} {
				names = append(names, triple+"-"+name)
			}
			t.Programs = programs(dir, names...)
			if len(t.Programs) < len(names) {
				t.Problem = fmt.Sprintf("binutils are missing: expected all of them as %s*", prefix)
			}
			all = append(all, t)
		}
	}
	return all
}

// plain finds bindgen, with the libclang that LIBCLANG_PATH names, and pahole.
func (p Places) plain(ctx context.Context) []tool {
	var all []tool
	for _, dir := range p.Path {
		for component, name := range map[toolchain.Component]string{toolchain.Bindgen: "bindgen", toolchain.Pahole: "pahole"} {
			found := programs(dir, name)
			if len(found) == 0 {
				continue
			}
			text, err := output(ctx, found[name], "--version")
			number := lastVersion.FindStringSubmatch(strings.TrimSpace(text))
			if err != nil || number == nil {
				continue
			}
			t := tool{Component: component, Where: dir, Label: strings.TrimSpace(text), Programs: found}
			if t.Version, err = version.Parse(number[1]); err != nil {
				continue
			}
			if component == toolchain.Bindgen && p.Libclang != "" {
				if err := t.takeLibclang(p.Libclang); err != nil {
					t.Problem = err.Error()
				}
			}
			all = append(all, t)
		}
	}
	return all
}

// takeLibclang adds the libclang that LIBCLANG_PATH names. Only the file name of a libclang contains its version.
func (t *tool) takeLibclang(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = libclangIn(path)
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return errors.New("LIBCLANG_PATH does not name a libclang or a directory with one")
	}
	name := libclangName.FindStringSubmatch(filepath.Base(real))
	text := ""
	if name != nil {
		text = cmp.Or(strings.TrimPrefix(name[1], "-"), name[3])
		if strings.Contains(name[3], ".") {
			text = name[3]
		}
	}
	if t.Libclang, err = version.Parse(text); err != nil {
		return fmt.Errorf("%s (LIBCLANG_PATH) has no version in its name", real)
	}
	t.Paths = map[string]string{toolchain.PathLibclang: real}
	return nil
}
