// Command krustup is the toolchain manager for Rust in the Linux kernel.
//
// This package holds the words on the screen, the flags and the exit codes, one file a command; everything that a
// command does is in the packages below. Invariant: results go to stdout and nothing else does.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/krustup/krustup/internal/trust"
)

// version is set by the linker (Makefile).
var version = "unknown"

func main() {
	os.Exit(run(os.Args, nil))
}

// run is main without the exit. keyrings replace the embedded keys, by supplier; only the tests pass any.
func run(args []string, keyrings map[string]*trust.Keyring) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	args = updateAlone(wordLast(args))
	a := &app{args: args, keyrings: keyrings, out: os.Stdout, err: os.Stderr}
	err := a.cli().RunContext(ctx, args)
	if err == nil {
		return exitDone
	}
	return a.fail(ctx, err)
}
