package host

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// rustDir is a directory with Rust programs.
type rustDir struct {
	dir   string
	where string // "rustup stable-x86_64-unknown-linux-gnu", or the directory
}

// rustDirs returns rustup's toolchains, and after them the directories of PATH and of distributions.
func (p Places) rustDirs() []rustDir {
	var list []rustDir
	if p.Rustup != "" {
		toolchains, _ := filepath.Glob(filepath.Join(p.Rustup, "toolchains", "*", "bin"))
		for _, bin := range toolchains {
			list = append(list, rustDir{bin, "rustup " + filepath.Base(filepath.Dir(bin))})
		}
	}
	for _, dir := range slices.Concat(p.Path, p.Rust) {
		list = append(list, rustDir{dir, dir})
	}
	return list
}

// rust finds every rustc that is not a proxy of rustup, each once.
func (p Places) rust(ctx context.Context) []tool {
	var all []tool
	seen := map[string]bool{}
	proxies := []found{}
	for _, d := range p.rustDirs() {
		list, broken := find(d.dir, "rustc")
		all = append(all, uselessIn(toolchain.Rust, d.dir, broken)...)
		for _, f := range list {
			switch {
			case isProxy(f.path):
				proxies = append(proxies, f)
			case !seen[f.real]:
				seen[f.real] = true
				all = append(all, p.rustOf(ctx, f, d.where))
			}
		}
	}
	if slices.ContainsFunc(all, func(t tool) bool { return strings.HasPrefix(t.Where, "rustup ") }) {
		return all // the toolchains of the proxies
	}
	for _, f := range proxies {
		why := fmt.Errorf("%s: it runs a toolchain of rustup, and %s has none: RUSTUP_HOME names the directory with toolchains/", f.path, p.Rustup)
		all = append(all, useless(toolchain.Rust, f.path, why))
	}
	return all
}

// isProxy reports whether program is rustup under another name. A proxy runs the rustc of a toolchain, and the current
// directory decides of which one.
func isProxy(program string) bool {
	real, err := filepath.EvalSymlinks(program)
	if err != nil || filepath.Base(real) == "rustup" {
		return err == nil
	}
	a, errA := os.Stat(program)
	b, errB := os.Stat(filepath.Join(filepath.Dir(program), "rustup"))
	return errA == nil && errB == nil && os.SameFile(a, b)
}

var commitDate = regexp.MustCompile(`(?m)^commit-date: ([0-9-]{10})$`)

// rustOf returns the tool of a rustc.
func (p Places) rustOf(ctx context.Context, rustc found, where string) tool {
	out, err := ask(ctx, rustc.path, nil, "-vV")
	if err != nil {
		return useless(toolchain.Rust, rustc.path, err)
	}
	t := tool{Component: toolchain.Rust, Where: where, Label: firstLine(out.stdout)}
	if t.Version, t.LLVM, err = rustVersion(out.stdout); err != nil {
		return useless(toolchain.Rust, rustc.path, fmt.Errorf("%s: %w", rustc.path, err))
	}
	if kind, _, _ := strings.Cut(t.Version.Prerelease(), "."); kind != "" {
		t.Channel = kind
		if date := commitDate.FindStringSubmatch(out.stdout); date != nil {
			t.Channel += "-" + date[1]
		}
	}
	t.Programs = companions(ctx, rustc, t.Version)
	sysroot, err := ask(ctx, rustc.path, nil, "--print", "sysroot")
	if err != nil {
		t.Problem = err.Error()
		return t
	}
	root := firstLine(sysroot.stdout)
	if !filepath.IsAbs(root) { // a wrapper that does not pass it on: rustc looks for its sysroot from its own place
		root = filepath.Dir(filepath.Dir(rustc.real))
	}
	library := p.rustSource(root, t.Version)
	if library == "" {
		t.Problem = "it has no rust-src, which building a kernel needs: run rustup component add rust-src, or install the distribution's package rust-src; RUST_LIB_SRC names its library/ elsewhere"
	}
	t.Paths = map[string]string{toolchain.PathSysroot: root, toolchain.PathRustLibSrc: library}
	if backend, _ := filepath.Glob(filepath.Join(root, "lib/rustlib/*/codegen-backends/librustc_codegen_gcc*")); len(backend) > 0 {
		t.Backends = []targets.Backend{targets.GCC}
	}
	return t
}

// rustVersion returns the release and the LLVM of a rustc from the output of -vV. Kbuild reads only the numbers of the
// first line, so a release that differs from them is not used.
func rustVersion(text string) (release, llvm version.Version, err error) {
	numbers, err := toolchain.ParseVersionText(toolchain.Rust, text)
	if err != nil {
		return release, llvm, err
	}
	release, llvm, err = toolchain.ParseVerbose(text)
	if err != nil || release.Series() != numbers.Series() || release.Patch() != numbers.Patch() {
		return numbers, llvm, nil
	}
	return release, llvm, nil
}

// rustSource returns library/ of rust-src: in the sysroot, where Debian and Ubuntu put that of a version, or where
// RUST_LIB_SRC says. It returns "" if there is none.
func (p Places) rustSource(sysroot string, v version.Version) string {
	source := "src/rustc-" + v.String() + "/library"
	for _, dir := range []string{
		filepath.Join(sysroot, "lib/rustlib/src/rust/library"),
		filepath.Join(sysroot, source),          // /usr
		filepath.Join(sysroot, "../..", source), // /usr/lib/rust-1.85
		p.RustLibSrc,
	} {
		if _, err := os.Stat(filepath.Join(dir, "core/src/lib.rs")); err == nil && filepath.IsAbs(dir) {
			return dir
		}
	}
	return ""
}

// companions returns the programs of a rustc's toolchain under the names that Kbuild has for them.
func companions(ctx context.Context, rustc found, v version.Version) map[string]string {
	programs := map[string]string{"rustc": rustc.path}
	for _, name := range []string{"rustdoc", "rustfmt", "clippy-driver"} {
		for _, path := range []string{
			filepath.Join(rustc.dir, name+rustc.suffix),
			filepath.Join(filepath.Dir(rustc.real), name), // a version's own directory
		} {
			if first(path) != "" && !isProxy(path) && isOf(ctx, name, path, v) {
				programs[name] = path
				break
			}
		}
	}
	return programs
}

var (
	rustdocText = regexp.MustCompile(`^rustdoc ([0-9]+\.[0-9]+)`)
	clippyText  = regexp.MustCompile(`^clippy 0\.([0-9]+\.[0-9]+)`) // clippy 0.1.85 is of Rust 1.85
)

// isOf reports whether a program may be of that release of Rust. The version of rustfmt does not tell.
func isOf(ctx context.Context, name, path string, v version.Version) bool {
	pattern := map[string]*regexp.Regexp{"rustdoc": rustdocText, "clippy-driver": clippyText}[name]
	if pattern == nil {
		return true
	}
	out, err := ask(ctx, path, nil, "--version")
	if err != nil {
		return false
	}
	said := pattern.FindStringSubmatch(out.stdout)
	return said == nil || said[1] == v.Series()
}

// cargo finds cargo, which belongs to the rustc of its release. A cargo that does not tell its version has that of the
// rustc beside it.
func (p Places) cargo(ctx context.Context, rust []tool) []tool {
	var all []tool
	seen := map[string]bool{}
	for _, d := range p.rustDirs() {
		list, _ := find(d.dir, "cargo") // no kernel build needs it: what is no program is not reported
		for _, f := range list {
			if isProxy(f.path) || seen[f.real] {
				continue
			}
			seen[f.real] = true
			t := tool{Component: toolchain.Cargo, Where: d.where, Programs: map[string]string{"cargo": f.path}}
			var err error
			t.Label, t.Version, err = versionOf(ctx, toolchain.Cargo, f.path, "--version")
			beside := slices.IndexFunc(rust, func(r tool) bool { return r.Programs["rustc"] == filepath.Join(f.dir, "rustc"+f.suffix) })
			switch {
			case beside >= 0 && (err != nil || rust[beside].Version.Compare(t.Version) == 0):
				t.Version, t.Label, t.Channel = rust[beside].Version, rust[beside].Label, rust[beside].Channel
			case err != nil:
				t = useless(toolchain.Cargo, f.path, err)
			}
			all = append(all, t)
		}
	}
	return all
}
