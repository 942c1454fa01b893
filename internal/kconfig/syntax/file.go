package syntax

import "fmt"

// Position is a file of the tree and a line in it, counted from 1. Line 0 means the file as a whole.
type Position struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
}

// String returns "file:line", or only the file if Line is 0.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// File holds the entries of one Kconfig file, and of the files that it sources.
type File struct {
	Entries []*Entry
	Files   int    // number of files read
	Modules string // the symbol that turns on modules, "" if none does
}

// Entry is one `config` or `menuconfig` block. A symbol may have several.
type Entry struct {
	Symbol       string
	Where        Position
	Type         string   // "bool", "tristate", "string", "int", "hex", or "" if only another entry of the symbol states it
	Prompt       *Clause  // nil if a user cannot set it; Expr is the condition or nil
	Depends      []Clause // all must hold: its own, and those of the `if`, `menu` and `choice` blocks around it
	Visible      []Clause // all must hold for the prompt to be shown: `visible if` of the menus around it
	Selects      []Select // includes `imply`
	Defaults     []Clause // the first whose condition holds counts; includes def_bool and def_tristate
	Ranges       []Range  // of an int or hex; the first whose condition holds counts
	Transitional bool     // read from an old configuration, but not written to the new one
	Choice       *Choice  // the block that it is a member of, or nil
}

// Choice is one `choice` block. One of its visible members is on.
type Choice struct {
	Where    Position
	Prompt   *Clause  // as in an Entry; the members are hidden if it is
	Depends  []Clause // all must hold; the members have them too
	Visible  []Clause // as in an Entry
	Defaults []Clause // each Expr is a member; the first that can be on counts
	Optional bool     // no member needs to be on (up to 6.9)
	Typed    bool     // it states its type
	Tristate bool     // the choice can be m, and then so can each member (up to 6.9)
}

// Clause is one line with an expression.
type Clause struct {
	Where Position
	Words string // the words before the expression: "depends on", "if", "default", "prompt if"
	Expr  Expr
	If    Expr // the condition of `… if condition`, or nil
}

// String returns the line as it could be written in a Kconfig file: "depends on A || B if C".
func (c Clause) String() string {
	text := c.Words
	if c.Expr != nil {
		text += " " + c.Expr.String()
	}
	if c.If != nil {
		text += " if " + c.If.String()
	}
	return text
}

// Range is one `range` line. A value outside of it becomes Low or High.
type Range struct {
	Where     Position
	Low, High Operand
	If        Expr // nil if unconditional
}

// Select is one `select` or `imply` line.
type Select struct {
	Where  Position
	Symbol string
	If     Expr // nil if unconditional
	Imply  bool // `imply` instead of `select`
}

// String returns the line as it could be written in a Kconfig file.
func (s Select) String() string {
	text := "select " + s.Symbol
	if s.Imply {
		text = "imply " + s.Symbol
	}
	if s.If != nil {
		text += " if " + s.If.String()
	}
	return text
}

// Holds returns a dependency as one expression: `depends on A if B` holds if A does, or if B is n (menu_add_dep in
// scripts/kconfig/menu.c).
func (c Clause) Holds() Expr {
	if c.If == nil {
		return c.Expr
	}
	return Or{c.Expr, isNo(c.If)}
}

// isNo returns the expression that e is n (expr_trans_compare in scripts/kconfig/expr.c).
func isNo(e Expr) Expr {
	switch e := e.(type) {
	case And:
		return Or{isNo(e.Left), isNo(e.Right)}
	case Or:
		return And{isNo(e.Left), isNo(e.Right)}
	case Operand:
		return Compare{e, "=", Operand{Word, "n"}}
	case Not:
		return Not{isNo(e.X)}
	}
	return Not{e}
}
