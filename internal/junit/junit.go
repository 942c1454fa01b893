// Package junit writes test results as JUnit XML, which dashboards read: GitLab's test reports, Jenkins, Buildkite Test
// Engine. A Suite is one run, a Case is one thing in it that passed or failed.
//
// The elements are those of go-junit-report. This package writes a single suite as the root element, and replaces
// characters that XML does not allow.
//
// Invariant: the output is well-formed and valid, whatever a compiler printed. It has no control characters, and it has
// the elements that both common schemas require: Ant's (github.com/windyroad/JUnit-Schema) and Jenkins' (xunit-plugin,
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
	Host       string // "": unknown
	Began      time.Time
	Took       time.Duration
	Properties []Property
	Cases      []Case
}

// Property describes the whole run, such as the version of a tool.
type Property struct{ Name, Value string }

// Case is one thing that passed or failed.
type Case struct {
	Class   string // the group of the case, as names separated by dots, which dashboards show as a tree
	Name    string
	Took    time.Duration
	Failure *Failure // nil: it passed
}

// Failure describes how a case failed.
type Failure struct {
	Type    string // a short name of the kind of failure
	Message string // one line
	Text    string // the relevant part of the log
}

// Encode returns the suite as an XML document.
func (s Suite) Encode() ([]byte, error) {
	out := junit.Testsuite{
		Name: plain(s.Name), Time: seconds(s.Took), Hostname: plain(s.Host),
		// Ant's schema allows no time zone, so the time is UTC by convention. It requires both outputs.
		Timestamp: s.Began.UTC().Format("2006-01-02T15:04:05"), SystemOut: &junit.Output{}, SystemErr: &junit.Output{},
	}
	if out.Hostname == "" {
		out.Hostname = "localhost" // the schema's value for an unknown host
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

// escapes matches the sequences that move a terminal's cursor or colour its text (ECMA-48). They have no meaning in a
// report.
var escapes = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[@-Z\\\\-_])")

// plain returns text that XML 1.0 can represent. XML has no form for control characters, not even as references, so
// each becomes U+FFFD, except for carriage returns and terminal escapes, which are removed.
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
