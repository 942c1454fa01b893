// Package doctor looks whether a host can build kernels. A Check looks for one program, header or limit; a Finding is
// what came of it, with why a build needs it and how to get it; a Distribution knows the packages that bring it.
//
// Invariant: doctor changes nothing, and a Finding is OK only when the thing was run, compiled with or measured; a
// path that merely exists is not enough.
//
// What is needed stands in Documentation/process/changes.rst; what for was read from the Makefiles of Linux 6.12 to 7.3.
package doctor

import (
	"context"
	"os"
	"slices"
	"time"
)

// Need says how bad it is when something is missing.
type Need string

// The needs.
const (
	Required Need = "required" // no kernel with Rust builds without it
	Optional Need = "optional" // some configurations or make targets need it
)

// Finding is what was found of one thing.
type Finding struct {
	Name  string `json:"name"`
	Need  Need   `json:"need"`
	Found string `json:"found,omitempty"` // path and version, or the amount; "" when it was not found
	OK    bool   `json:"ok"`
	Why   string `json:"why"`           // what a build does with it
	Fix   string `json:"fix,omitempty"` // one line, "" when it is OK

	item item // to find its package
}

// Options steer Check.
type Options struct {
	Store   string        // directory whose file system must have room; "" to leave that out
	SrcArch string        // the kernel's SRCARCH, "" for any
	Path    string        // where to look for programs, as PATH; "" for the PATH of the environment
	Timeout time.Duration // for each program that is run; 0: five seconds
	Distro  *Distribution // for Fix; nil: this machine's
}

// Check looks for everything, in an order that is always the same: programs, headers, room, limits. When ctx ends,
// what was not looked for is left out.
func Check(ctx context.Context, opts Options) []Finding {
	if opts.Path == "" {
		opts.Path = os.Getenv("PATH")
	}
	if opts.Timeout == 0 {
		opts.Timeout = 5 * time.Second
	}
	if opts.Distro == nil {
		d := ThisDistribution()
		opts.Distro = &d
	}
	var findings []Finding
	for _, look := range []func(context.Context, Options) []Finding{programs, headers, room, limits} {
		findings = append(findings, look(ctx, opts)...)
		if ctx.Err() != nil {
			break
		}
	}
	for i := range findings {
		f := &findings[i]
		if f.OK || f.Fix != "" {
			continue
		}
		if command, ok := opts.Distro.InstallCommand([]Finding{*f}); ok {
			f.Fix = command
		} else {
			f.Fix = "install " + f.Name
		}
	}
	return findings
}

// Missing gives the findings of one need that are not OK.
func Missing(findings []Finding, need Need) []Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool { return f.OK || f.Need != need })
}
