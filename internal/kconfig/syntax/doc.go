// Package syntax is the language of Kconfig: an Expr is what stands behind `depends on` and `if`, an Entry is one
// `config` block with its Clauses and Selects, a Choice the block around entries of which one is on.
//
// Invariant: no program of a tree is run and no function of the language is called. What $(…) would give is unknown
// unless the reader was told a variable of that name, and unknown never turns into yes or no by itself.
//
// The language is that of Documentation/kbuild/kconfig-language.rst; the grammar is scripts/kconfig/parser.y and
// lexer.l, the meaning of an expression expr_calc_value in scripts/kconfig/expr.c.
package syntax
