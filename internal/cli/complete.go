package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/completion"
	"github.com/krustup/krustup/internal/config"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
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
	answer := a.completed(program, words)
	if answer.files != "" {
		return writeText(a.Out, answer.files+"\n")
	}
	var out strings.Builder
	for _, c := range answer.words {
		out.WriteString(c.word + "\t" + c.meaning + "\n")
	}
	return writeText(a.Out, out.String())
}

type candidate struct{ word, meaning string }

// answer is either a request for file names or a list of words.
type answer struct {
	files string
	words []candidate
}

const (
	files       = ":files"
	directories = ":directories"
)

// completed returns the candidates that start with the last of words.
func (a *App) completed(program *urfave.App, words []string) answer {
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
			return answer{files: files} // what follows belongs to a program
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
		return a.valuesOf(pending, last).starting(last)
	case assigned && strings.HasPrefix(option, "--"):
		f := flagNamed(flags, option)
		if f == nil || !f.TakesValue() {
			return answer{}
		}
		return a.valuesOf(f, value).starting(value).after(option + "=")
	case strings.HasPrefix(last, "-"):
		return optionWords(flags).starting(last)
	}
	all := a.argument(program, arguments, count, last)
	if count == 0 {
		for _, c := range commands {
			if !c.Hidden {
				all.words = append(all.words, candidate{c.Name, c.Usage})
			}
		}
	}
	return all.starting(last)
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

func optionWords(flags []urfave.Flag) answer {
	var all answer
	for _, flag := range flags {
		if f, ok := flag.(urfave.DocGenerationFlag); ok {
			for _, name := range f.Names() {
				all.words = append(all.words, candidate{dashed(name), optionUsage(f)})
			}
		}
	}
	return all
}

// starting returns the candidates that start with prefix.
func (a answer) starting(prefix string) answer {
	a.words = slices.DeleteFunc(a.words, func(c candidate) bool { return !strings.HasPrefix(c.word, prefix) })
	if len(a.words) > 0 {
		a.files = ""
	}
	return a
}

// after returns the candidates with a prefix: the shell replaces the whole word.
func (a answer) after(prefix string) answer {
	for i := range a.words {
		a.words[i].word = prefix + a.words[i].word
	}
	return a
}

// valuesOf returns the values of an option. typed is what of the value is already there: of a list "clang,gcc", the
// items before the last one are kept.
func (a *App) valuesOf(f urfave.DocGenerationFlag, typed string) answer {
	m := placeholder.FindStringSubmatch(f.GetUsage())
	if m == nil {
		return answer{}
	}
	if known, ok := valueNames[m[1]]; ok {
		return known(a)
	}
	listed := listedValues(f.GetUsage())
	start := typed[:strings.LastIndexByte(typed, ',')+1]
	for i := range listed.words {
		listed.words[i].word = start + listed.words[i].word
	}
	return listed
}

// remark matches a part of a usage line in parentheses.
var remark = regexp.MustCompile(`\s*\([^)]*\)`)

// listedValues returns the values that a usage line lists behind the value's name and a colon: "`FORMAT`: sh, fish or
// json (default: sh)".
func listedValues(usage string) answer {
	_, list, ok := strings.Cut(remark.ReplaceAllString(usage, ""), "`:")
	if !ok {
		return answer{}
	}
	var all answer
	for _, word := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '…' }) {
		if word != "or" && !slices.Contains(all.words, candidate{word: word}) {
			all.words = append(all.words, candidate{word: word})
		}
	}
	return all
}

// argument returns the values of the argument at a position, according to the synopsis: "[TARGET…]", "github|gitlab".
func (a *App) argument(program *urfave.App, synopsis string, position int, typed string) answer {
	fields := strings.Fields(synopsis)
	if len(fields) == 0 || fields[0] == "--" {
		return answer{}
	}
	field := fields[min(position, len(fields)-1)]
	if position >= len(fields) && !strings.ContainsAny(field, "….") {
		return answer{}
	}
	var all answer
	for _, name := range strings.Split(strings.Trim(field, "[]….)("), "|") {
		if known, ok := valueNames[name]; ok {
			values := known(a)
			all.words, all.files = append(all.words, values.words...), max(all.files, values.files)
		} else if name == "COMMAND" {
			for _, c := range program.Commands {
				all.words = append(all.words, candidate{c.Name, c.Usage})
			}
		} else if name == strings.ToLower(name) {
			all.words = append(all.words, candidate{word: name})
		}
	}
	return all
}

// valueNames has the values of what usage lines and synopses name in capital letters, unless a usage line lists them.
var valueNames = map[string]func(*App) answer{
	"DIR":               func(*App) answer { return answer{files: directories} },
	"FILE":              func(*App) answer { return answer{files: files} },
	"KIT":               func(*App) answer { return answer{files: files} },
	"RUSTC":             func(*App) answer { return answer{files: files} },
	"TARGET":            func(*App) answer { return targetNames() },
	"SUPPLIER":          func(*App) answer { return wordList(config.Suppliers) },
	"SETTING":           func(*App) answer { return wordList(config.Keys()) },
	"COMPONENT":         func(*App) answer { return componentNames() },
	"COMPONENT=VERSION": (*App).componentVersions,
	"rust=VERSION":      func(*App) answer { return wordList([]string{"rust="}) },
	"RELEASE":           func(*App) answer { return kernelNames() },
	"SET":               (*App).setNames,
	"ENTRY":             func(*App) answer { return entryNames() },
	"TIME":              func(*App) answer { return answer{} },
	"VALUE":             func(*App) answer { return answer{} },
}

func wordList(words []string) answer {
	var all answer
	for _, word := range words {
		all.words = append(all.words, candidate{word: word})
	}
	return all
}

func targetNames() answer {
	var all answer
	for _, t := range targets.All() {
		all.words = append(all.words, candidate{t.Name, "ARCH=" + t.Arch})
	}
	return all
}

func entryNames() answer {
	ledger, err := manifests.LoadWanted()
	if err != nil {
		return answer{}
	}
	var all answer
	for _, e := range ledger.Entries {
		all.words = append(all.words, candidate{e.ID, e.Title})
	}
	return all
}

func componentNames() answer {
	var words []string
	for _, c := range toolchain.Selectable {
		words = append(words, string(c))
	}
	return wordList(words)
}

// componentVersions returns the components with = and, for those in the store, with their versions.
func (a *App) componentVersions() answer {
	all := componentNames()
	for i := range all.words {
		all.words[i].word += "="
	}
	st, err := a.Store()
	if err != nil {
		return all
	}
	objects, _ := st.Objects() // a damaged object is no candidate
	for _, o := range objects {
		c := candidate{o.Record.Component + "=" + o.Record.Version.String(), "in the store"}
		if !slices.Contains(all.words, c) {
			all.words = append(all.words, c)
		}
	}
	return all
}

// kernelNames returns the releases that krustup knows.
func kernelNames() answer {
	rows, err := manifests.Kernels()
	if err != nil {
		return answer{}
	}
	var all answer
	for _, row := range rows {
		all.words = append(all.words, candidate{row.Release.String(), "known release"})
	}
	return all
}

// setNames returns the sets in the store, with what each is for.
func (a *App) setNames() answer {
	st, err := a.Store()
	if err != nil {
		return answer{}
	}
	var all answer
	for _, home := range append([]string{st.Home()}, filepath.SplitList(os.Getenv("KRUSTUP_STORE_PATH"))...) {
		entries, _ := os.ReadDir(filepath.Join(home, "sets")) // a store without sets has no candidates
		for _, entry := range entries {
			var set struct{ Target, CC string }
			data, err := os.ReadFile(filepath.Join(home, "sets", entry.Name(), store.EnvironmentName))
			if err == nil && json.Unmarshal(data, &set) == nil {
				all.words = append(all.words, candidate{entry.Name(), set.Target + ", " + set.CC})
			}
		}
	}
	return all
}
