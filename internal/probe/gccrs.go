package probe

import (
	"context"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The programs of gccrs' ladder, each harder than the one before.
//
//go:embed gccrs/*.rs
var gccrsPrograms embed.FS

// gccrsFlags are the flags of every compilation with gccrs. Without the first one gccrs refuses to compile anything.
var gccrsFlags = []string{"-frust-incomplete-and-experimental-compiler-do-not-use", "-O2", "-c"}

// GccrsFlags returns the flags of every compilation with gccrs.
func GccrsFlags() []string { return slices.Clone(gccrsFlags) }

// gccrs runs the ladder of gccrs, from a function without core up to core itself.
func (p *prober) gccrs(ctx context.Context, job Job, dir string) (Result, error) {
	r := Result{Backend: GCCRS, Triple: job.Triple, Steps: []Step{}}
	program, ok := p.findGccrs(job)
	if !ok {
		r.Verdict, r.Error = Absent, "gccrs for "+job.Triple+" is not installed"
		return r, nil
	}
	s, a, err := run(ctx, command{name: "version", argv: []string{program, "--version"}, dir: dir}, p.compiling())
	if err != nil {
		return Result{}, err
	}
	if s.Outcome != OK {
		r.Verdict, r.Error = Absent, "gccrs does not run: "+s.Error
		return r, nil
	}
	first, _, _ := strings.Cut(a.stdout, "\n")
	r.Compiler = strings.TrimSpace(first)
	if s, a, err = run(ctx, command{name: "version", argv: []string{program, "-dumpfullversion"}, dir: dir}, p.compiling()); err != nil {
		return Result{}, err
	}
	if s.Outcome == OK {
		r.Version = strings.TrimSpace(a.stdout)
	}
	programs, err := gccrsPrograms.ReadDir("gccrs")
	if err != nil {
		return Result{}, fmt.Errorf("reading programs for gccrs: %w", err)
	}
	for _, entry := range programs {
		source := filepath.Join(dir, entry.Name())
		data, err := gccrsPrograms.ReadFile("gccrs/" + entry.Name())
		if err == nil {
			err = os.WriteFile(source, data, 0o644)
		}
		if err != nil {
			return Result{}, err
		}
		_, name, _ := strings.Cut(strings.TrimSuffix(entry.Name(), ".rs"), "-")
		if s, err = p.compileGccrs(ctx, program, name, source, dir); err != nil {
			return Result{}, err
		}
		// no_std needs a core, and core itself does not, so core is tried even if no_std failed.
		if !r.add(s) && name != "no_std" {
			return r, nil
		}
	}
	return p.gccrsCore(ctx, program, dir, r)
}

// gccrsCore runs the last step, which compiles core from the set's rust-src.
func (p *prober) gccrsCore(ctx context.Context, program, dir string, r Result) (Result, error) {
	lib := filepath.Join(p.tools.Library, "core/src/lib.rs")
	if _, err := os.Stat(lib); err != nil {
		r.add(Step{Name: "core", Outcome: Skipped, Error: "rust-src is not installed"})
		return r, nil
	}
	s, err := p.compileGccrs(ctx, program, "core", lib, dir)
	if err == nil && r.add(s) && r.Verdict == "" {
		r.Verdict = Passed
	}
	return r, err
}

func (p *prober) compileGccrs(ctx context.Context, program, name, source, dir string) (Step, error) {
	argv := slices.Concat([]string{program}, gccrsFlags, []string{"-o", name + ".o", source})
	s, _, err := run(ctx, command{name: name, argv: argv, dir: dir}, p.compiling())
	return s, err
}

// findGccrs returns the compiler for a GNU triple. A gccrs without a triple in its name generates code for the host.
func (p *prober) findGccrs(job Job) (string, bool) {
	if path, ok := p.findNumbered(job.Triple + "-gccrs"); ok {
		return path, true
	}
	host, _, _ := strings.Cut(p.opts.Host, "-")
	if machine, _, _ := strings.Cut(job.Triple, "-"); machine != host {
		return "", false
	}
	return p.findNumbered("gccrs")
}
