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

// PatchError says that patchelf refused a file.
type PatchError struct {
	File   string
	Stderr string
	Err    error
}

func (e *PatchError) Error() string {
	return fmt.Sprintf("patchelf on %s: %v: %s", e.File, e.Err, strings.TrimSpace(e.Stderr))
}

func (e *PatchError) Unwrap() error { return e.Err }

// A patchelf process holds a whole file in memory, and starting one through a loader costs more than patching a small
// file: so many files, but not many bytes, to each.
const (
	batchFiles = 64
	batchBytes = 64 << 20
)

// run is one patchelf process: the same text for several files.
type run struct {
	args  []string
	names []string
	bytes int64
}

// batch groups the targets that get the same text, the largest groups first so that no processor waits for one of
// those at the end.
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

// start runs patchelf to its end. It stops at the first file that it cannot patch and does not always say which, so a
// failed run is repeated file by file: patching again what is patched changes nothing.
func (r run) start(ctx context.Context, argv []string) error {
	args := slices.Concat(argv[1:], r.args, r.names)
	cmd := exec.CommandContext(ctx, argv[0], args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "LD_") || strings.HasPrefix(kv, "PATCHELF_")
	}), "LC_ALL=C")
	cmd.WaitDelay = time.Second // after ctx has ended: a grandchild may keep the pipe open
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
