package elf

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// PatchError reports that patchelf failed on a file.
type PatchError struct {
	File   string
	Stderr string // patchelf's standard error
	Err    error
}

// Error appends patchelf's standard error, without the spaces around it.
func (e *PatchError) Error() string {
	return fmt.Sprintf("running patchelf on %s: %v: %s", e.File, e.Err, strings.TrimSpace(e.Stderr))
}

// Unwrap returns the error of the process.
func (e *PatchError) Unwrap() error { return e.Err }

// The bounds of one patchelf process. It gets many files, because starting it through a loader takes longer than
// patching a small file, but not many bytes, because it holds whole files in memory.
const (
	batchFiles = 64
	batchBytes = 64 << 20
)

// run is one patchelf process, which writes the same text into several files.
type run struct {
	args  []string
	names []string
	bytes int64
}

// batch groups the targets that get the same text. The largest groups come first, so that none of them is started last
// while other processors are idle.
func batch(targets []target, text func(patch) []string) []run {
	open := map[string]int{}
	var runs []run
	for _, one := range targets {
		args := text(one.patch)
		if args == nil {
			continue
		}
		key := strings.Join(args, "\x00")
		at, ok := open[key]
		if !ok || len(runs[at].names) >= batchFiles || runs[at].bytes+one.size > batchBytes {
			at = len(runs)
			open[key] = at
			runs = append(runs, run{args: args})
		}
		runs[at].names = append(runs[at].names, one.name)
		runs[at].bytes += one.size
	}
	slices.SortStableFunc(runs, func(a, b run) int { return cmp.Compare(b.bytes, a.bytes) })
	return runs
}

func startAll(ctx context.Context, runs []run, opts Options) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(cmp.Or(opts.Jobs, runtime.GOMAXPROCS(0)))
	for _, run := range runs {
		g.Go(func() error { return run.start(ctx, opts.Patchelf) })
	}
	return g.Wait()
}

// start runs patchelf and waits for it. patchelf stops at the first file that it cannot patch and does not always name
// it. A failed run is therefore repeated file by file, which is safe because patching a file again changes nothing.
func (r run) start(ctx context.Context, argv []string) error {
	args := slices.Concat(argv[1:], r.args, r.names)
	cmd := exec.CommandContext(ctx, argv[0], args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "LD_") || strings.HasPrefix(kv, "PATCHELF_")
	}), "LC_ALL=C")
	cmd.WaitDelay = time.Second // after ctx ends, because a grandchild may keep the pipe open
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if len(r.names) == 1 {
		return &PatchError{File: r.names[0], Stderr: stderr.String(), Err: err}
	}
	for _, name := range r.names {
		if err := (run{args: r.args, names: []string{name}}).start(ctx, argv); err != nil {
			return err
		}
	}
	return nil
}
