// Package junit writes results in the JUnit form of XML that dashboards read: GitLab's test reports, Jenkins, Buildkite
// Test Engine. A Suite is one run, a Case one thing that passed or failed in it.
//
// Invariant: what is written is well-formed and valid, whatever a compiler printed: no control characters, and the
// attributes and the order of elements that both common schemas want, Ant's (github.com/windyroad/JUnit-Schema) and
// Jenkins' (xunit-plugin, junit-10.xsd).
package junit

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
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

// The elements, with their attributes in the order in which they are written.
type (
	xmlSuite struct {
		XMLName    xml.Name      `xml:"testsuite"`
		Name       string        `xml:"name,attr"`
		Tests      int           `xml:"tests,attr"`
		Failures   int           `xml:"failures,attr"`
		Errors     int           `xml:"errors,attr"`
		Skipped    int           `xml:"skipped,attr"`
		Time       string        `xml:"time,attr"` // seconds
		Timestamp  string        `xml:"timestamp,attr"`
		Hostname   string        `xml:"hostname,attr"`
		Properties xmlProperties `xml:"properties"`
		Cases      []xmlCase     `xml:"testcase"`
		Out        string        `xml:"system-out"`
		Err        string        `xml:"system-err"`
	}
	xmlProperties struct {
		List []xmlProperty `xml:"property"`
	}
	xmlProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	xmlCase struct {
		Class   string      `xml:"classname,attr"`
		Name    string      `xml:"name,attr"`
		Time    string      `xml:"time,attr"`
		Failure *xmlFailure `xml:"failure"`
	}
	xmlFailure struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// Encode gives the file's bytes.
func (s Suite) Encode() ([]byte, error) {
	out := xmlSuite{
		Name: plain(s.Name), Tests: len(s.Cases), Time: seconds(s.Took), Hostname: plain(s.Host),
		// Ant's schema has no zone in it: the time is UTC by convention.
		Timestamp: s.Began.UTC().Format("2006-01-02T15:04:05"),
	}
	if out.Hostname == "" {
		out.Hostname = "localhost" // what the schema says for a host that is not known
	}
	for _, p := range s.Properties {
		out.Properties.List = append(out.Properties.List, xmlProperty{plain(p.Name), plain(p.Value)})
	}
	for _, c := range s.Cases {
		written := xmlCase{Class: plain(c.Class), Name: plain(c.Name), Time: seconds(c.Took)}
		if c.Failure != nil {
			out.Failures++
			written.Failure = &xmlFailure{plain(c.Failure.Type), plain(c.Failure.Message), plain(c.Failure.Text)}
		}
		out.Cases = append(out.Cases, written)
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", "  ")
	if err := enc.Encode(out); err != nil {
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
