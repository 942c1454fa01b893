package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/manual"
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
	if err := a.run(ctx, a.program(groups)); err != nil {
		return a.fail(ctx, err)
	}
	return failure.Done
}

// run runs the command line, or one of the commands that no person types, which are no part of the help.
func (a *App) run(ctx context.Context, program *urfave.App) error {
	switch words := a.args[1:]; {
	case len(words) > 0 && words[0] == completeWord:
		return a.complete(program, words[1:])
	case len(words) == 3 && words[0] == manualWord:
		return a.writeManual(program, words[1], words[2])
	}
	return program.RunContext(ctx, a.args)
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
		Flags: []urfave.Flag{
			urfave.HelpFlag,
			&urfave.BoolFlag{Name: "version", Aliases: []string{"V"}, Usage: "print the version"}, // arguments.go makes it a command
		},
		Writer:    a.Out,
		ErrWriter: a.Err,
		// urfave/cli must not exit by itself: fail returns the exit code.
		ExitErrHandler:  func(*urfave.Context, error) {},
		CommandNotFound: func(*urfave.Context, string) {},
		Action: func(c *urfave.Context) error {
			if c.NArg() > 0 {
				return unknownCommand(c.Args().First(), c.App.Commands)
			}
			return writeText(a.Out, a.programText(c.App))
		},
	}
	program.OnUsageError = func(_ *urfave.Context, err error, _ bool) error {
		return &UsageError{Text: OptionText(err, program.Flags), Hint: "krustup help"}
	}
	for _, group := range groups {
		for _, construct := range group.Commands {
			command := construct(a)
			command.Category = group.Heading
			program.Commands = append(program.Commands, command)
		}
	}
	if slices.Contains(a.args, "--help") || slices.Contains(a.args, "-h") {
		program.CustomAppHelpTemplate = verbatim(a.programText(program))
		a.pages(program.Name, program.Commands)
	}
	return program
}

// NeedCommand returns the error for a command that only has subcommands, when none of them was named.
func NeedCommand(c *urfave.Context) error {
	above := strings.TrimPrefix(c.Command.HelpName, "krustup ")
	if c.NArg() > 0 {
		return unknownCommand(above+" "+c.Args().First(), c.Command.Subcommands)
	}
	var names []string
	for _, command := range c.Command.Subcommands {
		names = append(names, command.Name)
	}
	return &UsageError{Text: fmt.Sprintf("%s needs a command: %s", c.Command.HelpName, orList(names)), Hint: "krustup help " + above}
}

// unknownCommand returns the error for a command that is not among commands. name is typed after "krustup", and its
// last word is the unknown one.
func unknownCommand(name string, commands []*urfave.Command) error {
	above, word := "", name
	if i := strings.LastIndexByte(name, ' '); i >= 0 {
		above, word = name[:i+1], name[i+1:]
	}
	var names []string
	for _, command := range commands {
		names = append(names, command.Names()...)
	}
	e := &UsageError{Text: fmt.Sprintf("unknown command %q", name), Hint: "`krustup help` lists the commands"}
	if above != "" {
		e.Text += ": expected " + orList(names)
		e.Hint = "krustup help " + strings.TrimSuffix(above, " ")
	} else if hint := manual.ForeignCommand(word); hint != "" {
		e.Hint = hint
		return e
	}
	if near := manual.Nearest(word, names); near != "" {
		e.Hint = fmt.Sprintf("did you mean `krustup %s%s`?", above, near)
	}
	return e
}

// orList returns "a, b or c".
func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
