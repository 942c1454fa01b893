package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/manual"
	"github.com/krustup/krustup/internal/term"
)

// Manual is what a command's page has beside its summary and its options, which manual.KindOf sorts. TestHelp names
// what is missing.
type Manual struct {
	Examples    []string // command lines, two at least
	Environment string   // lines "NAME  meaning": variables that only this command reads
	Exit        string   // lines "CODE  meaning": where a code means something special; a line without a code comes first
	Document    string   // the document to read on, "": the README
}

// For gives a command its manual and returns the command.
func (m Manual) For(command *Command) *urfave.Command {
	if m.Document == "" {
		m.Document = "README.md"
	}
	command.app.manuals[command.Command] = m
	return command.Command
}

// generalExit is what the exit codes of every command mean.
var generalExit = []manual.Row{
	{Term: strconv.Itoa(failure.Done), Text: "done"},
	{Term: strconv.Itoa(failure.Failed), Text: "any other failure, such as a build that failed"},
	{Term: strconv.Itoa(failure.Usage), Text: "wrong command line, configuration or input"},
	{Term: strconv.Itoa(failure.NoSet), Text: "no set satisfies the requirements, or the kernel has no Rust for the target"},
	{Term: strconv.Itoa(failure.Unverified), Text: "verification failed, or the lock does not match the request"},
	{Term: strconv.Itoa(failure.Unreachable), Text: "a server is unreachable, or a file is missing offline"},
	{Term: strconv.Itoa(failure.Host), Text: "the host lacks something that the command needs"},
	{Term: "130", Text: "interrupted"},
}

// exitRows returns generalExit with the lines of a manual, which replace the general meaning of their codes.
func exitRows(special string) []manual.Row {
	var first []manual.Row
	all := slices.Clone(generalExit)
	for line := range strings.Lines(special) {
		line = strings.TrimSuffix(line, "\n")
		code, text, ok := strings.Cut(line, "  ")
		if !ok {
			first = append(first, manual.Row{Term: "…", Text: line})
			continue
		}
		row := manual.Row{Term: code, Text: strings.TrimSpace(text)}
		if i := slices.IndexFunc(all, func(r manual.Row) bool { return r.Term == code }); i >= 0 {
			all[i] = row
		} else {
			all = append(all, row)
		}
	}
	slices.SortStableFunc(all, func(a, b manual.Row) int {
		x, _ := strconv.Atoi(a.Term) // TestHelp refuses a code that is not a number
		y, _ := strconv.Atoi(b.Term)
		return x - y
	})
	return append(first, all...)
}

// page returns the page of the command that is typed as name.
func (a *App) page(name string, c *urfave.Command) manual.Page {
	m := a.manuals[c]
	p := manual.Page{
		Name: name, Summary: c.Usage, Synopsis: []string{strings.TrimSuffix(name+" [OPTIONS] "+c.ArgsUsage, " ")},
		Examples: m.Examples, Options: optionSections(c.Flags), Exit: exitRows(m.Exit), Document: m.Document,
	}
	if rows := commandRows(c.Subcommands); rows != nil {
		p.Synopsis[0] = name + " [OPTIONS] [COMMAND]"
		p.Commands = []manual.Section{{Heading: "Commands", Rows: rows}}
	}
	for line := range strings.Lines(m.Environment) {
		variable, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		p.Environment = append(p.Environment, manual.Row{Term: variable, Text: strings.TrimSpace(text)})
	}
	var names []string
	for _, flag := range c.Flags {
		names = append(names, flag.Names()[0])
	}
	p.Environment = append(p.Environment, manual.Environment(names)...)
	return p
}

func commandRows(commands []*urfave.Command) []manual.Row {
	var rows []manual.Row
	for _, c := range commands {
		if !c.Hidden {
			rows = append(rows, manual.Row{Term: c.Name, Text: c.Usage})
		}
	}
	return rows
}

// programPage returns the page of the program: the commands under the headings of their groups, in the order of the
// groups, which urfave/cli would sort.
func programPage(program *urfave.App) manual.Page {
	p := manual.Page{
		Name: program.Name, Summary: program.Usage, Synopsis: []string{program.UsageText}, Options: optionSections(program.Flags),
		Environment: manual.Environment([]string{"target", "supplier"}), Exit: generalExit, Document: "README.md",
	}
	for _, c := range program.Commands {
		if last := len(p.Commands) - 1; last < 0 || p.Commands[last].Heading != c.Category {
			p.Commands = append(p.Commands, manual.Section{Heading: c.Category})
		}
		last := &p.Commands[len(p.Commands)-1]
		last.Rows = append(last.Rows, commandRows([]*urfave.Command{c})...)
	}
	return p
}

// optionSections returns the options of a command by kind, in the order of the command.
func optionSections(flags []urfave.Flag) []manual.Section {
	byKind := map[manual.Kind][]manual.Row{}
	for _, flag := range flags {
		if f, ok := flag.(urfave.DocGenerationFlag); ok {
			kind := manual.KindOf(f.Names()[0])
			byKind[kind] = append(byKind[kind], manual.Row{Term: optionNames(f), Text: optionUsage(f)})
		}
	}
	var sections []manual.Section
	for _, kind := range manual.Kinds {
		if rows := byKind[kind]; rows != nil {
			sections = append(sections, manual.Section{Heading: string(kind), Rows: rows})
		}
	}
	return sections
}

// placeholder matches the name of an option's value in its usage.
var placeholder = regexp.MustCompile("`([^`]+)`")

// optionNames returns an option's names with the name of its value: "-o FILE, --output FILE".
func optionNames(f urfave.DocGenerationFlag) string {
	value := ""
	if f.TakesValue() {
		value = " VALUE"
		if m := placeholder.FindStringSubmatch(f.GetUsage()); m != nil {
			value = " " + m[1]
		}
	}
	names := f.Names()
	text := "--" + names[0]
	for _, name := range names[1:] {
		text = "-" + name + ", " + text
	}
	return text + value
}

// optionUsage returns an option's usage with its default, and whether it may be given several times.
func optionUsage(f urfave.DocGenerationFlag) string {
	usage := strings.ReplaceAll(f.GetUsage(), "`", "")
	var remarks []string
	if text := f.GetDefaultText(); text != "" && f.TakesValue() {
		remarks = append(remarks, "default: "+text)
	}
	if _, slice := f.(*urfave.StringSliceFlag); slice && !strings.Contains(usage, "repeat") {
		remarks = append(remarks, "repeatable")
	}
	if len(remarks) == 0 {
		return usage
	}
	remark := strings.Join(remarks, "; ")
	if start, ok := strings.CutSuffix(usage, ")"); ok {
		return start + "; " + remark + ")"
	}
	return usage + " (" + remark + ")"
}

// maxHelpWidth keeps lines readable on a wide terminal.
const maxHelpWidth = 100

// helpText returns a page as it is printed to a.Out.
func (a *App) helpText(p manual.Page) string { return p.Text(min(term.Width(a.Out), maxHelpWidth)) }

// programText returns the page of the program as it is printed: short, because `krustup` alone prints it.
func (a *App) programText(program *urfave.App) string {
	p := programPage(program)
	p.Environment, p.Exit, p.Document = nil, nil, ""
	return a.helpText(p) + "\n`krustup help COMMAND` describes a command, its options and its exit codes.\n"
}

// pages writes the pages of commands and of all commands below them into the templates that urfave/cli prints for
// --help.
func (a *App) pages(name string, commands []*urfave.Command) {
	for _, c := range commands {
		full := name + " " + c.Name
		c.CustomHelpTemplate = verbatim(a.helpText(a.page(full, c)))
		a.pages(full, c.Subcommands)
	}
}

// verbatim returns a template that prints text.
func verbatim(text string) string { return strings.ReplaceAll(text, "{{", `{{"{{"}}`) }

// HelpCommand is `krustup help`.
func HelpCommand(a *App) *urfave.Command {
	return Manual{Examples: []string{"krustup help", "krustup help ci init"}}.For(
		a.Command("help", "describe the commands, or one command", "[COMMAND…]", nil, func(c *urfave.Context) error {
			if c.NArg() == 0 {
				return writeText(a.Out, a.programText(c.App))
			}
			name, commands := c.App.Name, c.App.Commands
			var found *urfave.Command
			for _, word := range c.Args().Slice() {
				i := slices.IndexFunc(commands, func(c *urfave.Command) bool { return c.HasName(word) })
				if i < 0 {
					return unknownCommand(strings.TrimPrefix(name+" "+word, c.App.Name+" "), commands)
				}
				found, commands, name = commands[i], commands[i].Subcommands, name+" "+commands[i].Name
			}
			return writeText(a.Out, a.helpText(a.page(name, found)))
		}),
	)
}

func writeText(w io.Writer, text string) error {
	_, err := fmt.Fprint(w, text)
	return err
}

// manualWord is the hidden command that `make install` calls: krustup __manual DIR DATE.
const manualWord = "__manual"

// writeManual writes the manual pages of the program and of all commands into a directory. date, YYYY-MM-DD, is that of
// the source, so that the same source has the same pages.
func (a *App) writeManual(program *urfave.App, dir, date string) error {
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return &UsageError{Text: fmt.Sprintf("%s DIR DATE: %q is no date, expected YYYY-MM-DD", manualWord, date)}
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	write := func(p manual.Page) error {
		return os.WriteFile(filepath.Join(dir, p.FileName()), []byte(p.Roff(a.Version, date)), 0o666)
	}
	var below func(name string, commands []*urfave.Command) error
	below = func(name string, commands []*urfave.Command) error {
		for _, c := range commands {
			full := name + " " + c.Name
			if err := write(a.page(full, c)); err != nil {
				return err
			}
			if err := below(full, c.Subcommands); err != nil {
				return err
			}
		}
		return nil
	}
	if err := write(programPage(program)); err != nil {
		return err
	}
	return below(program.Name, program.Commands)
}
