package cli

import (
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/manual"
)

// Command returns a command with what all commands share: --json, --quiet, and an error for options that follow an
// argument, which urfave/cli would silently treat as arguments. usage is one line of help that starts with a verb;
// arguments is their synopsis, "" for none.
func (a *App) Command(name, usage, arguments string, flags []urfave.Flag, action urfave.ActionFunc) *Command {
	flags = append(slices.Clip(flags),
		&urfave.BoolFlag{Name: "json", Usage: "print the result as JSON"},
		&urfave.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print neither notes nor progress"},
	)
	return a.Adopt(&urfave.Command{
		Name: name, Usage: usage, ArgsUsage: arguments, Flags: flags,
		OnUsageError: func(_ *urfave.Context, err error, _ bool) error {
			return &UsageError{Text: OptionText(err, flags), Hint: fmt.Sprintf("krustup %s --help", name)}
		},
		Action: func(c *urfave.Context) error {
			a.quiet, a.tree = c.Bool("quiet"), c.String("tree")
			if err := a.refuseLateFlags(c); err != nil {
				return err
			}
			if c.IsSet("kernel") && c.String("kernel") == "" { // a variable of a script that is not set
				_, err := ParseRelease("")
				return err
			}
			if err := a.refuseRepeated(c); err != nil {
				return err
			}
			return action(c)
		},
	})
}

// Command is a command that Manual.For expects.
type Command struct {
	*urfave.Command
	app *App
}

// Adopt adds --help to a command and lets Manual.For describe it. App.Command calls it.
func (a *App) Adopt(command *urfave.Command) *Command {
	command.HideHelpCommand = true
	command.Flags = append(command.Flags, urfave.HelpFlag)
	return &Command{Command: command, app: a}
}

// WithoutJSON removes --json from a command that is replaced by the program that it starts, and so has no result of its
// own. To accept and ignore the option would hide that.
func WithoutJSON(command *Command) *Command {
	command.Flags = slices.DeleteFunc(command.Flags, func(f urfave.Flag) bool { return f.Names()[0] == "json" })
	inner := command.OnUsageError
	command.OnUsageError = func(c *urfave.Context, err error, sub bool) error {
		if err.Error() == "flag provided but not defined: -json" {
			return &UsageError{
				Text: fmt.Sprintf("krustup %s has no --json: its output is that of the program that it starts", command.Name),
				Hint: "krustup env --json prints the set that it uses",
			}
		}
		return inner(c, err, sub)
	}
	return command
}

// OptionText returns the message for a wrong option. err is from package flag, whose errors have no types and name
// options with one dash.
func OptionText(err error, flags []urfave.Flag) string {
	if name, ok := strings.CutPrefix(err.Error(), "flag needs an argument: -"); ok {
		return fmt.Sprintf("option %s needs a value", dashed(name))
	}
	if names, ok := strings.CutPrefix(err.Error(), "Cannot use two forms of the same flag: "); ok {
		one, other, _ := strings.Cut(names, " ")
		return fmt.Sprintf("%s and %s are one option: write all of its values with one of the two names", dashed(one), dashed(other))
	}
	name, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !ok {
		return err.Error()
	}
	var words []string
	for _, f := range flags {
		words = append(words, f.Names()[0])
	}
	text := "unknown option " + dashed(name)
	if own := manual.ForeignOption(name, words); own != "" {
		return text + ": krustup has " + dashed(own)
	}
	if near := manual.Nearest(name, words); near != "" {
		text += ": did you mean " + dashed(near) + "?"
	}
	return text
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// InheritOptions lets users also write the options of subcommands before the subcommand's name:
// `krustup targets --tree x lacking`.
func InheritOptions(command *urfave.Command) {
	for _, sub := range command.Subcommands {
		action := sub.Action
		sub.OnUsageError = func(_ *urfave.Context, err error, _ bool) error {
			return &UsageError{Text: OptionText(err, sub.Flags), Hint: fmt.Sprintf("krustup %s %s --help", command.Name, sub.Name)}
		}
		sub.Action = func(c *urfave.Context) error {
			if err := inheritOptions(c); err != nil {
				return err
			}
			if err := refuseBetween(c); err != nil {
				return err
			}
			return action(c)
		}
	}
}

// inheritOptions sets the options that precede the name of a subcommand on the subcommand itself.
func inheritOptions(c *urfave.Context) error {
	above := c.Lineage()[1]
	for _, name := range above.LocalFlagNames() {
		takes := slices.ContainsFunc(c.Command.Flags, func(f urfave.Flag) bool { return slices.Contains(f.Names(), name) })
		if !takes {
			return &UsageError{
				Text: fmt.Sprintf("krustup %s %s has no option --%s", above.Command.Name, c.Command.Name, name),
				Hint: fmt.Sprintf("krustup %s %s --help", above.Command.Name, c.Command.Name),
			}
		}
		if slices.Contains(c.LocalFlagNames(), name) {
			continue
		}
		values := above.StringSlice(name)
		if values == nil {
			values = []string{above.String(name)} // the text of a flag of any other type
		}
		for _, value := range values {
			if err := c.Set(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuseBetween refuses an option between the two arguments of `targets diff`: the hint of refuseLateFlags would be
// wrong for it. None of its options takes a value.
func refuseBetween(c *urfave.Context) error {
	var options, words []string
	for _, arg := range c.Args().Slice() {
		if strings.HasPrefix(arg, "-") {
			options = append(options, arg)
		} else {
			words = append(words, arg)
		}
	}
	if c.Command.Name != "diff" || len(options) == 0 || slices.Contains(options, "--") {
		return nil
	}
	line := slices.Concat([]string{"krustup targets diff"}, options, words)
	return &UsageError{Text: fmt.Sprintf("option %s follows the argument %q; options come before arguments", options[0], words[0]), Hint: strings.Join(line, " ")}
}
