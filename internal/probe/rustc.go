package probe

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// rustcFlags are the flags for core and the crate, as far as they matter here those with which the kernel builds its
// own (rust/Makefile). There is no sysroot, so that no other core is found. One codegen unit makes the time of a step
// repeatable, and several ladders run in parallel anyway.
var rustcFlags = []string{
	"-Copt-level=2", "-Cpanic=abort", "-Cforce-unwind-tables=no", "-Crelocation-model=static", "-Ccodegen-units=1",
	"-Cembed-bitcode=no", "-Cdebuginfo=0", "--cap-lints=allow", "--sysroot=/dev/null",
}

// RustcFlags returns the flags of every compilation with rustc.
func RustcFlags() []string { return slices.Clone(rustcFlags) }

// ladder is the state of one Job with rustc.
type ladder struct {
	p       *prober
	job     Job
	dir     string
	native  bool // for the host: the program runs without an emulator and is not compared
	machine machine
	edition string   // edition of core
	started bool     // the crate has start code
	codegen []string // flags that choose the backend, by its path because compilations have no sysroot
	printed string   // output of the crate, if it ran correctly
	result  Result
}

func (p *prober) rustc(ctx context.Context, job Job, dir string) (Result, error) {
	l := &ladder{p: p, job: job, dir: dir}
	return l.climb(ctx)
}

// climb runs the steps in order, until one is not OK.
func (l *ladder) climb(ctx context.Context) (Result, error) {
	l.result = Result{Backend: l.job.Backend, Triple: l.job.Triple, Steps: []Step{}}
	if reason, err := l.prepare(ctx); err != nil || reason != "" {
		l.result.Verdict, l.result.Error = Absent, reason
		return l.result, err
	}
	for _, step := range []func(context.Context) (Step, error){l.target, l.core, l.builtins, l.crate, l.link, l.run} {
		s, err := step(ctx)
		if err != nil {
			return Result{}, err
		}
		if !l.result.add(s) {
			if s.Name == "target" && s.Outcome == Error && strings.Contains(s.Error, "target") {
				l.result.Verdict = Absent // the compiler does not know the target, so nothing was tried
			}
			return l.result, nil
		}
	}
	l.result.Verdict = Passed
	return l.result, nil
}

// prepare reads rustc's version. It returns the reason why nothing can be tried, or "".
func (l *ladder) prepare(ctx context.Context) (string, error) {
	if l.p.tools.Rustc == "" {
		return "rustc is not installed", nil
	}
	if _, err := os.Stat(filepath.Join(l.p.tools.Library, "core/src/lib.rs")); err != nil {
		return "rust-src is not installed", nil
	}
	s, a, err := l.call(ctx, "version", "-vV")
	if err != nil || s.Outcome != OK {
		return "rustc does not run: " + s.Error, err
	}
	first, _, _ := strings.Cut(a.stdout, "\n")
	l.result.Compiler = strings.TrimSpace(first)
	release := ""
	for line := range strings.Lines(a.stdout) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "LLVM version":
			l.result.LLVM = value
		case "release":
			release = value
		}
	}
	l.result.Version, l.edition = release, coreEdition(release)
	if l.job.Backend == GCC {
		return l.backendMissing(ctx)
	}
	return "", nil
}

// coreEdition returns the edition of core for a release of rustc: 2024 since 1.87 (library/core/Cargo.toml there).
func coreEdition(release string) string {
	parts := strings.SplitN(release, ".", 3)
	if len(parts) < 2 {
		return "2021"
	}
	major, _ := strconv.Atoi(parts[0])
	minor, _ := strconv.Atoi(parts[1])
	if major > 1 || minor >= 87 {
		return "2024"
	}
	return "2021"
}

// backendMissing looks for rustc_codegen_gcc where rustc does (rustc_interface's util.rs). It returns the reason why it
// cannot be used, or "".
func (l *ladder) backendMissing(ctx context.Context) (string, error) {
	s, a, err := l.call(ctx, "sysroot", "--print", "sysroot")
	if err != nil || s.Outcome != OK {
		return "rustc does not report its sysroot: " + s.Error, err
	}
	pattern := filepath.Join(strings.TrimSpace(a.stdout), "lib/rustlib", l.p.opts.Host, "codegen-backends/librustc_codegen_gcc*")
	found, _ := filepath.Glob(pattern)
	if len(found) == 0 {
		return "rustc_codegen_gcc is not installed", nil
	}
	l.codegen = []string{"-Zcodegen-backend=" + found[0]}
	return "", nil
}

func (l *ladder) call(ctx context.Context, name string, args ...string) (Step, answer, error) {
	c := command{name: name, argv: slices.Concat([]string{l.p.tools.Rustc}, l.codegen, args), dir: l.dir, env: []string{"RUSTC_BOOTSTRAP=1"}}
	return run(ctx, c, l.p.compiling())
}

func (l *ladder) compile(ctx context.Context, name string, args ...string) (Step, error) {
	s, _, err := l.call(ctx, name, slices.Concat(rustcFlags, targetFlags(l.job.Triple), []string{"--target", l.job.Triple}, args)...)
	return s, err
}

// targetFlags returns the flags that a triple needs in addition to rustcFlags. On systems with a C library, aarch64's
// atomics are by default calls into libgcc, which the crate does not have. With the kernel's triples they are inline.
func targetFlags(triple string) []string {
	if strings.HasPrefix(triple, "aarch64") && strings.Contains(triple, "-linux-") {
		return []string{"-Ctarget-feature=-outline-atomics"}
	}
	return nil
}

// target reads rustc's cfgs for the triple.
func (l *ladder) target(ctx context.Context) (Step, error) {
	s, a, err := l.call(ctx, "target", "--print", "cfg", "--target", l.job.Triple)
	if err == nil && s.Outcome == OK {
		l.machine = parseMachine(a.stdout)
	}
	return s, err
}

func (l *ladder) core(ctx context.Context) (Step, error) {
	return l.compile(ctx, "core", "--crate-name", "core", "--crate-type", "rlib", "--edition", l.edition, "-o", "libcore.rlib",
		filepath.Join(l.p.tools.Library, "core/src/lib.rs"))
}

// builtins compiles a replacement for the crate compiler_builtins, as the kernel does (rust/compiler_builtins.rs).
func (l *ladder) builtins(ctx context.Context) (Step, error) {
	if err := os.WriteFile(filepath.Join(l.dir, "compiler_builtins.rs"), builtinsSource, 0o644); err != nil {
		return Step{}, err
	}
	return l.compile(ctx, "builtins", "--crate-type", "rlib", "--edition", "2021", "--extern", "core=libcore.rlib",
		"-o", "libcompiler_builtins.rlib", "compiler_builtins.rs")
}

func (l *ladder) crate(ctx context.Context) (Step, error) {
	if err := os.WriteFile(filepath.Join(l.dir, "probe.rs"), crateSource, 0o644); err != nil {
		return Step{}, err
	}
	args := []string{
		"--crate-type", "lib", "--emit", "obj", "--edition", "2021", "-Coverflow-checks=on", "-L", ".",
		"--extern", "core=libcore.rlib", "-o", "probe.o",
	}
	code, ok := l.machine.start()
	if ok {
		if err := os.WriteFile(filepath.Join(l.dir, "start.s"), []byte(code), 0o644); err != nil {
			return Step{}, err
		}
		l.started = true
		args = append(args, "--cfg", "start")
	}
	return l.compile(ctx, "crate", append(args, "probe.rs")...)
}

func (l *ladder) link(ctx context.Context) (Step, error) {
	const name = "link"
	if !l.started {
		return Step{Name: name, Outcome: Skipped, Error: "no start code for " + l.machine.name()}, nil
	}
	linker := l.linker()
	if linker == "" {
		return Step{Name: name, Outcome: Skipped, Error: "no linker for " + l.machine.arch}, nil
	}
	// -e, because MIPS has another default entry.
	argv := []string{linker, "-e", "_start", "-static", "--gc-sections", "-o", "probe", "probe.o", "libcompiler_builtins.rlib", "libcore.rlib"}
	s, _, err := run(ctx, command{name: name, argv: argv, dir: l.dir}, l.p.compiling())
	return s, err
}

// linker returns ld.lld if it supports the machine, else the GNU linker for it, else "".
func (l *ladder) linker() string {
	if l.machine.linkedByLLD() && l.p.tools.LLD != "" {
		return l.p.tools.LLD
	}
	if l.job.GNU == "" {
		return ""
	}
	path, _ := l.p.find(l.job.GNU + "-ld")
	return path
}

// run runs the program and checks its output. The program must exit through its panic handler, with code 42.
func (l *ladder) run(ctx context.Context) (Step, error) {
	const name = "run"
	argv, reason := l.emulated()
	var host reference
	if reason == "" && !l.native {
		host = l.p.refer(ctx)
		reason = host.why
	}
	if reason != "" || host.err != nil {
		return Step{Name: name, Outcome: Skipped, Error: reason}, host.err
	}
	bounds := limits{min(runTimeout, l.p.opts.Timeout), emulatorMemory}
	if len(argv) > 1 {
		_, v, err := run(ctx, command{name: name, argv: []string{argv[0], "--version"}, dir: l.dir}, bounds)
		if err != nil {
			return Step{}, err
		}
		l.result.Emulator, _, _ = strings.Cut(v.stdout, "\n")
	}
	s, a, err := run(ctx, command{name: name, argv: argv, dir: l.dir}, bounds)
	if err != nil || neverStarted(a) {
		return s, err
	}
	if s.Outcome != OK && s.Outcome != Error {
		s.Error += lastLine(a.stdout)
		l.result.Output = a.stdout
		return s, nil
	}
	s.Outcome, s.Error = OK, ""
	if a.code != panicCode {
		s.Outcome, s.Error = Differs, fmt.Sprintf("exit status %d, expected %d from its panic handler", a.code, panicCode)
	} else if !l.native {
		if problem := compare(host.text, a.stdout); problem != "" {
			s.Outcome, s.Error = Differs, problem
		}
	}
	if s.Outcome == OK {
		l.printed = a.stdout
	} else {
		l.result.Output = a.stdout
	}
	return s, nil
}

// lastLine returns text for the end of an error that says how far a program got that hung or crashed.
func lastLine(stdout string) string {
	if stdout == "" {
		return "; it printed nothing"
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	return fmt.Sprintf("; the last line that it printed is %q", lines[len(lines)-1])
}

// neverStarted reports whether the emulator, or the shell that starts it, failed before the crate ran. The crate writes
// only to stdout, and does so first of all.
func neverStarted(a answer) bool { return a.code != panicCode && a.stdout == "" && a.stderr != "" }

// panicCode is the exit code of the crate's panic handler.
const panicCode = 42

func (l *ladder) emulated() (argv []string, reason string) {
	program := filepath.Join(l.dir, "probe")
	if l.native {
		return []string{program}, ""
	}
	if hostArch, _, _ := strings.Cut(l.p.opts.Host, "-"); hostArch == l.machine.arch && l.machine.endian == "little" {
		return []string{program}, ""
	}
	name := l.machine.emulator()
	if name == "" {
		return nil, "QEMU has no user-mode emulator for " + l.machine.arch
	}
	emulator, ok := l.p.find("qemu-"+name, "qemu-"+name+"-static")
	if !ok {
		return nil, "qemu-" + name + " is not on PATH"
	}
	return []string{emulator, program}, ""
}

// compare returns a description of the first line that differs from the host's, or "". A target without atomics prints
// another line in place of theirs.
func compare(want, got string) string {
	wanted, found := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(wanted), len(found)) {
		var w, f string
		if i < len(wanted) {
			w = wanted[i]
		}
		if i < len(found) {
			f = found[i]
		}
		if w != f && (f != "atomics: none" || !strings.HasPrefix(w, "atomics: ")) {
			return fmt.Sprintf("line %d: found %q, expected %q", i+1, f, w)
		}
	}
	return ""
}
