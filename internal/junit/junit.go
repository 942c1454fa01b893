// Package junit writes results in the JUnit form of XML that dashboards read: GitLab's test reports, Jenkins, Buildkite
// Test Engine. A Suite is one run, a Case one thing that passed or failed in it.
//
// The elements are those of go-junit-report; what this package adds is that a suite stands alone, and what text may
// hold.
//
// Invariant: what is written is well-formed and valid, whatever a compiler printed: no control characters, and the
// elements that both common schemas want, Ant's (github.com/windyroad/JUnit-Schema) and Jenkins' (xunit-plugin,
// junit-10.xsd).
package junit

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jstemmer/go-junit-report/v2/junit"
)

// Suite is one run.
type Suite struct {
	Name       string
	Host       string // "": not known
	Began      time.Time
	Took       time.Duration
	Properties []Property
	Cases      []Case
}

// Property is one thing that the whole run had: a tool's version.
type Property struct{ Name, Value string }

// Case is one thing that passed, or failed.
type Case struct {
	Class   string // what it belongs to; dashboards make a tree of the names between dots
	Name    string
	Took    time.Duration
	Failure *Failure // nil: it passed
}

// Failure says how a case failed.
type Failure struct {
	Type    string // a short word for the kind
	Message string // one line
	Text    string // as much of the log as tells of it
}

// Encode returns the file's bytes.
func (s Suite) Encode() ([]byte, error) {
	out := junit.Testsuite{
		Name: plain(s.Name), Time: seconds(s.Took), Hostname: plain(s.Host),
		// Ant's schema has no zone in it: the time is UTC by convention. It demands both outputs, too.
		Timestamp: s.Began.UTC().Format("2006-01-02T15:04:05"), SystemOut: &junit.Output{}, SystemErr: &junit.Output{},
	}
	if out.Hostname == "" {
		out.Hostname = "localhost" // what the schema says for a host that is not known
	}
	for _, p := range s.Properties {
		out.AddProperty(plain(p.Name), plain(p.Value))
	}
	for _, c := range s.Cases {
		written := junit.Testcase{Classname: plain(c.Class), Name: plain(c.Name), Time: seconds(c.Took)}
		if c.Failure != nil {
			written.Failure = &junit.Result{Type: plain(c.Failure.Type), Message: plain(c.Failure.Message), Data: plain(c.Failure.Text)}
		}
		out.AddTestcase(written)
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", "  ")
	// One suite needs no <testsuites> around it.
	if err := enc.EncodeElement(out, xml.StartElement{Name: xml.Name{Local: "testsuite"}}); err != nil {
		return nil, fmt.Errorf("encoding JUnit XML: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// escapes are the sequences that move a terminal's cursor or colour its text (ECMA-48): they are nothing in a report.
var escapes = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[@-Z\\\\-_])")

// plain gives text that XML 1.0 can hold: control characters have no form in it, escaped or not.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r >= 0x20 && r <= 0xd7ff, r >= 0xe000 && r <= 0xfffd, r >= 0x10000 && r <= utf8.MaxRune:
			return r
		case r == '\r':
			return -1
		}
		return utf8.RuneError
	}, escapes.ReplaceAllString(strings.ToValidUTF8(text, string(utf8.RuneError)), ""))
}
