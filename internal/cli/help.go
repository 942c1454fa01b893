package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/term"
)

// helpHead is the template of a command's help page up to its options.
const helpHead = `NAME:
   {{.HelpName}} - {{.Usage}}

USAGE:
   {{.HelpName}} [OPTIONS]{{if .VisibleCommands}} [COMMAND]{{end}}{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}{{if .Description}}

{{.Description}}{{end}}{{if .VisibleCommands}}

COMMANDS:{{template "visibleCommandTemplate" .}}{{end}}

OPTIONS:
`

// programPage returns the page of `krustup --help`: the commands under the headings of their groups, in the order of
// the groups, which urfave/cli would sort.
func programPage(program *urfave.App) string {
	var page strings.Builder
	fmt.Fprintf(&page, "%s: %s\n\nUsage: %s\n", program.Name, program.Usage, program.UsageText)
	widest := 0
	for _, c := range program.Commands {
		widest = max(widest, len(c.Name))
	}
	heading := ""
	for _, c := range program.Commands {
		if c.Category != heading {
			heading = c.Category
			fmt.Fprintf(&page, "\n%s:\n", heading)
		}
		fmt.Fprintf(&page, "  %-*s  %s\n", widest, c.Name, c.Usage)
	}
	page.WriteString("\n`krustup COMMAND --help` describes a command, its options and its exit codes.\n")
	return page.String()
}

// Manual is the part of a command's help page between the synopsis and the options.
type Manual struct {
	Examples []string // command lines
	Exit     string   // lines: the meaning of exit codes that is specific to the command; "": none is
	Document string   // the document to read on, "": the README
}

// For adds the manual to a command and returns the command. A command that App.Command did not make gets the same page.
func (m Manual) For(command *urfave.Command) *urfave.Command {
	if command.CustomHelpTemplate == "" {
		command.CustomHelpTemplate = helpPage(command.Flags)
	}
	if m.Document == "" {
		m.Document = "README.md"
	}
	sections := []string{"EXAMPLES:\n   " + strings.Join(m.Examples, "\n   ")}
	if m.Exit != "" {
		sections = append(sections, "EXIT CODES:\n   "+strings.ReplaceAll(m.Exit, "\n", "\n   "))
	}
	sections = append(sections, "READ ON:\n   "+m.Document)
	command.Description = strings.Join(sections, "\n\n")
	return command
}

// helpPage returns the template of a command's help page. The page of urfave/cli is wider than 80 columns: it repeats
// each option that may be given several times, and prints the default of every option without a value.
func helpPage(flags []urfave.Flag) string {
	var rows [][]string
	for _, flag := range slices.Concat(flags, []urfave.Flag{urfave.HelpFlag}) {
		if f, ok := flag.(urfave.DocGenerationFlag); ok {
			rows = append(rows, []string{"  " + optionNames(f), optionUsage(f)})
		}
	}
	var page strings.Builder
	page.WriteString(helpHead)
	_ = term.Table(&page, nil, rows) // writing to a Builder cannot fail
	return page.String()
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
