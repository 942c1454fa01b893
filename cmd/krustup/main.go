// Command krustup is the toolchain manager for Rust in the Linux kernel. Package internal/cli describes how its commands are
// built.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/cli/build"
	"github.com/krustup/krustup/internal/cli/fleet"
	"github.com/krustup/krustup/internal/cli/sets"
	"github.com/krustup/krustup/internal/cli/survey"
	"github.com/krustup/krustup/internal/trust"
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
	context.AfterFunc(ctx, stop) // the first signal asks krustup to stop; the second one ends it, whatever it is stuck in
	return cli.Run(ctx, args, cli.Options{Version: version, Keyrings: keyrings, Out: os.Stdout, Err: os.Stderr},
		sets.Group(), build.Group(), fleet.Group(), survey.Group())
}
