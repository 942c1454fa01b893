// Command krustup is the toolchain manager for Rust in the Linux kernel. Package internal/cli documents the structure
// of its commands.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

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

// run runs the command line args and returns the exit code. keyrings replace the embedded keys, by supplier; only
// tests use them.
func run(args []string, keyrings map[string]*trust.Keyring) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal asks krustup to stop, and a second one ends it at once. timeout(1) and some terminals send one
	// signal twice, to the process and to its group: that counts as one.
	context.AfterFunc(ctx, func() {
		time.Sleep(100 * time.Millisecond)
		stop()
	})
	return cli.Run(ctx, args, cli.Options{Version: version, Keyrings: keyrings, Out: os.Stdout, Err: os.Stderr},
		sets.Group(), build.Group(), fleet.Group(), survey.Group())
}
