package cli

import (
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

// Command returns a command with what all commands share: --json, --quiet, and an error for options that follow an
// argument, which urfave/cli would silently treat as arguments. usage is one line of help that starts with a verb;
// arguments is their synopsis, "" for none.
func (a *App) Command(name, usage, arguments string, flags []urfave.Flag, action urfave.ActionFunc) *urfave.Command {
	flags = append(flags,
		&urfave.BoolFlag{Name: "json", Usage: "print the result as JSON"},
		&urfave.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print neither notes nor progress"},
	)
	return &urfave.Command{
		Name: name, Usage: usage, ArgsUsage: arguments, Flags: flags, HideHelpCommand: true, CustomHelpTemplate: helpPage(flags),
		OnUsageError: func(_ *urfave.Context, err error, _ bool) error {
			return &UsageError{Text: OptionText(err, flags), Hint: fmt.Sprintf("krustup %s --help", name)}
		},
		Action: func(c *urfave.Context) error {
			a.quiet, a.tree = c.Bool("quiet"), c.String("tree")
			if err := a.refuseLateFlags(c); err != nil {
				return err
			}
			return action(c)
		},
	}
}

// OptionText returns the message for a wrong option. err is from package flag, whose errors have no types and name
// options with one dash.
func OptionText(err error, flags []urfave.Flag) string {
	if name, ok := strings.CutPrefix(err.Error(), "flag needs an argument: -"); ok {
		return fmt.Sprintf("option %s needs a value", dashed(name))
	}
	name, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !ok {
		return err.Error()
	}
	text := "unknown option " + dashed(name)
	var words []string
	for _, f := range flags {
		words = append(words, f.Names()[0])
	}
	if near := NearestWord(name, words); near != "" {
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

// NearestWord returns the word whose spelling is nearest to name, "" if none is near. The library always finds one: for
// list it suggests diff, among lacking, show and diff. So the first letter has to agree.
func NearestWord(name string, words []string) string {
	commands := make([]*urfave.Command, len(words))
	for i, word := range words {
		commands[i] = &urfave.Command{Name: word, HideHelp: true, HideHelpCommand: true}
	}
	near := urfave.SuggestCommand(commands, strings.ToLower(name)) // a sentence that quotes the word
	for _, word := range words {
		if strings.Contains(near, fmt.Sprintf("%q", word)) && strings.HasPrefix(strings.ToLower(name), word[:1]) {
			return word
		}
	}
	return ""
}
