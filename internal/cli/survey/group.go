// Package survey holds the commands that report what Linux, its targets and the Rust compilers support: the matrix of
// targets and backends, the unstable Rust that a kernel uses (its gates), the ledger of what Linux needs of Rust, and
// probes of compilers.
//
// Answers come from the manifests, from a kernel tree, and with probe and --probe from a compiler. toolchain/survey
// computes them; the commands choose the kernel and print.
//
// Invariant: no command here installs anything. Only probe writes to the store, its records (docs/probe.md); gates try
// leaves a log there.
package survey

import (
	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// Group returns the commands in the order of the help.
func Group() cli.Group {
	return cli.Group{Heading: "Ask what is supported", Commands: []func(*cli.App) *urfave.Command{
		targetsCommand, gatesCommand, wantedCommand, probeCommand, reportCommand,
	}}
}
