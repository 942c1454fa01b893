// Package cli holds what the commands of krustup share. The commands are in four packages below it, one for each group
// of `krustup --help`: sets, build, fleet and survey. A group has one file and one constructor for each command, and
// does not import another group.
//
// An App is one run of the program: its screen, store, configuration, suppliers and network client, each created at
// first use. A Selection is what the flags of a command select: a kernel, a target, a host, a C compiler, and
// requirements of the set. A Sheet is a table that is printed as CSV or Markdown. The types named …JSON are the
// formats that --json prints; docs/json.md specifies them.
//
// Errors become exit codes in one place (exit.go) and hints in one table (hint.go). The packages that cli imports
// return typed errors and know neither.
//
// Invariant: results go to standard output, and nothing else does.
package cli
