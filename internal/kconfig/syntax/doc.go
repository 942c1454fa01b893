// Package syntax parses Kconfig files and evaluates their expressions.
//
// An Expr is an expression, such as that of `depends on` or `if`. An Entry is one `config` block with its Clauses and
// Selects. A Choice is a block of entries of which one is on. A Value is what is known about the value of an
// expression.
//
// Invariant: no program of a tree is run and no function of the language is called. The result of $(…) is unknown
// unless the reader was given a variable of that name, and unknown never becomes yes or no by default.
//
// The language is described in Documentation/kbuild/kconfig-language.rst, its grammar in scripts/kconfig/parser.y and
// lexer.l. Expressions are evaluated as in expr_calc_value in scripts/kconfig/expr.c, with the differences that package
// kconfig lists.
package syntax
