// Command skips runs `go test` and reports each skipped test with the reason that the test printed. With -strict it
// fails if a skipped test is not in the list of allowed ones, and reports which entries of the list are unused.
//
//	skips [-strict] [-list FILE] -- go test [FLAG]... [PACKAGE]...
//
// The output is that of `go test`; with -v among its flags, that of `go test -v`.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

func main() {
	strict := flag.Bool("strict", false, "fail if a skipped test is not in the list")
	list := flag.String("list", ".ci/skips", "`file` that lists the tests that may be skipped")
	flag.Parse()
	code, err := run(*list, *strict, flag.Args(), os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "skips:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

// run runs the command and writes its output and the skips to out. It returns the command's exit code, or 1 if the
// command succeeded but a skip is not allowed.
func run(list string, strict bool, command []string, out io.Writer) (code int, err error) {
	allowed, err := readAllowed(list)
	if err != nil {
		return 1, err
	}
	at := slices.Index(command, "test")
	if at < 1 {
		return 1, fmt.Errorf("the command is %q, expected `go test` and its arguments", command)
	}
	args := slices.Insert(slices.Clone(command[1:]), at, "-json")
	cmd := exec.Command(command[0], args...)
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return 1, err
	}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	r := newReport(out, slices.Contains(args, "-v"))
	readErr := r.read(events)
	if err := cmd.Wait(); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			return 1, err
		}
		code = max(exit.ExitCode(), 1)
	}
	if readErr != nil {
		return 1, readErr
	}
	refused := r.judge(allowed)
	if !strict {
		return code, nil
	}
	r.unused(allowed)
	if refused > 0 && code == 0 {
		fmt.Fprintf(out, "FAIL: a skipped test is not listed in %s: run it, or list it there with a reason\n", list)
		code = 1
	}
	return code, nil
}

// event is one line of `go test -json`: see `go doc test2json` and, for the build's, `go help buildjson`.
type event struct {
	Action, Package, Test, Output string
}

// test names a test or subtest of a package; Test is empty for the package itself.
type test struct{ Package, Test string }

func (t test) String() string { return t.Package + " " + t.Test }

// report prints events as `go test` does, and collects the skips.
type report struct {
	out     io.Writer
	verbose bool
	output  map[test][]string // of the tests that have not ended
	ended   map[test]bool
	skipped []skip
}

// skip is a skipped test and its reason.
type skip struct {
	test
	reason string
}

func newReport(out io.Writer, verbose bool) *report {
	return &report{out: out, verbose: verbose, output: map[test][]string{}, ended: map[test]bool{}}
}

// read prints events until there are no more.
func (r *report) read(events io.Reader) error {
	decoder := json.NewDecoder(events)
	for {
		var e event
		err := decoder.Decode(&e)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the output of go test -json: %w", err)
		}
		r.event(e)
	}
}

func (r *report) event(e event) {
	t := test{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "output":
		r.print(t, e.Output)
	case "skip":
		if e.Test != "" {
			r.skipped = append(r.skipped, skip{t, reason(r.output[t])})
		}
		r.end(t, false)
	case "pass":
		r.end(t, false)
	case "fail":
		r.end(t, true)
	}
}

// print prints the output of a package at once. That of a test is printed only if the test fails.
func (r *report) print(t test, text string) {
	if t.Test != "" {
		r.output[t] = append(r.output[t], text)
	}
	if r.verbose || t.Test == "" && text != "PASS\n" && text != "testing: warning: no tests to run\n" {
		fmt.Fprint(r.out, text)
	}
}

// end prints the output of a failed test. For a failed package it also prints that of the tests that a panic or the
// timeout interrupted.
func (r *report) end(t test, failed bool) {
	if t.Test != "" {
		r.ended[t] = true
	}
	if failed && !r.verbose {
		for _, of := range r.heldBy(t) {
			for _, line := range r.output[of] {
				if !isFrame(line) {
					fmt.Fprint(r.out, line)
				}
			}
			delete(r.output, of)
		}
	}
	delete(r.output, t)
}

// heldBy returns the test itself, or for a package the tests that have not ended.
func (r *report) heldBy(t test) []test {
	if t.Test != "" {
		return []test{t}
	}
	var all []test
	for of := range r.output {
		if of.Package == t.Package && !r.ended[of] {
			all = append(all, of)
		}
	}
	slices.SortFunc(all, func(a, b test) int { return strings.Compare(a.Test, b.Test) })
	return all
}

// isFrame reports whether only `go test -v` prints a line.
func isFrame(line string) bool {
	for _, prefix := range []string{"=== RUN ", "=== PAUSE ", "=== CONT ", "=== NAME "} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

// message matches a line that a test logs: "    file_test.go:12: no xz on this machine".
var message = regexp.MustCompile(`^\s+([\w.-]+\.go):[0-9]+: (.+)`)

// reason returns the last message that a skipped test logged. testscript logs the whole script after it.
func reason(output []string) string {
	said := "no reason given"
	for _, line := range output {
		if m := message.FindStringSubmatch(line); m != nil && m[1] != "testscript.go" {
			said = m[2]
		}
	}
	return said
}

// judge prints each skip and returns how many of them are not allowed.
func (r *report) judge(allowed []test) (refused int) {
	for _, s := range r.skipped {
		word := "skipped, as allowed"
		if !slices.ContainsFunc(allowed, func(a test) bool { return a.matches(s.test) }) {
			word = "skipped"
			refused++
		}
		fmt.Fprintf(r.out, "%s: %s: %s\n", word, s.test, s.reason)
	}
	return refused
}

// unused prints each entry of the list whose test ran and was not skipped.
func (r *report) unused(allowed []test) {
	for _, a := range allowed {
		skipped := slices.ContainsFunc(r.skipped, func(s skip) bool { return a.matches(s.test) })
		if !skipped && r.ran(a) {
			fmt.Fprintf(r.out, "note: %s may be skipped, but was not\n", a)
		}
	}
}

func (r *report) ran(a test) bool {
	for t := range r.ended {
		if a.matches(t) {
			return true
		}
	}
	return false
}

// matches reports whether an entry of the list, whose package is relative to the module, names the other test.
func (t test) matches(other test) bool {
	return t.Test == other.Test && (t.Package == other.Package || strings.HasSuffix(other.Package, "/"+t.Package))
}
