// Command krustup is the toolchain manager for Rust in the Linux kernel. See internal/cli for what its commands share.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/krustup/krustup/internal/trust"
	urfave "github.com/urfave/cli/v2"
)

// version is set by the linker (Makefile).
var version = "unknown"

func main() {
	os.Exit(run(os.Args, nil))
}

// run is main without the exit. keyrings replace the embedded keys, by supplier; only tests pass any.
func run(args []string, keyrings map[string]*trust.Keyring) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return Run(ctx, args, Options{Version: version, Keyrings: keyrings, Out: os.Stdout, Err: os.Stderr}, groups())
}

// groups are the commands under the headings of `krustup --help`.
func groups() []Group {
	return []Group{
		{"choose and install", []func(*app) *urfave.Command{sourceCommand, resolveCommand, planCommand, installCommand, listCommand, updateCommand, configCommand, doctorCommand, versionCommand}},
		{"build", []func(*app) *urfave.Command{envCommand, runCommand, makeCommand, checkCommand, explainCommand, proveCommand, moduleCommand, analyzerCommand, bisectCommand}},
		{"many machines", []func(*app) *urfave.Command{lockCommand, mirrorCommand, bundleCommand, ciCommand}},
		{"survey", []func(*app) *urfave.Command{targetsCommand, gatesCommand, wantedCommand, probeCommand, reportCommand}},
	}
}
