// Package kconfig works out a kernel's configuration as `make olddefconfig` would, without running anything, and says
// why an option is off in it and which changes turn it on. A Config is a .config file; a Tree is all of a kernel's
// Kconfig for one architecture; an Evaluation is what the two come to; a Cause is one part of a dependency that does
// not hold, with the place it stands at; a Fix is a smallest set of Changes that turns the option on.
//
// Invariant: no program of the tree is run and no macro is called. What the tools decide is a Fact that the caller
// states, or what the configuration recorded of the same tools, or unknown; and unknown never turns into yes or no by
// itself.
//
// The rules are those of sym_calc_value, sym_calc_visibility and sym_calc_choice in scripts/kconfig/symbol.c and of
// menu_finalize in scripts/kconfig/menu.c.
package kconfig
