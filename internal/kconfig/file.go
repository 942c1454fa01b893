package kconfig

import (
	"fmt"
	"strings"
)

// File is one Kconfig file. The files that it sources are not read with it.
type File struct {
	Name    string // as it stands in a Position: relative to the tree's root
	Entries []Entry
}

// Entry is one `config` or `menuconfig` block. A symbol may have several.
type Entry struct {
	Symbol   string
	Line     int
	Type     string   // "bool", "tristate", "string", "int", "hex", or "" when another entry of the symbol gives it
	Prompt   *Clause  // nil when people cannot set it; Expr is the condition or nil
	Depends  []Clause // all must hold: its own, and those of the `if`, `menu` and `choice` blocks around it
	Visible  []Clause // all must hold for the prompt to be shown: `visible if` of the menus around it
	Selects  []Select
	Defaults []Clause // the first whose condition holds counts; def_bool and def_tristate are here, too
}

// Clause is one line with an expression.
type Clause struct {
	Line  int
	Words string // what stands before the expression: "depends on", "if", "default", "prompt if"
	Expr  Expr
	If    Expr // from `… if condition`, nil when there is none
}

// Select is one `select` or `imply` line.
type Select struct {
	Line   int
	Symbol string
	If     Expr // nil when there is none
	Imply  bool
}

// block is what stands around entries: `if`, `menu`, `choice`.
type block struct {
	kind    string
	depends []Clause
	visible []Clause
}

// reader goes through a file line by line. Attributes belong to what was opened last: entry, or the block on top when
// inBlock, or neither (a comment), whose attributes are dropped.
type reader struct {
	file    *File
	blocks  []*block
	entry   *Entry
	inBlock bool
}

// ParseFile reads a Kconfig file. An error names the file and the line.
func ParseFile(name string, data []byte) (*File, error) {
	r := &reader{file: &File{Name: name}}
	lines := strings.Split(string(data), "\n")
	for i := 0; i < len(lines); i++ {
		number, line := i+1, lines[i]
		for strings.HasSuffix(line, `\`) && i+1 < len(lines) {
			i++
			line = line[:len(line)-1] + lines[i]
		}
		line = strings.TrimSpace(withoutComment(line))
		if line == "help" || line == "---help---" {
			i = skipHelp(lines, i+1) - 1
			continue
		}
		if err := r.line(number, line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, number, err)
		}
	}
	r.close()
	if len(r.blocks) > 0 {
		return nil, fmt.Errorf("%s: %s without its end%s", name, r.blocks[len(r.blocks)-1].kind, r.blocks[len(r.blocks)-1].kind)
	}
	return r.file, nil
}

// withoutComment cuts a line at the first # that is not in a string or a macro.
func withoutComment(line string) string {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '#':
			return line[:i]
		case '"', '\'':
			_, n, what := quotedAt(line[i:])
			if what != "" {
				return line // the expression parser will say so; an apostrophe in a macro line is nobody's business
			}
			i += n - 1
		case '$':
			n := macroLength(line[i:])
			if n == 0 {
				return line
			}
			i += n - 1
		}
	}
	return line
}

// skipHelp gives the index of the first line after a help text: the first with text that is indented less than the
// help's first line (HELP in scripts/kconfig/lexer.l).
func skipHelp(lines []string, from int) int {
	first := 0
	for i := from; i < len(lines); i++ {
		text := strings.TrimLeft(lines[i], " \t")
		if strings.TrimSpace(text) == "" {
			continue
		}
		indent := 0
		for _, c := range lines[i][:len(lines[i])-len(text)] {
			if c == '\t' {
				indent = indent&^7 + 8
			} else {
				indent++
			}
		}
		if indent == 0 || indent < first {
			return i
		}
		if first == 0 {
			first = indent
		}
	}
	return len(lines)
}

// line reads one logical line. What has no bearing on values (source, range, modules, macros) is passed over.
func (r *reader) line(number int, line string) error {
	word, rest := line, ""
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		word, rest = line[:i], strings.TrimSpace(line[i+1:])
	}
	switch word {
	case "config", "menuconfig":
		r.close()
		r.entry = &Entry{Symbol: rest, Line: number}
		for _, b := range r.blocks {
			// A menu's or choice's own lines all stand before the entries in it.
			r.entry.Depends = append(r.entry.Depends, b.depends...)
			r.entry.Visible = append(r.entry.Visible, b.visible...)
		}
		return nil
	case "if", "menu", "choice":
		return r.open(number, word, rest)
	case "endif", "endmenu", "endchoice":
		return r.end(word)
	case "comment", "source", "mainmenu":
		r.close()
		return nil
	}
	return r.attribute(number, word, rest)
}

func (r *reader) open(number int, kind, rest string) error {
	r.close()
	b := &block{kind: kind}
	if kind == "if" {
		e, err := ParseExpr(rest)
		if err != nil {
			return err
		}
		b.depends = []Clause{{Line: number, Words: "if", Expr: e}}
	}
	r.blocks = append(r.blocks, b)
	r.inBlock = kind != "if"
	return nil
}

func (r *reader) end(word string) error {
	r.close()
	kind := strings.TrimPrefix(word, "end")
	last := len(r.blocks) - 1
	if last < 0 || r.blocks[last].kind != kind {
		return fmt.Errorf("%s without its %s", word, kind)
	}
	r.blocks = r.blocks[:last]
	return nil
}

// close puts the entry under way into the file.
func (r *reader) close() {
	if r.entry != nil {
		r.file.Entries = append(r.file.Entries, *r.entry)
	}
	r.entry, r.inBlock = nil, false
}

// attribute reads a line inside an entry, a menu or a choice.
func (r *reader) attribute(number int, word, rest string) error {
	switch {
	case word == "depends":
		rest, _ = strings.CutPrefix(rest, "on")
		return r.depends(number, rest)
	case word == "visible" && r.inBlock:
		rest, _ = strings.CutPrefix(rest, "if")
		e, err := ParseExpr(rest)
		if err != nil {
			return err
		}
		top := r.blocks[len(r.blocks)-1]
		top.visible = append(top.visible, Clause{Line: number, Words: "visible if", Expr: e})
		return nil
	}
	if r.entry == nil {
		return nil
	}
	switch word {
	case "bool", "tristate", "string", "int", "hex":
		r.entry.Type = word
		return r.prompt(number, rest)
	case "prompt":
		return r.prompt(number, rest)
	case "select", "imply":
		return r.selects(number, word, rest)
	case "def_bool", "def_tristate":
		r.entry.Type = strings.TrimPrefix(word, "def_")
		return r.defaults(number, word, rest)
	case "default":
		return r.defaults(number, word, rest)
	}
	return nil
}

func (r *reader) depends(number int, rest string) error {
	e, condition, err := parseWithIf(rest)
	if err != nil {
		return err
	}
	c := Clause{Line: number, Words: "depends on", Expr: e, If: condition}
	switch {
	case r.entry != nil:
		r.entry.Depends = append(r.entry.Depends, c)
	case r.inBlock:
		top := r.blocks[len(r.blocks)-1]
		top.depends = append(top.depends, c)
	}
	return nil
}

func (r *reader) prompt(number int, rest string) error {
	if rest == "" {
		return nil
	}
	_, condition, err := parseWithIf(rest)
	if err != nil {
		return err
	}
	r.entry.Prompt = &Clause{Line: number, Words: "prompt if", Expr: condition}
	return nil
}

func (r *reader) selects(number int, word, rest string) error {
	e, condition, err := parseWithIf(rest)
	if err != nil {
		return err
	}
	symbol, ok := e.(Operand)
	if !ok || symbol.Kind == Quoted {
		return fmt.Errorf("%s %s: expected a symbol", word, rest)
	}
	r.entry.Selects = append(r.entry.Selects, Select{Line: number, Symbol: symbol.Text, If: condition, Imply: word == "imply"})
	return nil
}

func (r *reader) defaults(number int, word, rest string) error {
	e, condition, err := parseWithIf(rest)
	if err != nil {
		return err
	}
	r.entry.Defaults = append(r.entry.Defaults, Clause{Line: number, Words: word, Expr: e, If: condition})
	return nil
}
