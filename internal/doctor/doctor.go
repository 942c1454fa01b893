// Package doctor checks whether a host can build kernels. Check looks for programs, headers and limits; a Finding is
// the result for one of them, with why a build needs it and how to get it; a Distribution knows the packages that
// contain it.
//
// Invariant: doctor changes nothing, and a Finding is OK only when the thing was run, compiled with or measured. That a
// path exists is not enough.
//
// The requirements are from Documentation/process/changes.rst; the reasons are from the Makefiles of Linux 6.12 to 7.3.
package doctor

import (
	"context"
	"os"
	"slices"
	"time"
)

// Need says how necessary something is.
type Need string

// The needs.
const (
	Required Need = "required" // no kernel with Rust can be built without it
	Optional Need = "optional" // some configurations or make targets need it
)

// Finding is the result of looking for one thing.
type Finding struct {
	Name  string `json:"name"`
	Need  Need   `json:"need"`
	Found string `json:"found,omitempty"` // path and version, or an amount; "" when it was not found
	OK    bool   `json:"ok"`
	Why   string `json:"why"`           // what a build uses it for
	Fix   string `json:"fix,omitempty"` // how to get it, one line; "" when it is OK

	item item // to find its package
}

// Options configure Check.
type Options struct {
	Store   string        // directory whose free space is measured; "": not measured
	SrcArch string        // the kernel's SRCARCH; "": any
	Path    string        // where to look for programs, in the form of PATH; "": PATH
	Timeout time.Duration // for each program that is run; 0: five seconds
	Distro  *Distribution // for Fix; nil: this machine's

	only []string // names of the programs and headers to look for; nil: all
}

// Check looks for everything, always in the same order: programs, headers, disk space, limits. When ctx ends, it
// returns the findings up to then.
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

// skips reports whether not to look for an item.
func (o Options) skips(i item) bool { return o.only != nil && !slices.Contains(o.only, i.name) }

// Missing returns the findings of one need that are not OK.
func Missing(findings []Finding, need Need) []Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool { return f.OK || f.Need != need })
}
