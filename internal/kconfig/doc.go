// Package kconfig evaluates a kernel's configuration without running anything, explains why an option is off in it, and
// finds the changes that turn the option on.
//
// A Config holds the settings of a .config file. A Tree holds all of a kernel's Kconfig for one architecture. An
// Evaluation holds the values that a Config results in for a Tree. A Cause is one part of a dependency that does not
// hold, with its file and line. A Fix is a set of Changes that turns the option on; no smaller set of the same kind was
// found.
//
// Invariant: no program of the tree is run and no macro is called. A value that the tools decide is a Fact or the answer
// of Tree.Macro, which the caller states, or what the configuration recorded from the same tools, or unknown. Unknown never becomes yes or no
// by default.
//
// # Differences from conf
//
// The rules are those of sym_calc_value, sym_calc_visibility and sym_calc_choice in scripts/kconfig/symbol.c and of
// menu_finalize in scripts/kconfig/menu.c. The results are not in all cases those of `make olddefconfig`. Known
// differences from the kernel's own scripts/kconfig/conf are:
//
//   - If a .config file sets several members of a choice, conf takes the order of its lines into account. A Config does
//     not keep that order, so the member that the choice lists first is chosen.
//   - A literal m in a condition stays m without MODULES; conf treats it as n.
//   - An undefined symbol in a comparison counts as n, 0 or "", depending on the other side; conf compares its name.
//   - Values of string, int and hex symbols are handled only roughly: their text is not checked, and one whose text is
//     y or m counts as on.
//   - `range` is ignored, so a user's value outside it is kept.
//   - A malformed line of a .config file is an error; conf warns and skips it.
//
// conf is the authority: when the two disagree, what conf writes is the configuration, and this package is wrong.
package kconfig
