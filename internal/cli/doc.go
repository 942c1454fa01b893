// Package cli holds what the commands of krustup share. Its four groups of commands are the packages below it: sets, build,
// fleet and survey. A group has one file and one constructor a command, and does not import another group.
//
// An App is one run of the program: its screen, store, configuration, suppliers and network client, each made at first
// use. A Selection is what the flags of a command select: a kernel, a target, a host, a C compiler, and what is asked of the
// set. A Sheet is a table that is printed as text, CSV or Markdown. The types named …JSON are the documented forms that --json
// prints (docs/json.md).
//
// Errors become exit codes in one place (exit.go) and hints in one table (hint.go); packages below this one only return
// typed errors.
//
// Invariant: results go to standard output, and nothing else does.
package cli
