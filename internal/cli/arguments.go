package cli

import (
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

// inOrder returns the command line in the order that urfave/cli requires: options before arguments.
func inOrder(args []string) []string { return updateAlone(wordLast(versionWord(args))) }

// versionWord makes the command of `krustup --version` and `krustup -V`.
func versionWord(args []string) []string {
	if len(args) > 1 && (args[1] == "--version" || args[1] == "-V") {
		return slices.Concat(args[:1], []string{"version"}, args[2:])
	}
	return args
}

// wordLast moves the argument of `krustup source 6.12 -o linux-6.12` and `krustup ci init github --target arm64`
// behind the options. These commands take exactly one word, so everything after it must be options.
func wordLast(args []string) []string {
	for _, command := range [][]string{{"source"}, {"ci", "init"}} {
		at := 1 + len(command)
		if len(args) > at+1 && slices.Equal(args[1:at], command) && !strings.HasPrefix(args[at], "-") {
			return slices.Concat(args[:at], args[at+1:], args[at:at+1])
		}
	}
	return args
}

// AllComponents is the value of `lock --update` when the command line gives none: every component of the lock.
const AllComponents = "all"

// updateAlone adds the value AllComponents to a `--update` of krustup lock that has none: urfave/cli does not support
// options with an optional value.
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

// refuseLateFlags refuses command lines such as `krustup run rustc -vV`, where an option after the argument could be
// meant for krustup or for the program.
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
		return &UsageError{Text: fmt.Sprintf("option %s follows the argument %q; options come before arguments", arg, a.args[first]), Hint: corrected}
	}
	return nil
}

// refuseRepeated refuses an option with one value that is given twice: urfave/cli would use the last value and drop the
// others without a word.
func (a *App) refuseRepeated(c *urfave.Context) error {
	var flags []urfave.Flag
	for _, above := range c.Lineage() {
		if above.Command != nil {
			flags = append(flags, above.Command.Flags...)
		}
	}
	words := a.args[1 : len(a.args)-c.NArg()]
	values := map[string]string{}
	for i := 0; i < len(words); i++ {
		name, value, joined := strings.Cut(strings.TrimLeft(words[i], "-"), "=")
		at := slices.IndexFunc(flags, func(f urfave.Flag) bool { return slices.Contains(f.Names(), name) })
		if !strings.HasPrefix(words[i], "-") || at < 0 {
			continue
		}
		f, ok := flags[at].(urfave.DocGenerationFlag)
		if !ok || !f.TakesValue() {
			continue
		}
		if i++; joined {
			i--
		} else if i < len(words) {
			value = words[i]
		}
		if _, slice := flags[at].(*urfave.StringSliceFlag); slice {
			continue
		}
		if earlier, twice := values[f.Names()[0]]; twice {
			return repeated(c, f.Names()[0], earlier, value)
		}
		values[f.Names()[0]] = value
	}
	return nil
}

// repeated returns the error for an option that takes one value and was given two.
func repeated(c *urfave.Context, name, first, second string) error {
	command := c.Command.HelpName
	e := &UsageError{
		Text: fmt.Sprintf("--%s is given twice, as %q and %q: `%s` takes one", name, first, second, command),
		Hint: fmt.Sprintf("use one of them, or run %s once for each", command),
	}
	if name == "target" {
		e.Hint = fmt.Sprintf("run it once for each target: for t in %s %s; do %s --target $t …; done", first, second, command)
	}
	return e
}

// NoArguments returns a *UsageError if the command line has arguments.
func NoArguments(c *urfave.Context) error {
	if c.NArg() > 0 {
		// HelpName includes the words before the command: krustup ci key.
		return &UsageError{Text: fmt.Sprintf("%s takes no arguments, found %q", c.Command.HelpName, c.Args().First()), Hint: c.Command.HelpName + " --help"}
	}
	return nil
}
