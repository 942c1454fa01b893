package kbuild

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// Trial is the result of building a kernel's Rust code with a rustc that allows nothing unstable.
type Trial struct {
	Kernel   string
	Target   string
	Rustc    string
	Wall     TrialWall
	Crates   []TrialCrate // in the order of their output files
	Log      string
	Seconds  float64
	Failure  string // why there is no result: the configuration or the build with RUSTC_BOOTSTRAP failed
	FailedBy Result
}

// TrialWall is the plain build without RUSTC_BOOTSTRAP: the errors that make -k printed, each once.
type TrialWall struct {
	Built  bool // it succeeded
	Errors []CountedError
}

// CountedError is an error and how often it was printed.
type CountedError struct {
	Message string `json:"message"`
	Times   int    `json:"times"`
}

// TrialCrate is one command of the build, run again in two ways: Stable, without its -Z flags and RUSTC_BOOTSTRAP; and
// Gates, with both but with no feature allowed, so that each use of one is an error of its own.
type TrialCrate struct {
	Made   string
	Flags  []string // the -Z flags that the command has
	Stable []Diagnostic
	Gates  []Diagnostic
}

// withoutBootstrap on make's command line keeps every rustc of the build from acting as a nightly: the kernel's
// Makefile sets RUSTC_BOOTSTRAP to 1, and only the command line overrides that. rustc since 1.84 reads -1 as "never";
// older ones read it as the name of a crate, which does not exist.
const withoutBootstrap = "RUSTC_BOOTSTRAP=-1"

// TryGates configures the kernel as Prove does, builds rust/ and samples/rust/ without RUSTC_BOOTSTRAP and then with,
// and runs each command of rustc again to find out what stable Rust refuses. A failed build is not an error but a Trial
// with its Failure; an error means that the build could not be tried.
func TryGates(ctx context.Context, e install.Environment, target targets.Target, opts ProveOptions) (Trial, error) {
	p, err := newProver(e, target, opts)
	if err != nil {
		return Trial{}, err
	}
	defer p.log.Close()
	began := time.Now()
	trial := Trial{Kernel: e.Kernel, Target: e.Target, Rustc: p.proof.Versions[string(toolchain.Rust)], Log: opts.Log}
	err = trial.run(ctx, p)
	trial.Failure, trial.FailedBy = p.proof.Error, p.proof.Result
	trial.Seconds = time.Since(began).Seconds()
	return trial, err
}

func (t *Trial) run(ctx context.Context, p *prover) error {
	if err := p.configure(ctx); err != nil || p.proof.Result != "" {
		return err
	}
	if err := t.wall(ctx, p); err != nil {
		return err
	}
	if err := p.step(ctx, "rust/ and samples/rust/ with RUSTC_BOOTSTRAP", rustGoals...); err != nil {
		return p.settle(err, TreeFailed)
	}
	rustc := ""
	for _, v := range p.env.Kbuild {
		if v.Name == "RUSTC" {
			rustc = v.Value
		}
	}
	commands, err := savedCommands(p.opts.Output, rustc)
	if err != nil {
		return err
	}
	return t.again(ctx, p, commands)
}

// wall builds without RUSTC_BOOTSTRAP as far as that gets, and collects the errors.
func (t *Trial) wall(ctx context.Context, p *prover) error {
	offset, err := p.log.Seek(0, 1)
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	goals := append([]string{"-k", withoutBootstrap}, rustGoals...)
	switch err := p.step(ctx, "rust/ and samples/rust/ without RUSTC_BOOTSTRAP", goals...).(type) {
	case nil:
		t.Wall.Built = true
		return nil
	case *stepError:
	default:
		return err
	}
	data, err := os.ReadFile(p.opts.Log)
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	t.Wall.Errors = countErrors(data[min(int(offset), len(data)):])
	return nil
}

// countErrors counts the errors of rustc in the output of make.
func countErrors(printed []byte) []CountedError {
	var list []CountedError
	for line := range bytes.Lines(printed) {
		text, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "error")
		if !ok || !strings.HasPrefix(text, ":") && !strings.HasPrefix(text, "[") || strings.HasSuffix(text, "were parsed") || strings.HasPrefix(text, ": aborting") {
			continue
		}
		message := "error" + text
		at := slices.IndexFunc(list, func(e CountedError) bool { return e.Message == message })
		if at < 0 {
			at = len(list)
			list = append(list, CountedError{Message: message})
		}
		list[at].Times++
	}
	return list
}

// again runs the commands again, several at a time.
func (t *Trial) again(ctx context.Context, p *prover, commands []SavedCommand) error {
	scratch, err := os.MkdirTemp("", "krustup-gates-")
	if err != nil {
		return fmt.Errorf("creating directory: %w", err)
	}
	defer os.RemoveAll(scratch)
	began := time.Now()
	t.Crates = make([]TrialCrate, len(commands))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, p.opts.Jobs))
	for i, command := range commands {
		group.Go(func() error {
			r := rerun{env: p.env, output: p.opts.Output, scratch: filepath.Join(scratch, fmt.Sprint(i)), command: command}
			var err error
			t.Crates[i], err = r.crate(ctx)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if p.opts.Step != nil {
		p.opts.Step(ProofStep{Name: "each command of rustc again", Seconds: time.Since(began).Seconds(), OK: true})
	}
	return nil
}

// rerun is one command of a build that is run again, with its output in a scratch directory.
type rerun struct {
	env             install.Environment
	output, scratch string
	command         SavedCommand
}

func (r rerun) crate(ctx context.Context) (TrialCrate, error) {
	c := TrialCrate{Made: r.command.Made}
	if err := os.MkdirAll(r.scratch, 0o755); err != nil {
		return c, fmt.Errorf("creating directory: %w", err)
	}
	var flags, rest []string
	for _, arg := range withoutOutputs(r.command.Args[1:]) {
		if strings.HasPrefix(arg, "-Z") {
			flags = append(flags, arg)
		} else {
			rest = append(rest, arg)
		}
	}
	c.Flags = slices.Clone(flags)
	var err error
	if c.Stable, err = r.run(ctx, "-1", rest); err != nil || c.Made == "rust/core.o" {
		return c, err // core cannot be compiled without its features, so the errors mean nothing
	}
	allowed := slices.DeleteFunc(flags, func(f string) bool { return strings.HasPrefix(f, "-Zallow-features") })
	c.Gates, err = r.run(ctx, "1", slices.Concat(rest, allowed, []string{"-Zallow-features="}))
	return c, err
}

// withoutOutputs returns rustc's arguments without those that name its output.
func withoutOutputs(args []string) []string {
	var left []string
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "--out-dir" || args[i] == "-o" || args[i] == "--emit":
			i++
		case strings.HasPrefix(args[i], "--emit=") || strings.HasPrefix(args[i], "--out-dir="):
		default:
			left = append(left, args[i])
		}
	}
	return left
}

func (r rerun) run(ctx context.Context, bootstrap string, args []string) ([]Diagnostic, error) {
	args = slices.Concat(args, []string{"--emit=metadata", "--out-dir", r.scratch, "--error-format=json"})
	cmd := exec.CommandContext(ctx, r.command.Args[0], args...)
	cmd.Dir = r.output
	cmd.Env = slices.Concat(r.env.Overlay(os.Environ()), r.command.Env, []string{"RUSTC_BOOTSTRAP=" + bootstrap, "LC_ALL=C"})
	var printed bytes.Buffer
	cmd.Stderr = &printed
	cmd.WaitDelay = 10 * time.Second
	if _, err := ended(ctx, cmd.Run()); err != nil {
		return nil, fmt.Errorf("running rustc for %s again: %w", r.command.Made, err)
	}
	return diagnostics(printed.Bytes()), nil
}
