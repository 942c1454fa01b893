// Command krustup is the toolchain manager for Rust in the Linux kernel.
//
// This package holds the words on the screen, the flags and the exit codes, one file a command; everything that a
// command does is in the packages below. Invariant: results go to stdout and nothing else does.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

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

// wordLast lets `krustup source 6.12 -o linux-6.12` and `krustup ci init github --target arm64` say first what is wanted:
// these take one plain word, so what follows it can only be options, which urfave/cli wants first.
func wordLast(args []string) []string {
	for _, command := range [][]string{{"source"}, {"ci", "init"}} {
		at := 1 + len(command)
		if len(args) > at+1 && slices.Equal(args[1:at], command) && !strings.HasPrefix(args[at], "-") {
			return slices.Concat(args[:at], args[at+1:], args[at:at+1])
		}
	}
	return args
}

func (a *app) cli() *cli.App {
	return &cli.App{
		Name:                      "krustup",
		Usage:                     "the toolchain manager for Rust in the Linux kernel",
		UsageText:                 "krustup COMMAND [OPTIONS] [ARGUMENTS]",
		Version:                   version,
		HideVersion:               true,
		HideHelpCommand:           true,
		DisableSliceFlagSeparator: true,
		Suggest:                   true,
		Writer:                    a.out,
		ErrWriter:                 a.err,
		// Exit codes are mapped once, in fail.
		ExitErrHandler:  func(*cli.Context, error) {},
		OnUsageError:    func(_ *cli.Context, err error, _ bool) error { return &usageError{text: err.Error()} },
		CommandNotFound: func(*cli.Context, string) {},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return unknownCommand(c.App, c.Args().First())
			}
			return cli.ShowAppHelp(c)
		},
		Commands: []*cli.Command{
			sourceCommand(a), resolveCommand(a), planCommand(a), installCommand(a), envCommand(a), runCommand(a), makeCommand(a),
			bisectCommand(a), moduleCommand(a), analyzerCommand(a),
			checkCommand(a), explainCommand(a), proveCommand(a), probeCommand(a), lockCommand(a), mirrorCommand(a), bundleCommand(a), listCommand(a),
			updateCommand(a), doctorCommand(a), targetsCommand(a), gatesCommand(a), reportCommand(a), wantedCommand(a), configCommand(a), versionCommand(a),
			ciCommand(a),
		},
	}
}

func unknownCommand(app *cli.App, name string) error {
	e := &usageError{text: fmt.Sprintf("unknown command %q", name), hint: "`krustup --help` lists the commands"}
	if near := cli.SuggestCommand(app.Commands, name); near != "" {
		e.hint = near
	}
	return e
}
