package cli

import (
	"context"
	"fmt"
	"io"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/trust"
)

// Options are the settings of one run.
type Options struct {
	Version  string                    // of krustup
	Keyrings map[string]*trust.Keyring // replace the embedded keys, by supplier; only tests use them
	Out, Err io.Writer
}

// Group is the commands under one heading of `krustup --help`.
type Group struct {
	Heading  string
	Commands []func(*App) *urfave.Command // one constructor for each command, in the order of the help
}

// Run runs the command line args, whose first word is the program's name, and returns the exit code. It returns soon
// after ctx is cancelled.
func Run(ctx context.Context, args []string, opts Options, groups ...Group) int {
	a := newApp(args, opts)
	if err := a.program(groups).RunContext(ctx, a.args); err != nil {
		return a.fail(ctx, err)
	}
	return ExitDone
}

func (a *App) program(groups []Group) *urfave.App {
	program := &urfave.App{
		Name:                      "krustup",
		Usage:                     "the toolchain manager for Rust in the Linux kernel",
		UsageText:                 "krustup COMMAND [OPTIONS] [ARGUMENTS]",
		Version:                   a.Version,
		HideVersion:               true,
		HideHelpCommand:           true,
		DisableSliceFlagSeparator: true,
		Suggest:                   true,
		Writer:                    a.Out,
		ErrWriter:                 a.Err,
		// urfave/cli must not exit by itself: fail returns the exit code.
		ExitErrHandler:  func(*urfave.Context, error) {},
		OnUsageError:    func(_ *urfave.Context, err error, _ bool) error { return &UsageError{Text: OptionText(err, nil)} },
		CommandNotFound: func(*urfave.Context, string) {},
		Action: func(c *urfave.Context) error {
			if c.NArg() > 0 {
				return unknownCommand(c.App, c.Args().First())
			}
			return urfave.ShowAppHelp(c)
		},
	}
	for _, group := range groups {
		for _, construct := range group.Commands {
			command := construct(a)
			command.Category = group.Heading
			program.Commands = append(program.Commands, command)
		}
	}
	program.CustomAppHelpTemplate = programPage(program)
	return program
}

func unknownCommand(app *urfave.App, name string) error {
	e := &UsageError{Text: fmt.Sprintf("unknown command %q", name), Hint: "`krustup --help` lists the commands"}
	var names []string
	for _, command := range app.Commands {
		names = append(names, command.Name)
	}
	if near := NearestWord(name, names); near != "" {
		e.Hint = fmt.Sprintf("did you mean %q?", near)
	}
	return e
}
