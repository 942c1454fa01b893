package syntax

import "fmt"

// Position is a line, from 1, of a file of the tree; line 0 means the file as a whole.
type Position struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
}

func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// File is what was read of one Kconfig file, and of those that it sources.
type File struct {
	Entries []*Entry
	Files   int // how many files that were
}

// Entry is one `config` or `menuconfig` block. A symbol may have several.
type Entry struct {
	Symbol       string
	Where        Position
	Type         string   // "bool", "tristate", "string", "int", "hex", or "" when another entry of the symbol gives it
	Prompt       *Clause  // nil when people cannot set it; Expr is the condition or nil
	Depends      []Clause // all must hold: its own, and those of the `if`, `menu` and `choice` blocks around it
	Visible      []Clause // all must hold for the prompt to be shown: `visible if` of the menus around it
	Selects      []Select
	Defaults     []Clause // the first whose condition holds counts; def_bool and def_tristate are here, too
	Transitional bool     // it is read from an old configuration, and not written to the new one
	Choice       *Choice  // the block that it is a member of, or nil
}

// Choice is one `choice` block: of its visible members one is on.
type Choice struct {
	Where    Position
	Prompt   *Clause  // as of an Entry; what hides it hides the members
	Depends  []Clause // all must hold; the members have them, too
	Visible  []Clause // as of an Entry
	Defaults []Clause // each Expr is a member; the first that can be on counts
	Optional bool     // no member needs to be on (up to 6.9)
	Tristate bool     // it may be m, and then each member as well (up to 6.9)
}

// Clause is one line with an expression.
type Clause struct {
	Where Position
	Words string // what stands before the expression: "depends on", "if", "default", "prompt if"
	Expr  Expr
	If    Expr // from `… if condition`, nil when there is none
}

// String gives the line as it could stand there: "depends on A || B if C".
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

// Select is one `select` or `imply` line.
type Select struct {
	Where  Position
	Symbol string
	If     Expr // nil when there is none
	Imply  bool
}

// String gives the line as it could stand there.
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

// Holds gives a dependency as one expression: `depends on A if B` holds where A does, or B is n (menu_add_dep in
// scripts/kconfig/menu.c).
func (c Clause) Holds() Expr {
	if c.If == nil {
		return c.Expr
	}
	return Or{c.Expr, isNo(c.If)}
}

// isNo gives the expression that another is n (expr_trans_compare in scripts/kconfig/expr.c).
func isNo(e Expr) Expr {
	switch e := e.(type) {
	case And:
		return Or{isNo(e.Left), isNo(e.Right)}
	case Or:
		return And{isNo(e.Left), isNo(e.Right)}
	case Operand:
		return Compare{e, "=", Operand{Word, "n"}}
	case Not:
		if o, ok := e.X.(Operand); ok {
			return Compare{o, "=", Operand{Word, "y"}}
		}
		return e.X
	}
	return Not{e}
}
