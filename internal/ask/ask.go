// Package ask asks Rust's tools what they know. A Question names one thing that may be there: a feature gate, a flag, an
// option of rustfmt, a lint. An Answer says whether the tool has it, and whether without an opt-in.
//
// Invariant: an Answer is what the tool itself said of a crate of one line; nothing is taken from its version. What a tool
// says that cannot be told apart is an *UnclearError and never an Answer.
package ask

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Kind is what a question is about.
type Kind string

// The kinds, each with what its questions name.
const (
	Feature Kind = "feature" // a gate of the language or the library: asm_goto
	Rustc   Kind = "rustc"   // an option of rustc, with the value that is wanted of it: -Zfixed-x18, -Cjump-tables=n, --emit=mir
	Rustdoc Kind = "rustdoc" // an option of rustdoc
	Rustfmt Kind = "rustfmt" // an option in rustfmt.toml with its value: wrap_comments=true
	Clippy  Kind = "clippy"  // a lint without its "clippy::"
	Target  Kind = "target"  // whether a target may be a JSON file, tried with rustc's own of that triple: x86_64-unknown-none
)

// forms are what names of each kind look like. None can name a file outside the scratch directory: rustc renames a file
// over its output, and as root that would be the end of /dev/null.
var forms = map[Kind]*regexp.Regexp{
	Feature: regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`),
	Rustc:   regexp.MustCompile(`^(-[ZC]|--[a-z])[^/\\]*$`),
	Rustdoc: regexp.MustCompile(`^(-[ZC]|--[a-z])[^/\\]*$`),
	Rustfmt: regexp.MustCompile(`^[a-z_]+=[^/\\\n]+$`),
	Clippy:  regexp.MustCompile(`^[a-z_][a-z0-9_]*$`),
	Target:  regexp.MustCompile(`^[A-Za-z0-9_.-]+$`),
}

// Question is one thing to ask a tool. The zero value is not one.
type Question struct {
	kind Kind
	name string
}

// New makes a question. Names that no tool could know, and those that hold a path, are refused.
func New(kind Kind, name string) (Question, error) {
	form, ok := forms[kind]
	if !ok {
		return Question{}, fmt.Errorf("question %q: expected feature NAME, rustc FLAG, rustdoc FLAG, rustfmt OPTION=VALUE, clippy LINT or target TRIPLE", string(kind)+" "+name)
	}
	if !form.MatchString(name) || strings.Contains(name, "..") {
		return Question{}, fmt.Errorf("question %q: expected a name of the form %s, and no path in it", string(kind)+" "+name, form)
	}
	return Question{kind, name}, nil
}

// Parse reads a question as String writes it: "feature asm_goto", "rustc -Zfixed-x18".
func Parse(text string) (Question, error) {
	kind, name, _ := strings.Cut(text, " ")
	return New(Kind(kind), name)
}

// Kind gives what the question is about.
func (q Question) Kind() Kind { return q.kind }

func (q Question) String() string { return string(q.kind) + " " + q.name }

// State is what a tool says of a thing.
type State string

// The states.
const (
	Stable   State = "stable"   // it is there without an opt-in
	Unstable State = "unstable" // it is there, behind a gate or on nightly
	Removed  State = "removed"  // the tool remembers that it was there
	Unknown  State = "unknown"  // the tool never heard of it
	Ungated  State = "ungated"  // it is taken without an opt-in, and nothing is promised of it: JSON targets before 1.95
)

// Answer is what a tool said.
type Answer struct {
	State State  `json:"state"`
	Since string `json:"since,omitempty"` // the release that it is stable since, or was removed in, where the tool says one
	Code  string `json:"code,omitempty"`  // of the diagnostic that tells: an error's number or a lint's name
	Said  string `json:"said,omitempty"`  // the message that tells
}

// Tools are absolute paths of the programs that are asked; "" where there is none.
type Tools struct{ Rustc, Rustdoc, Rustfmt, Clippy string }

// AbsentError says that the tool that a question is for is not there.
type AbsentError struct{ Question Question }

func (e *AbsentError) Error() string {
	return fmt.Sprintf("asking %q: there is no such tool beside rustc", e.Question)
}

// UnclearError is what a tool said when it was neither yes nor no: most often the tool itself does not work.
type UnclearError struct {
	Question Question
	Said     string // its first error, else how it ended
}

func (e *UnclearError) Error() string {
	return fmt.Sprintf("asking %q: that it is there or not was expected, and the tool says %q", e.Question, e.Said)
}

// Ask puts a question. Errors are *AbsentError, *UnclearError, or what kept the tool from being run: ctx's end above all.
func (t Tools) Ask(ctx context.Context, q Question) (Answer, error) {
	program := map[Kind]string{Rustdoc: t.Rustdoc, Rustfmt: t.Rustfmt, Clippy: t.Clippy}[q.kind]
	if slices.Contains([]Kind{Feature, Rustc, Target}, q.kind) {
		program = t.Rustc
	}
	if program == "" {
		return Answer{}, &AbsentError{q}
	}
	dir, err := os.MkdirTemp("", "krustup-ask-")
	if err != nil {
		return Answer{}, fmt.Errorf("asking %q: %w", q, err)
	}
	defer os.RemoveAll(dir)
	a := asker{ctx: ctx, question: q, program: program, dir: dir}
	switch q.kind {
	case Feature:
		return a.feature()
	case Target:
		return a.target()
	case Rustfmt:
		return a.rustfmt()
	case Clippy:
		return a.clippy(t.Rustc)
	}
	return a.flag()
}
