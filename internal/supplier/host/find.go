package host

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/toolchain"
)

// find searches all places. A tool that exists and cannot be used has a problem: nothing is left out without a word.
func (p Places) find(ctx context.Context) ([]tool, error) {
	// All kinds at once: a program that hangs takes as long as it may.
	kinds := []func() []tool{
		func() []tool {
			rust := p.rust(ctx)
			return append(rust, p.cargo(ctx, rust)...)
		},
		func() []tool {
			llvm := p.llvm(ctx)
			return append(llvm, p.bindgen(ctx, llvm)...)
		},
		func() []tool { return p.gcc(ctx) },
		func() []tool { return p.pahole(ctx) },
	}
	parts := make([][]tool, len(kinds))
	var wait sync.WaitGroup
	for i, kind := range kinds {
		wait.Go(func() { parts[i] = kind() })
	}
	wait.Wait()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("searching this machine for tools: %w", context.Cause(ctx))
	}
	all := slices.Concat(parts...)
	for i := range all {
		all[i].remember()
	}
	slices.SortStableFunc(all, func(a, b tool) int { return cmp.Compare(a.key(), b.key()) })
	return slices.CompactFunc(all, func(a, b tool) bool { return a.key() == b.key() }), nil
}

// remember records the current state of the tool's programs.
func (t *tool) remember() {
	for _, path := range t.Programs {
		found, err := toolchain.Look(path)
		if err != nil {
			t.Problem = cmp.Or(t.Problem, err.Error())
			continue
		}
		t.Files = append(t.Files, found)
	}
	slices.SortFunc(t.Files, func(a, b toolchain.Found) int { return cmp.Compare(a.Path, b.Path) })
}

// useless returns a tool of unknown version for a program that cannot be asked for it.
func useless(c toolchain.Component, path string, why error) tool {
	return tool{Component: c, Where: filepath.Dir(path), Label: path, Programs: map[string]string{}, Problem: why.Error()}
}

// uselessIn returns such tools for the files of a directory that are not programs.
func uselessIn(c toolchain.Component, dir string, list []error) []tool {
	var all []tool
	for _, err := range list {
		all = append(all, tool{Component: c, Where: dir, Label: err.Error(), Programs: map[string]string{}, Problem: err.Error()})
	}
	return all
}

// versionOf asks a program for its version. label is the first line that it prints.
func versionOf(ctx context.Context, c toolchain.Component, program string, args ...string) (label string, v version.Version, err error) {
	out, err := ask(ctx, program, nil, args...)
	if err != nil {
		return "", v, err
	}
	label = firstLine(out.stdout)
	if label == "" {
		return "", v, fmt.Errorf("%s: it prints no version", program)
	}
	if v, err = toolchain.ParseVersionText(c, out.stdout); err != nil {
		return "", v, fmt.Errorf("%s: %w", program, err)
	}
	return label, v, nil
}

// pahole finds pahole.
func (p Places) pahole(ctx context.Context) []tool {
	var all []tool
	for _, dir := range p.Path {
		list, broken := find(dir, "pahole")
		all = append(all, uselessIn(toolchain.Pahole, dir, broken)...)
		for _, f := range list {
			label, v, err := versionOf(ctx, toolchain.Pahole, f.path, "--version")
			if err != nil {
				all = append(all, useless(toolchain.Pahole, f.path, err))
				continue
			}
			all = append(all, tool{Component: toolchain.Pahole, Version: v, Where: dir, Label: label, Programs: map[string]string{"pahole": f.path}})
		}
	}
	return all
}
