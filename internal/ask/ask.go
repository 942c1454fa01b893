// Package ask asks Rust's tools what they support. A Question names one thing: a feature gate, a flag, an option of
// rustfmt, a lint, a target. An Answer holds whether the tool supports it, and whether it needs an opt-in.
//
// Invariant: an Answer is what the tool itself reported for a crate of one line. Nothing is derived from its version. A
// reply that is neither yes nor no is an *UnclearError, never an Answer.
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

// The kinds, each with what the name of its questions is.
const (
	Feature Kind = "feature" // a gate of the language or the library: asm_goto
	Rustc   Kind = "rustc"   // an option of rustc, with its value: -Zfixed-x18, -Cjump-tables=n, --emit=mir
	Rustdoc Kind = "rustdoc" // an option of rustdoc
	Rustfmt Kind = "rustfmt" // an option in rustfmt.toml with its value: wrap_comments=true
	Clippy  Kind = "clippy"  // a lint without "clippy::"
	Target  Kind = "target"  // a triple, to ask whether a target may be a JSON file, tried with rustc's own specification of it
)

// forms are the patterns of names of each kind. None can name a file outside the scratch directory: rustc replaces its
// output file by a rename, and as root that would destroy /dev/null.
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

// New returns a question. It refuses names that no tool can know and names that contain a path.
func New(kind Kind, name string) (Question, error) {
	form, ok := forms[kind]
	if !ok {
		return Question{}, fmt.Errorf("question %q: expected feature NAME, rustc FLAG, rustdoc FLAG, rustfmt OPTION=VALUE, clippy LINT or target TRIPLE", string(kind)+" "+name)
	}
	if !form.MatchString(name) || strings.Contains(name, "..") {
		return Question{}, fmt.Errorf("question %q: expected a name of the form %s, with no path in it", string(kind)+" "+name, form)
	}
	return Question{kind, name}, nil
}

// Parse parses a question in the form of String: "feature asm_goto", "rustc -Zfixed-x18".
func Parse(text string) (Question, error) {
	kind, name, _ := strings.Cut(text, " ")
	return New(Kind(kind), name)
}

// Kind returns what the question is about.
func (q Question) Kind() Kind { return q.kind }

// String returns the kind and the name: "feature asm_goto".
func (q Question) String() string { return string(q.kind) + " " + q.name }

// State is the support of a tool for a thing.
type State string

// The states.
const (
	Stable   State = "stable"   // supported without an opt-in
	Unstable State = "unstable" // supported behind a gate or on nightly
	Removed  State = "removed"  // the tool reports that it was removed
	Unknown  State = "unknown"  // the tool does not know it
	Ungated  State = "ungated"  // accepted without an opt-in, but with no promise of stability: JSON targets before 1.95
)

// Answer is a tool's answer to a Question.
type Answer struct {
	State State  `json:"state"`
	Since string `json:"since,omitempty"` // the release since which it is stable, or that removed it, if the tool says so
	Code  string `json:"code,omitempty"`  // code of the diagnostic that decided: an error's number or a lint's name
	Said  string `json:"said,omitempty"`  // the message that decided
}

// Tools are the absolute paths of the programs to ask, "" for a missing one.
type Tools struct{ Rustc, Rustdoc, Rustfmt, Clippy string }

// MissingToolError reports that the tool for a question is missing.
type MissingToolError struct{ Question Question }

func (e *MissingToolError) Error() string {
	return fmt.Sprintf("asking %q: the tool is missing from rustc's toolchain", e.Question)
}

// UnclearError reports that a tool's reply was neither yes nor no. Most often the tool itself does not work.
type UnclearError struct {
	Question Question
	Said     string // the tool's first error, else how it ended
}

// Error quotes what the tool printed, so that control characters do not reach the terminal.
func (e *UnclearError) Error() string {
	return fmt.Sprintf("asking %q: expected a yes or no from the tool, got %q", e.Question, e.Said)
}

// Ask asks a tool. The error is a *MissingToolError, an *UnclearError, or the reason why the tool could not be run,
// such as the end of ctx.
func (t Tools) Ask(ctx context.Context, q Question) (Answer, error) {
	program := map[Kind]string{Rustdoc: t.Rustdoc, Rustfmt: t.Rustfmt, Clippy: t.Clippy}[q.kind]
	if slices.Contains([]Kind{Feature, Rustc, Target}, q.kind) {
		program = t.Rustc
	}
	if program == "" {
		return Answer{}, &MissingToolError{q}
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
