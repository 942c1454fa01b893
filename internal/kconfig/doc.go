// Package kconfig evaluates a kernel's configuration without running anything, explains why an option is off in it, and
// finds the changes that turn the option on.
//
// A Config holds the lines of a .config file. A Tree holds all of a kernel's Kconfig for one architecture. An
// Evaluation holds the values that a Config results in for a Tree. A Cause is one part of a dependency that does not
// hold, with its file and line. A Fix is a set of Changes that turns the option on; no smaller set of the same kind was
// found. A Warning is what conf ignores of a configuration, too.
//
// Invariant: no program is run. A value that the tools decide is a Fact or the answer of Tree.Macro, which the caller
// states, or what the configuration recorded from the same tools, or unknown. Unknown never becomes yes or no by default.
//
// # conf
//
// The kernel's own scripts/kconfig/conf is the authority: an Evaluation has the values that `make olddefconfig` writes,
// whoever wrote the configuration. The rules are those of symbol.c, expr.c, menu.c, confdata.c, preprocess.c, lexer.l and
// parser.y in scripts/kconfig. TestRules has a recorded case for each; TestRealRandom and TestRealTrees compare random
// Kconfig files and random configurations of real trees with the conf of each tree.
//
// What is known to be left:
//
//   - Up to 6.10 a choice has a value of its own, up to 6.7 a number outside of its range is dropped and one without a
//     value is empty. This is followed if the tree's scripts/kconfig says so, but there are differences left: in choices
//     that are optional or tristate, or whose member has a line with y and a later one with n; in 6.1, also in the text
//     of a number that a range limits, and in comparisons with m.
//   - If the symbol of modules has two prompts in one entry, conf computes the conditions of both before modules, and this
//     package only what decides whether one of them is visible.
//   - A bool compared by `!= y` crashes the conf of 6.12 to 7.3; here it is evaluated as written.
//   - A Kconfig file that conf refuses (an unknown statement, a symbol that depends on itself) may be read here.
//   - The default of a choice that names no member of it is ignored; conf can choose it, and then no member is on.
package kconfig
