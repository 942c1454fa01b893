package main

import (
	"fmt"

	"github.com/urfave/cli/v2"
)

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
