package cli

import (
	"io"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/completion"
	"github.com/krustup/krustup/internal/manual"
)

// Program is what the tests see of a program: its commands and their pages.
type Program struct {
	*urfave.App
	app *App
}

// NewProgram returns the program of these groups. It writes nothing.
func NewProgram(groups ...Group) Program {
	a := newApp([]string{"krustup", "--help"}, Options{Out: io.Discard, Err: io.Discard})
	return Program{a.program(groups), a}
}

// Described reports whether Manual.For was called for a command.
func (p Program) Described(c *urfave.Command) bool {
	_, ok := p.app.manuals[c]
	return ok
}

// Page returns the page of a command.
func (p Program) Page(name string, c *urfave.Command) manual.Page { return p.app.page(name, c) }

// InOrder is inOrder.
var InOrder = inOrder

// ValueNames are the names of values that completion knows.
func ValueNames() map[string]bool {
	names := map[string]bool{}
	for name := range valueNames {
		names[name] = true
	}
	return names
}

// Listed returns the values that a usage line lists.
func Listed(usage string) []string {
	var words []string
	for _, c := range completion.Listed(usage).Words {
		words = append(words, c.Word)
	}
	return words
}
