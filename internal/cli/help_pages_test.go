package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	urfave "github.com/urfave/cli/v2"
	"mvdan.cc/sh/v3/shell"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/cli/build"
	"github.com/krustup/krustup/internal/cli/fleet"
	"github.com/krustup/krustup/internal/cli/sets"
	"github.com/krustup/krustup/internal/cli/survey"
	"github.com/krustup/krustup/internal/manual"
)

func program() cli.Program {
	return cli.NewProgram(sets.Group(), build.Group(), fleet.Group(), survey.Group())
}

// walk calls visit for each command, with the words that it is typed as.
func walk(name string, commands []*urfave.Command, visit func(name string, c *urfave.Command)) {
	for _, c := range commands {
		visit(name+" "+c.Name, c)
		walk(name+" "+c.Name, c.Subcommands, visit)
	}
}

// TestHelp names each part that the page of a command lacks, and where to add it.
func TestHelp(t *testing.T) {
	p := program()
	list, err := os.ReadFile("../../docs/commands.md")
	if err != nil {
		t.Fatal(err)
	}
	walk("krustup", p.Commands, func(name string, c *urfave.Command) {
		t.Run(strings.TrimPrefix(name, "krustup "), func(t *testing.T) {
			if !p.Described(c) {
				t.Fatalf("%s has no page: return cli.Manual{…}.For(a.Command(…))", name)
			}
			page := p.Page(name, c)
			checkSummary(t, page)
			checkExamples(t, page)
			for _, section := range page.Options {
				if section.Heading != string(manual.Other) {
					continue
				}
				for _, row := range section.Rows {
					t.Errorf("option %q has no kind: add it to internal/manual/options.go", row.Term)
				}
			}
			for _, flag := range c.Flags {
				if f, ok := flag.(urfave.DocGenerationFlag); ok && f.TakesValue() && strings.Count(f.GetUsage(), "`") != 2 {
					t.Errorf("--%s takes a value: name it in its usage in backquotes, as in \"read `FILE`\"", f.Names()[0])
				}
			}
			checkValues(t, c)
			checkRows(t, "Environment", page.Environment, regexp.MustCompile(`^[A-Za-z_…, =]+$`))
			checkRows(t, "Exit", page.Exit, regexp.MustCompile(`^(\d+|…)$`))
			if _, err := os.Stat(filepath.Join("../..", page.Document)); err != nil {
				t.Errorf("document: %v", err)
			}
			listed := strings.TrimPrefix(name, "krustup ")
			if listed == c.Name {
				listed = name
			}
			if !strings.Contains(strings.Join(strings.Fields(string(list)), " "), listed) {
				t.Errorf("docs/commands.md does not list %s", name)
			}
		})
	})
}

func checkSummary(t *testing.T, page manual.Page) {
	t.Helper()
	switch s := page.Summary; {
	case s == "":
		t.Error("the command has no usage line")
	case unicode.IsUpper([]rune(s)[0]) || strings.HasSuffix(s, "."):
		t.Errorf("usage %q: start with a verb in lower case, without a full stop", s)
	case len(s) > 67 || len(s) > 62 && strings.Count(page.Name, " ") == 1:
		t.Errorf("usage %q has %d letters, expected at most 62 (67 below a command), so that lists fit 80 columns", s, len(s))
	}
}

var valueName = regexp.MustCompile("`([^`]+)`")

// checkValues names the values that shells cannot complete.
func checkValues(t *testing.T, c *urfave.Command) {
	t.Helper()
	for _, flag := range c.Flags {
		f, ok := flag.(urfave.DocGenerationFlag)
		if !ok || !f.TakesValue() {
			continue
		}
		m := valueName.FindStringSubmatch(f.GetUsage())
		if m != nil && !cli.ValueNames()[m[1]] && len(cli.Listed(f.GetUsage())) < 2 {
			t.Errorf("--%s %s: list its values in its usage, as in \"`%s`: a, b or c\", or add %s to internal/cli/complete.go", f.Names()[0], m[1], m[1], m[1])
		}
	}
}

func checkRows(t *testing.T, part string, rows []manual.Row, term *regexp.Regexp) {
	t.Helper()
	for _, row := range rows {
		if !term.MatchString(row.Term) || row.Text == "" {
			t.Errorf("Manual.%s: %q, %q: expected the name, two spaces, and its meaning", part, row.Term, row.Text)
		}
	}
}

// checkExamples runs the examples of a page up to the action of the command: its words and options have to exist.
func checkExamples(t *testing.T, page manual.Page) {
	t.Helper()
	if len(page.Examples) < 2 {
		t.Errorf("the command has %d examples, expected two at least: Manual.Examples", len(page.Examples))
	}
	own := 0
	for _, example := range page.Examples {
		if len(example) > 78 {
			t.Errorf("example %q is wider than 80 columns", example)
		}
		for _, line := range commandLines(example) {
			ran, err := try(line)
			if err != nil {
				t.Errorf("example %q: %v", example, err)
			}
			if ran == page.Name || strings.HasPrefix(ran, page.Name+" ") {
				own++
			}
		}
	}
	if own == 0 {
		t.Errorf("no example of %v runs %s", page.Examples, page.Name)
	}
}

var krustupLine = regexp.MustCompile(`krustup [^)|]*`)

// commandLines returns the command lines of krustup in a text.
func commandLines(text string) [][]string {
	var lines [][]string
	for _, part := range krustupLine.FindAllString(text, -1) {
		if words, err := shell.Fields(strings.Trim(part, `"`), nil); err == nil {
			lines = append(lines, words)
		}
	}
	return lines
}

// try runs a command line with actions that do nothing, and returns the name of the command that would run.
func try(line []string) (ran string, err error) {
	p := program()
	walk("krustup", p.Commands, func(name string, c *urfave.Command) {
		c.Action = func(*urfave.Context) error {
			ran = name
			return nil
		}
	})
	err = p.RunContext(context.Background(), cli.InOrder(line))
	return ran, err
}

// What serves users of other programs exists, and no word of theirs hides a command of krustup.
func TestForeignWords(t *testing.T) {
	p := program()
	var names []string
	for _, c := range p.Commands {
		names = append(names, c.Name)
	}
	for _, word := range append(manual.ForeignWords(), "+nightly", "defconfig") {
		if slices.Contains(names, word) {
			t.Errorf("%q is a command of krustup: remove it from internal/manual/foreign.go", word)
		}
		hint := manual.ForeignCommand(word)
		for _, part := range append(regexp.MustCompile("`([^`]+)`").FindAllString(hint, -1), hint) {
			part = strings.Trim(part, "`")
			for _, line := range commandLines(part) {
				if strings.Contains(part, "`") {
					continue // a sentence, whose quoted parts were tried
				}
				if ran, err := try(line); err != nil || ran == "" {
					t.Errorf("%s: the hint %q does not run: %v", word, part, err)
				}
			}
		}
	}
	known := map[string]bool{}
	walk("krustup", p.Commands, func(_ string, c *urfave.Command) {
		for _, f := range c.Flags {
			known[f.Names()[0]] = true
		}
	})
	for own, foreign := range manual.ForeignOptions() {
		if !known[own] {
			t.Errorf("no command has --%s, which should serve for %v", own, foreign)
		}
	}
}
