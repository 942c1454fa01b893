package syntax

import (
	"fmt"
	"strings"
)

// maxNested bounds how deep `source` may nest. Kernels stay below ten.
const maxNested = 64

// Options are the inputs of Parse in addition to the text.
type Options struct {
	// Variables are the values of $(NAME), in expressions and in the names of sourced files.
	Variables map[string]string
	// AllVariables states that Variables has all variables of the environment, so that others expand to nothing.
	AllVariables bool
	// Shell returns the output of the command of a $(shell,…). ok is false if it is unknown. It is nil if all are.
	Shell func(command string) (output string, ok bool)
	// Source returns the content of a file that a `source` names. If it is nil, `source` is ignored.
	Source func(name string) ([]byte, error)
}

// ParseFile parses a Kconfig file without the files that it sources. An error is the first one and names the file and
// the line. The File is never nil: it then holds what could be parsed, with unknown expressions for what could not.
func ParseFile(name string, data []byte) (*File, error) { return Parse(name, data, Options{}) }

// Parse parses a Kconfig file and, if opts has a Source, the files that it sources. Errors are as for ParseFile.
func Parse(name string, data []byte, opts Options) (*File, error) {
	r := &reader{opts: opts, file: &File{}}
	r.macros = &macros{opts: &r.opts, names: map[string]*macro{}, at: func() Position { return r.at }}
	r.read(name, data)
	return r.file, r.err
}

// block is a block around entries: `if`, `menu` or `choice`.
type block struct {
	kind    string
	depends []Clause
	visible []Clause
	choice  *Choice
}

// reader parses files line by line. Attributes belong to what was opened last: to entry, to the top block if inBlock is
// set, or to neither (a comment), and then they are dropped. The first error is kept.
type reader struct {
	opts    Options
	macros  *macros
	file    *File
	at      Position
	nested  []string // the files being read, outermost first
	blocks  []*block
	entry   *Entry
	inBlock bool
	err     error
}

func (r *reader) fail(err error) {
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("%s: %w", r.at, err)
	}
}

// read parses one file. Blocks that it opens must end in it.
func (r *reader) read(name string, data []byte) {
	outer, open := r.at, len(r.blocks)
	r.nested = append(r.nested, name)
	r.file.Files++
	statements(data, func(l line) {
		r.at = Position{name, l.number}
		if l.op != "" {
			r.close()
			r.macros.assign(l.word, l.op, l.rest)
			return
		}
		r.line(l.word, l.rest)
	})
	r.close()
	if len(r.blocks) > open {
		kind := r.blocks[len(r.blocks)-1].kind
		r.at = Position{File: name}
		r.fail(fmt.Errorf("%s without a matching end%s", kind, kind))
		r.blocks = r.blocks[:open]
	}
	r.nested = r.nested[:len(r.nested)-1]
	r.at = outer
}

// line parses one statement. A statement that has no effect on values is ignored.
func (r *reader) line(word, rest string) {
	switch word {
	case "config", "menuconfig":
		r.open(&Entry{Symbol: r.name(rest), Where: r.at})
	case "if", "menu", "choice":
		r.begin(word, rest)
	case "endif", "endmenu", "endchoice":
		r.end(word)
	case "source":
		r.close()
		if r.opts.Source != nil {
			r.source(rest)
		}
	case "comment", "mainmenu":
		r.close()
	default:
		r.attribute(word, rest)
	}
}

// name returns the name that a statement has in the place of a symbol.
func (r *reader) name(text string) string {
	if text == "" {
		return ""
	}
	if o, _, what := operandAt(text, r.macros); what == "" && o.Kind == Word {
		return o.Text
	}
	return text
}

// open starts an entry. It can copy the lines of the blocks around it, because they all precede the entries in a block.
func (r *reader) open(e *Entry) {
	r.close()
	for _, b := range r.blocks {
		e.Depends = append(e.Depends, b.depends...)
		e.Visible = append(e.Visible, b.visible...)
		if b.choice != nil {
			e.Choice = b.choice
		}
	}
	r.entry = e
}

func (r *reader) begin(kind, rest string) {
	r.close()
	b := &block{kind: kind}
	switch kind {
	case "if":
		b.depends = []Clause{{Where: r.at, Words: "if", Expr: r.expr(rest)}}
	case "choice":
		b.choice = &Choice{Where: r.at}
		for _, outer := range r.blocks {
			b.choice.Depends = append(b.choice.Depends, outer.depends...)
			b.choice.Visible = append(b.choice.Visible, outer.visible...)
		}
	}
	r.blocks = append(r.blocks, b)
	r.inBlock = kind != "if"
}

func (r *reader) end(word string) {
	r.close()
	kind := strings.TrimPrefix(word, "end")
	last := len(r.blocks) - 1
	if last < 0 || r.blocks[last].kind != kind {
		r.fail(fmt.Errorf("%s without a matching %s", word, kind))
		return
	}
	r.blocks = r.blocks[:last]
}

// close appends the open entry to the file.
func (r *reader) close() {
	if r.entry != nil {
		r.file.Entries = append(r.file.Entries, r.entry)
	}
	r.entry, r.inBlock = nil, false
}

// source parses the file that a `source` names, inside the blocks around the statement.
func (r *reader) source(rest string) {
	operand, length, what := operandAt(rest+" ", r.macros)
	if what != "" || length != len(rest) || operand.Kind == Macro {
		r.fail(fmt.Errorf("source %s: expected a quoted file name without macros other than known variables", rest))
		return
	}
	name := operand.Text
	if len(r.nested) > maxNested {
		r.fail(fmt.Errorf("source %q: files are nested more than %d deep: %s", name, maxNested, strings.Join(r.nested[maxNested-3:], ", ")))
		return
	}
	data, err := r.opts.Source(name)
	if err != nil {
		r.fail(err)
		return
	}
	r.read(name, data)
}
