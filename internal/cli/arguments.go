package cli

import (
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

// inOrder returns the command line in the order that urfave/cli needs: options before arguments.
func inOrder(args []string) []string { return updateAlone(wordLast(args)) }

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

// AllComponents is the value of `lock --update` when none follows it.
const AllComponents = "all"

// updateAlone lets `krustup lock --update` and `krustup lock --update rust` both be said: urfave/cli knows no option
// whose value may be left out.
func updateAlone(args []string) []string {
	if len(args) < 3 || args[1] != "lock" {
		return args
	}
	args = slices.Clone(args)
	for i, arg := range args {
		if (arg == "--update" || arg == "-update") && (i == len(args)-1 || strings.HasPrefix(args[i+1], "-")) {
			args[i] += "=" + AllComponents
		}
	}
	return args
}

// refuseLateFlags refuses `krustup run rustc -vV`: the option after the argument would be krustup's own or the
// program's, and nobody can tell.
func (a *App) refuseLateFlags(c *urfave.Context) error {
	first := len(a.args) - c.NArg()
	if first >= 1 && a.args[first-1] == "--" {
		return nil
	}
	for i, arg := range c.Args().Slice() {
		if arg == "--" {
			return nil
		}
		if len(arg) < 2 || arg[0] != '-' {
			continue
		}
		words := slices.Concat([]string{"krustup"}, a.args[1:first], a.args[first+i:], a.args[first:first+i])
		corrected := strings.Join(words, " ")
		if slices.Contains([]string{"run", "make", "module"}, c.Command.Name) {
			corrected = strings.Join(a.args[1:first], " ")
			corrected = "krustup " + corrected + " -- " + strings.Join(a.args[first:], " ")
		}
		return &UsageError{Text: fmt.Sprintf("option %s stands after the argument %q", arg, a.args[first]), Hint: corrected}
	}
	return nil
}

// NoArguments refuses what a command does not take.
func NoArguments(c *urfave.Context) error {
	if c.NArg() > 0 {
		// HelpName has the words before it too: krustup ci key.
		return &UsageError{Text: fmt.Sprintf("%s takes no argument, found %q", c.Command.HelpName, c.Args().First()), Hint: c.Command.HelpName + " --help"}
	}
	return nil
}
