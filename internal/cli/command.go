package cli

import (
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

// Command makes a urfave.Command with what all of ours have: --quiet and --json, and the refusal of options that follow
// an argument, which urfave/cli would hand on as arguments without a word.
func (a *App) Command(name, usage, arguments string, flags []urfave.Flag, action urfave.ActionFunc) *urfave.Command {
	flags = append(flags,
		&urfave.BoolFlag{Name: "json", Usage: "print the result as JSON"},
		&urfave.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "no notes and no progress"},
	)
	return &urfave.Command{
		Name: name, Usage: usage, ArgsUsage: arguments, Flags: flags, HideHelpCommand: true,
		OnUsageError: func(_ *urfave.Context, err error, _ bool) error {
			return &UsageError{Text: err.Error(), Hint: fmt.Sprintf("krustup %s --help", name)}
		},
		Action: func(c *urfave.Context) error {
			a.quiet = c.Bool("quiet")
			if err := a.refuseLateFlags(c); err != nil {
				return err
			}
			return action(c)
		},
	}
}

// InheritOptions lets the subcommands of a command take its options also where they stand before their names.
func InheritOptions(command *urfave.Command) {
	for _, sub := range command.Subcommands {
		action := sub.Action
		sub.OnUsageError = func(_ *urfave.Context, err error, _ bool) error {
			return &UsageError{Text: err.Error(), Hint: fmt.Sprintf("krustup %s %s --help", command.Name, sub.Name)}
		}
		sub.Action = func(c *urfave.Context) error {
			if err := handDown(c); err != nil {
				return err
			}
			if err := refuseBetween(c); err != nil {
				return err
			}
			return action(c)
		}
	}
}

// handDown gives a question the options that stand before its name: `krustup targets --tree x lacking`.
func handDown(c *urfave.Context) error {
	above := c.Lineage()[1]
	for _, name := range above.LocalFlagNames() {
		takes := slices.ContainsFunc(c.Command.Flags, func(f urfave.Flag) bool { return slices.Contains(f.Names(), name) })
		if !takes {
			return &UsageError{
				Text: fmt.Sprintf("krustup %s %s takes no --%s", above.Command.Name, c.Command.Name, name),
				Hint: fmt.Sprintf("krustup %s %s --help", above.Command.Name, c.Command.Name),
			}
		}
		if slices.Contains(c.LocalFlagNames(), name) {
			continue
		}
		values := above.StringSlice(name)
		if values == nil {
			values = []string{above.String(name)} // that gives the text of any other kind of flag
		}
		for _, value := range values {
			if err := c.Set(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuseBetween refuses an option between the two words of `targets diff`, which app.command would put right in the
// wrong order. All options of diff are words of their own.
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
	return &UsageError{Text: fmt.Sprintf("option %s stands after the argument %q", options[0], words[0]), Hint: strings.Join(line, " ")}
}

// NearestWord gives the word that is spelled most like name; "" when that is none of them.
func NearestWord(name string, words []string) string {
	commands := make([]*urfave.Command, len(words))
	for i, word := range words {
		commands[i] = &urfave.Command{Name: word, HideHelp: true, HideHelpCommand: true}
	}
	near := urfave.SuggestCommand(commands, strings.ToLower(name)) // it words the word
	for _, word := range words {
		if strings.Contains(near, fmt.Sprintf("%q", word)) {
			return word
		}
	}
	return ""
}
