package kbuild

import (
	"bytes"
	"cmp"
	"context"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/gnumake"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// ProofSchema is the version of a proof's format (docs/proof.md).
const ProofSchema = 1

// Result is how a proof ended.
type Result string

// The results of a proof, as its JSON has them.
const (
	Passed     Result = "passed"
	NoRust     Result = "no-rust"          // CONFIG_RUST could not be turned on: the set or the configuration does not fit
	SetUnfit   Result = "set-does-not-fit" // the kernel's own check or its build of core and bindings refused the tools
	TreeFailed Result = "tree-does-not-compile"
)

// Proof is the record that a set built, or did not build, the Rust code of one kernel for one target.
type Proof struct {
	Schema   int                 `json:"schema"`
	Kernel   string              `json:"kernel"`
	Target   string              `json:"target"`
	Host     toolchain.Host      `json:"host"`
	CC       toolchain.Compiler  `json:"cc"`
	Backend  targets.Backend     `json:"backend,omitempty"` // rustc's code generator; "" is LLVM
	Versions map[string]string   `json:"versions"`          // component to version
	Objects  []install.Installed `json:"objects"`
	Config   []string            `json:"config"` // lines added to allnoconfig
	Steps    []ProofStep         `json:"steps"`
	Result   Result              `json:"result"`
	Error    string              `json:"error,omitempty"`    // the first error line of the step that failed
	Products []string            `json:"products,omitempty"` // relative to the build directory
	Log      string              `json:"log"`
	Seconds  float64             `json:"seconds"`
}

// ProofStep is one run of make, or the second run of all rustc commands of TryGates.
type ProofStep struct {
	Name    string   `json:"name"`
	Seconds float64  `json:"seconds"`
	OK      bool     `json:"ok"`
	Made    []string `json:"made,omitempty"`   // files made with the Rust tools, relative to the build directory
	Unmade  string   `json:"unmade,omitempty"` // the file that make could not make
	Said    []string `json:"said,omitempty"`   // of a failed step: the log around its first error
}

// ProveOptions are the options of Prove and TryGates.
type ProveOptions struct {
	Tree   string
	Output string   // build directory, created when missing; it must be outside of the tree
	Log    string   // file for the output of make
	Also   []string // some of AlsoTargets
	Jobs   int
	Step   func(ProofStep) // called with each step when it ends; may be nil
}

// AlsoTargets are the further checks of `prove --also`. All but clippy are make targets.
var AlsoTargets = []string{"clippy", "rustfmtcheck", "rustdoc", "rusttest", "rust-analyzer"}

// alsoGoals returns make's arguments for a check. Clippy is a way to build
// (Documentation/rust/general-information.rst).
func alsoGoals(check string) []string {
	if check == "clippy" {
		return append([]string{"CLIPPY=1"}, rustGoals...)
	}
	return []string{check}
}

// rustGoals build rust/ and samples/rust/.
var rustGoals = []string{"prepare", "samples/rust/"}

// rustLines turn on Rust and its smallest sample. They are added in a second pass: set before HAVE_RUST holds, Kconfig
// drops CONFIG_RUST silently.
var rustLines = []string{
	"CONFIG_RUST=y", "CONFIG_SAMPLES=y", "CONFIG_SAMPLES_RUST=y", "CONFIG_SAMPLE_RUST_MINIMAL=y",
	"CONFIG_PRINTK=y",
}

// backendLines are the configuration that rustc's other backends need: https://rust-for-linux.com/rustc_codegen_gcc.
var backendLines = map[targets.Backend][]string{
	targets.GCC: {"# CONFIG_MITIGATION_RETPOLINE is not set", "# CONFIG_RETPOLINE is not set"},
}

// Prove configures the kernel in a directory of its own, builds rust/ and samples/rust/ with the set, and returns the
// record of it. A failed build is not an error but a Proof with its Result; an error, such as a *DirtyTreeError, means
// that the build could not be tried.
func Prove(ctx context.Context, e install.Environment, target targets.Target, opts ProveOptions) (Proof, error) {
	p, err := newProver(e, target, opts)
	if err != nil {
		return Proof{}, err
	}
	defer p.log.Close()
	began := time.Now()
	err = p.run(ctx)
	p.proof.Seconds = time.Since(began).Seconds()
	return p.proof, err
}

// newProver creates the build directory and the log of a proof. The caller closes the log.
func newProver(e install.Environment, target targets.Target, opts ProveOptions) (*prover, error) {
	if err := errors.Join(CheckTree(opts.Tree), CheckOutput("build directory", opts.Output)); err != nil {
		return nil, err
	}
	if err := cleanTree(opts.Tree, target); err != nil {
		return nil, err
	}
	if rel, err := filepath.Rel(opts.Tree, opts.Output); err != nil || filepath.IsLocal(rel) {
		return nil, fmt.Errorf("building in %s: it is in the tree, which must not be changed", opts.Output)
	}
	if err := os.MkdirAll(opts.Output, 0o755); err != nil {
		return nil, fmt.Errorf("creating build directory: %w", err)
	}
	log, err := os.Create(opts.Log)
	if err != nil {
		return nil, fmt.Errorf("creating log: %w", err)
	}
	p := &prover{env: e, target: target, opts: opts, log: log}
	p.proof = Proof{
		Schema: ProofSchema, Kernel: e.Kernel, Target: e.Target, Host: e.Host, CC: e.CC, Backend: e.Backend, Objects: e.Objects,
		Versions: e.Versions(), Log: opts.Log, Config: slices.Concat(target.Config, backendLines[e.Backend], rustLines),
	}
	return p, nil
}

// cleanTree returns a *DirtyTreeError for a tree that was built in: Kbuild refuses it too, but later and less clearly.
// The tests are those of outputmakefile in the tree's Makefile: one -f and two -d.
func cleanTree(tree string, target targets.Target) error {
	for _, trace := range []struct {
		name string
		dir  bool
	}{{".config", false}, {"include/config", true}, {"arch/" + target.SrcArch + "/include/generated", true}} {
		info, err := os.Stat(filepath.Join(tree, trace.name))
		if err == nil && (trace.dir && info.IsDir() || !trace.dir && info.Mode().IsRegular()) {
			return &DirtyTreeError{Tree: tree, Trace: trace.name, Arch: target.Arch}
		}
	}
	return nil
}

// DirtyTreeError reports a tree that was built in: Kbuild refuses to build such a tree in another directory.
type DirtyTreeError struct {
	Tree, Trace string
	Arch        string // ARCH of the build, which mrproper needs to remove the generated headers
}

// Error names the trace of the earlier build, which `make mrproper` removes.
func (e *DirtyTreeError) Error() string {
	return fmt.Sprintf("%s: the tree was built in (it has %s), so Kbuild refuses another build directory", e.Tree, e.Trace)
}

// prover holds one proof under way.
type prover struct {
	env    install.Environment
	target targets.Target
	opts   ProveOptions
	log    *os.File
	proof  Proof
}

// configure writes a configuration with Rust, and checks the tools and that Rust is on.
func (p *prover) configure(ctx context.Context) error {
	steps := []func() error{
		func() error { return p.step(ctx, "configure", "allnoconfig") },
		func() error { return p.amend(slices.Concat(p.target.Config, backendLines[p.env.Backend])) },
		func() error { return p.step(ctx, "configure for "+p.target.Name, "olddefconfig") },
		func() error { return p.amend(rustLines) },
		func() error { return p.step(ctx, "configure Rust", "olddefconfig") },
	}
	for _, f := range steps {
		if err := f(); err != nil {
			return p.settle(err, TreeFailed)
		}
	}
	if err := p.step(ctx, "rustavailable", "rustavailable"); err != nil {
		return p.settle(err, SetUnfit)
	}
	if err := p.rustIsOn(ctx); err != nil {
		return p.settle(err, NoRust)
	}
	return nil
}

func (p *prover) run(ctx context.Context) error {
	if err := p.configure(ctx); err != nil || p.proof.Result != "" {
		return err
	}
	if err := p.step(ctx, "rust/ and samples/rust/", rustGoals...); err != nil {
		return p.settle(err, TreeFailed)
	}
	const product = "samples/rust/rust_minimal.o"
	if info, err := os.Stat(filepath.Join(p.opts.Output, product)); err != nil || info.Size() == 0 {
		return p.settle(&stepError{step: "samples/rust/", first: product + " was not made"}, TreeFailed)
	}
	p.proof.Products = append(p.proof.Products, product)
	if err := p.madeByBackend("rust/core.o"); err != nil {
		return p.settle(err, SetUnfit)
	}
	for _, also := range p.opts.Also {
		if err := p.step(ctx, also, alsoGoals(also)...); err != nil {
			return p.settle(err, TreeFailed)
		}
	}
	p.proof.Result = Passed
	return nil
}

// madeByBackend checks that the requested backend made an object: libgccjit marks its objects, and a KRUSTFLAGS of the
// user's own would silently bring LLVM back.
func (p *prover) madeByBackend(product string) error {
	if p.env.Backend != targets.GCC {
		return nil
	}
	path := filepath.Join(p.opts.Output, product)
	f, err := elf.Open(path)
	if err != nil {
		return &stepError{step: product, first: fmt.Sprintf("%s cannot be read: %v", product, err)}
	}
	defer f.Close()
	comment := f.Section(".comment")
	if comment == nil {
		return &stepError{step: product, first: product + " has no .comment section, which would name its compiler"}
	}
	if text, err := comment.Data(); err != nil || !bytes.Contains(text, []byte("libgccjit")) {
		return &stepError{step: product, first: fmt.Sprintf("%s was not made by libgccjit: its .comment section is %q", product, bytes.Trim(text, "\x00"))}
	}
	return nil
}

// stepError is a failed step, with its first error.
type stepError struct{ step, first string }

func (e *stepError) Error() string { return e.step + ": " + e.first }

// settle records how the proof ended. It returns only errors that are not the build's own.
func (p *prover) settle(err error, result Result) error {
	var failed *stepError
	if !errors.As(err, &failed) {
		return err
	}
	p.proof.Result, p.proof.Error = result, failed.first
	if result == TreeFailed && toolsAtFault(failed.first) {
		p.proof.Result = SetUnfit
	}
	return nil
}

// toolsAtFault reports whether an error comes from the tools and not from the tree: the compiler does not know a flag
// or target, or the failing code is rustc's own core or bindgen's output.
func toolsAtFault(line string) bool {
	for _, sign := range []string{
		"unknown unstable option", "unknown codegen option", "unknown feature", "custom targets are unstable",
		"error loading target specification", "invalid type: string", "is incompatible with the ABI", "library/core/",
		"bindings_generated.rs", "bindings_helpers_generated.rs", "uapi_generated.rs", "rustc_cfg", "can't find crate for",
		"error while loading shared libraries", "version `GLIBC", "panicked at 'bindgen", "Unable to find libclang",
	} {
		if strings.Contains(line, sign) {
			return true
		}
	}
	return false
}

// step runs make once, with its output in the log. When make fails it returns a *stepError with the first error line.
func (p *prover) step(ctx context.Context, name string, goals ...string) error {
	began := time.Now()
	cmd := makeCommand(ctx, p.env, p.opts.Tree, p.opts.Output, append(p.jobs(), goals...)...)
	cmd.Stdout, cmd.Stderr = p.log, p.log
	fmt.Fprintf(p.log, "$ %s\n", strings.Join(cmd.Args, " "))
	offset, err := p.log.Seek(0, io.SeekCurrent)
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	ok, err := ended(ctx, cmd.Run())
	if err != nil {
		return err
	}
	lines := stepLog(p.opts.Log, offset)
	done := ProofStep{Name: name, Seconds: time.Since(began).Seconds(), OK: ok, Made: rustProducts(lines, p.opts.Output)}
	if !ok {
		done.Unmade, done.Said = unmade(lines), aroundError(lines)
	}
	p.proof.Steps = append(p.proof.Steps, done)
	if p.opts.Step != nil {
		p.opts.Step(done)
	}
	if !ok {
		return &stepError{step: name, first: firstError(p.opts.Log, lines)}
	}
	return nil
}

// jobs returns make's option -j, none if a make that runs krustup has decided how many jobs run.
func (p *prover) jobs() []string {
	if gnumake.Parse(nil, os.Environ()).JobsGiven {
		return nil
	}
	return []string{fmt.Sprintf("-j%d", cmp.Or(max(p.opts.Jobs, 0), runtime.NumCPU()))}
}

// amend adds lines to the configuration; the next olddefconfig resolves their dependencies.
func (p *prover) amend(lines []string) error {
	f, err := os.OpenFile(filepath.Join(p.opts.Output, ".config"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	_, err = f.WriteString(strings.Join(lines, "\n") + "\n")
	return errors.Join(err, f.Close())
}

// rustIsOn returns a *stepError with the unmet dependencies when Kconfig dropped CONFIG_RUST.
func (p *prover) rustIsOn(ctx context.Context) error {
	config, err := ReadConfig(ctx, filepath.Join(p.opts.Output, ".config"))
	if err != nil {
		return err
	}
	if config.Value("RUST") == "y" {
		return nil
	}
	x, err := ExplainRust(p.opts.Tree, p.target, config, Tools{})
	if err != nil {
		return err
	}
	texts := make([]string, len(x.Causes))
	for i, c := range x.Causes {
		texts[i] = c.String()
	}
	return &stepError{step: "configure Rust", first: "CONFIG_RUST was dropped: " + strings.Join(texts, "; ")}
}

// ProofName returns the name of the proof and the log of a set for a kernel: 7.2.12-arm64-clang-0123456789ab. The
// digest at its end distinguishes sets that were requested differently.
func ProofName(e install.Environment) string {
	return fmt.Sprintf("%s-%s-%s-%s", e.Kernel, e.Target, e.CC, e.Key.Short())
}

// Save writes the proof to a file as JSON (docs/proof.md).
func (p Proof) Save(path string) error {
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding proof: %w", err)
	}
	return disk.ReplaceFile(path, append(data, '\n'))
}
