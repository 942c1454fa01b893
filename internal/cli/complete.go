package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/completion"
	"github.com/krustup/krustup/internal/config"
)

// CompletionCommand is `krustup completion`.
func CompletionCommand(a *App) *urfave.Command {
	return Manual{Examples: []string{
		"krustup completion bash > ~/.local/share/bash-completion/completions/krustup",
		"krustup completion fish > ~/.config/fish/completions/krustup.fish",
		`eval "$(krustup completion zsh)"`,
	}}.For(a.Command("completion", "print the script with which a shell completes command lines", strings.Join(completion.Shells, "|"), nil, func(c *urfave.Context) error {
		expected := "expected " + orList(completion.Shells)
		if c.NArg() != 1 {
			return &UsageError{Text: fmt.Sprintf("krustup completion: %s, found %d arguments", expected, c.NArg()), Hint: "krustup completion bash"}
		}
		script, err := completion.Script(c.Args().First())
		if err != nil {
			return &UsageError{Text: fmt.Sprintf("unknown shell %q: %s", c.Args().First(), expected), Hint: "krustup completion bash"}
		}
		return writeText(a.Out, script)
	}))
}

// completeWord is the hidden command that the shells' scripts call: krustup __complete WORD…, where the words are those
// after "krustup" up to the cursor.
const completeWord = "__complete"

// complete prints the candidates for the last of words, one a line, with a tab before what each one means. A first line
// ":files" or ":directories" asks the shell to complete file names itself. It reads no configuration and no network,
// and an error prints nothing: the shell would show it in the middle of the command line.
func (a *App) complete(program *urfave.App, words []string) error {
	return writeText(a.Out, a.completed(program, words).Text())
}

// completed returns the candidates that start with the last of words.
func (a *App) completed(program *urfave.App, words []string) completion.Answer {
	if len(words) == 0 {
		words = []string{""}
	}
	last := words[len(words)-1]
	commands, flags, arguments := program.Commands, program.Flags, ""
	var command *urfave.Command
	var pending urfave.DocGenerationFlag // the option whose value comes next
	count := 0                           // of arguments before the last word
	for _, word := range words[:len(words)-1] {
		switch {
		case pending != nil:
			pending = nil
		case word == "--":
			return completion.Answer{Files: completion.Files} // what follows belongs to a program
		case strings.HasPrefix(word, "-"):
			if f := flagNamed(flags, word); f != nil && f.TakesValue() && !strings.Contains(word, "=") {
				pending = f
			}
		default:
			i := slices.IndexFunc(commands, func(c *urfave.Command) bool { return c.HasName(word) })
			if i < 0 || count > 0 {
				count++
				continue
			}
			command = commands[i]
			commands, flags, arguments = command.Subcommands, command.Flags, command.ArgsUsage
		}
	}
	option, value, assigned := strings.Cut(last, "=")
	switch {
	case pending != nil:
		return a.valuesOf(pending, last).Starting(last)
	case assigned && strings.HasPrefix(option, "--"):
		f := flagNamed(flags, option)
		if f == nil || !f.TakesValue() {
			return completion.Answer{}
		}
		return a.valuesOf(f, value).Starting(value).After(option + "=")
	case strings.HasPrefix(last, "-"):
		return optionWords(flags).Starting(last)
	}
	all := a.argument(program, arguments, count, last)
	if count == 0 {
		for _, c := range commands {
			if !c.Hidden {
				all.Words = append(all.Words, completion.Candidate{Word: c.Name, Meaning: c.Usage})
			}
		}
	}
	return all.Starting(last)
}

// flagNamed returns the flag that a word such as --tree, -o or --tree=x names, nil if there is none.
func flagNamed(flags []urfave.Flag, word string) urfave.DocGenerationFlag {
	name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
	for _, flag := range flags {
		if f, ok := flag.(urfave.DocGenerationFlag); ok && slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func optionWords(flags []urfave.Flag) completion.Answer {
	var all completion.Answer
	for _, flag := range flags {
		if f, ok := flag.(urfave.DocGenerationFlag); ok {
			for _, name := range f.Names() {
				all.Words = append(all.Words, completion.Candidate{Word: dashed(name), Meaning: optionUsage(f)})
			}
		}
	}
	return all
}

// valuesOf returns the values of an option. typed is what of the value is already there: of a list "clang,gcc", the
// items before the last one are kept.
func (a *App) valuesOf(f urfave.DocGenerationFlag, typed string) completion.Answer {
	m := placeholder.FindStringSubmatch(f.GetUsage())
	if m == nil {
		return completion.Answer{}
	}
	if known, ok := valueNames[m[1]]; ok {
		return known(a)
	}
	listed := completion.Listed(f.GetUsage())
	start := typed[:strings.LastIndexByte(typed, ',')+1]
	for i := range listed.Words {
		listed.Words[i].Word = start + listed.Words[i].Word
	}
	return listed
}

// argument returns the values of the argument at a position, according to the synopsis: "[TARGET…]", "github|gitlab".
func (a *App) argument(program *urfave.App, synopsis string, position int, typed string) completion.Answer {
	fields := strings.Fields(synopsis)
	if len(fields) == 0 || fields[0] == "--" {
		return completion.Answer{}
	}
	field := fields[min(position, len(fields)-1)]
	if position >= len(fields) && !strings.ContainsAny(field, "….") {
		return completion.Answer{}
	}
	var all completion.Answer
	for _, name := range strings.Split(strings.Trim(field, "[]….)("), "|") {
		if known, ok := valueNames[name]; ok {
			values := known(a)
			all.Words, all.Files = append(all.Words, values.Words...), max(all.Files, values.Files)
		} else if name == "COMMAND" {
			for _, c := range program.Commands {
				all.Words = append(all.Words, completion.Candidate{Word: c.Name, Meaning: c.Usage})
			}
		} else if name == strings.ToLower(name) {
			all.Words = append(all.Words, completion.Candidate{Word: name})
		}
	}
	return all
}

// valueNames has the values of what usage lines and synopses name in capital letters, unless a usage line lists them.
var valueNames = map[string]func(*App) completion.Answer{
	"DIR":               func(*App) completion.Answer { return completion.Answer{Files: completion.Directories} },
	"FILE":              func(*App) completion.Answer { return completion.Answer{Files: completion.Files} },
	"KIT":               func(*App) completion.Answer { return completion.Answer{Files: completion.Files} },
	"RUSTC":             func(*App) completion.Answer { return completion.Answer{Files: completion.Files} },
	"TARGET":            func(*App) completion.Answer { return completion.Targets() },
	"SUPPLIER":          func(*App) completion.Answer { return completion.Words(config.Suppliers) },
	"SETTING":           func(*App) completion.Answer { return completion.Words(config.Keys()) },
	"COMPONENT":         func(*App) completion.Answer { return completion.Components() },
	"COMPONENT=VERSION": (*App).componentVersions,
	"rust=VERSION":      func(*App) completion.Answer { return completion.Words([]string{"rust="}) },
	"RELEASE":           func(*App) completion.Answer { return completion.Kernels() },
	"SET":               (*App).setNames,
	"ENTRY":             func(*App) completion.Answer { return completion.Entries() },
	"TIME":              func(*App) completion.Answer { return completion.Answer{} },
	"VALUE":             func(*App) completion.Answer { return completion.Answer{} },
}

// componentVersions returns the components with = and, for those in the store, with their versions.
func (a *App) componentVersions() completion.Answer {
	st, err := a.Store()
	if err != nil {
		return completion.Versions(nil) // the command itself reports it
	}
	objects, _ := st.Objects() // a damaged object is no candidate
	return completion.Versions(objects)
}

// setNames returns the sets in the store and its base stores, with what each is for.
func (a *App) setNames() completion.Answer {
	st, err := a.Store()
	if err != nil {
		return completion.Answer{}
	}
	return completion.Sets(append([]string{st.Home()}, filepath.SplitList(os.Getenv("KRUSTUP_STORE_PATH"))...))
}
