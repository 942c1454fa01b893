// Package manual holds the pages that describe krustup's commands, and the words that all commands share: the kinds of
// options, the variables of the environment and the names of values.
//
// A Page is the one source of what `krustup help` prints (Page.Text) and of the manual pages (Page.Roff).
//
// Invariant: nothing here depends on a command. internal/cli makes pages from the commands, and its tests fail for a
// command whose page lacks a part and for an option or a value that is not listed here.
package manual

// Page describes one command, or the program.
type Page struct {
	Name        string    // as it is typed: "krustup ci init"
	Summary     string    // one line that starts with a verb, in lower case without a full stop
	Synopsis    []string  // command lines
	Examples    []string  // command lines
	Commands    []Section // the commands that can follow the name, by group
	Options     []Section // by kind
	Environment []Row     // the variables that it reads
	Exit        []Row     // what its exit codes mean
	Document    string    // the document to read on, relative to the project: "docs/lock.md"
}

// Section is rows under a heading.
type Section struct {
	Heading string
	Rows    []Row
}

// Row is a term, such as an option with its value, and what it means.
type Row struct{ Term, Text string }
