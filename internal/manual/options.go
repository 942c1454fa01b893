package manual

import "slices"

// Kind is what an option is about. Help prints the options of a command by kind.
type Kind string

// The kinds, in the order of the help.
const (
	Choose Kind = "What to choose" // the kernel, the target, the tools
	Do     Kind = "What to do"
	From   Kind = "Where from" // suppliers, locks and kits, and what is accepted from them
	Output Kind = "Output"
	Other  Kind = "Other options" // an option that is not listed here; a test fails for it
)

// Kinds are all kinds in the order of the help.
var Kinds = []Kind{Choose, Do, From, Output, Other}

// options lists each option by its first name. An option means the same in every command that has it.
var options = map[Kind][]string{
	Choose: {
		"target", "cc", "host", "tree", "kernel", "with", "match-llvm", "backend", "prefer", "rustc",
		"headers", "running", "dir", "config", "all", "list", "kind", "priority", "status", "krustup", "project",
	},
	Do:     {"check", "update", "prune", "force", "write", "fix", "also", "probe", "show", "install-command", "timeout", "repair", "keep", "max-size", "dry-run", "yes"},
	From:   {"supplier", "locked", "lock", "from", "offline", "allow-stale", "allow-unsigned"},
	Output: {"output", "format", "editor", "junit", "objects", "csv", "markdown", "json", "quiet", "help", "version"},
}

// KindOf returns the kind of the option with this first name.
func KindOf(option string) Kind {
	for kind, names := range options {
		if slices.Contains(names, option) {
			return kind
		}
	}
	return Other
}
