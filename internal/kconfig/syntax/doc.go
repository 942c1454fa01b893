// Package syntax parses Kconfig files and evaluates their expressions.
//
// An Expr is an expression, such as that of `depends on` or `if`. An Entry is one `config` block with its Clauses and
// Selects. A Choice is a block of entries of which one is on. A Value is what is known about the value of an
// expression.
//
// Invariant: no program is run. The result of $(…) is unknown if it depends on the output of a program or on a variable
// of the environment that the reader was not given, and unknown never becomes yes or no by default.
//
// The language is described in Documentation/kbuild/kconfig-language.rst, its grammar in scripts/kconfig/parser.y and
// lexer.l. Expressions are evaluated as in expr_calc_value in scripts/kconfig/expr.c, and macros
// are expanded as in preprocess.c.
package syntax
