package kbuild

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// Diagnostic is one error of rustc (https://doc.rust-lang.org/rustc/json.html), or of its reading of the command line,
// which is prose.
type Diagnostic struct {
	Code    string // E0554, "" where it has none
	Message string
	File    string
	Line    int
	Gates   []string // the features that it is about
	Stable  []string // those of them that it says are stable
	Issue   string   // the number of the issue of rust-lang/rust that tracks the gate, where that is all it says
}

type jsonDiagnostic struct {
	Message string `json:"message"`
	Level   string `json:"level"`
	Code    *struct {
		Code string `json:"code"`
	} `json:"code"`
	Spans []struct {
		File    string `json:"file_name"`
		Line    int    `json:"line_start"`
		Primary bool   `json:"is_primary"`
		Text    []struct {
			Text string `json:"text"`
		} `json:"text"`
	} `json:"spans"`
	Children []struct {
		Message string `json:"message"`
	} `json:"children"`
}

// diagnostics reads the errors of what rustc printed; the last one, which only counts them, is left out.
func diagnostics(printed []byte) []Diagnostic {
	var found []Diagnostic
	for line := range bytes.Lines(printed) {
		var d jsonDiagnostic
		if json.Unmarshal(line, &d) != nil {
			text, isError := strings.CutPrefix(string(bytes.TrimSpace(line)), "error: ")
			if isError && !strings.HasSuffix(text, "were parsed") {
				found = append(found, Diagnostic{Message: text})
			}
			continue
		}
		if d.Level != "error" || strings.HasPrefix(d.Message, "aborting due to") {
			continue
		}
		found = append(found, d.diagnostic())
	}
	return found
}

var (
	quotedGate    = regexp.MustCompile("feature `([a-z0-9_]+)`")
	askedGates    = regexp.MustCompile(`feature\(([a-z0-9_, ]+)\)`)
	enabledGate   = regexp.MustCompile("add `#!\\[feature\\(([a-z0-9_]+)\\)\\]`")
	trackedBy     = regexp.MustCompile(`see issue #([0-9]+)`)
	stableMessage = regexp.MustCompile("the feature `([a-z0-9_]+)` has been stable since")
)

func (d jsonDiagnostic) diagnostic() Diagnostic {
	out := Diagnostic{Message: d.Message}
	if d.Code != nil {
		out.Code = d.Code.Code
	}
	texts := ""
	for _, s := range d.Spans {
		if s.Primary && out.File == "" {
			out.File, out.Line = s.File, s.Line
			for _, t := range s.Text {
				texts += t.Text + "\n"
			}
		}
	}
	notes := ""
	for _, child := range d.Children {
		notes += child.Message + "\n"
	}
	for _, m := range stableMessage.FindAllStringSubmatch(notes, -1) {
		out.Stable = append(out.Stable, m[1])
	}
	switch out.Code {
	case "E0554": // #![feature] on stable: the attribute itself says of what
		for _, m := range askedGates.FindAllStringSubmatch(texts, -1) {
			for name := range strings.SplitSeq(m[1], ",") {
				out.Gates = append(out.Gates, strings.TrimSpace(name))
			}
		}
	case "E0725", "E0658": // a gate that is not allowed, a use of one that is not on
		if m := quotedGate.FindStringSubmatch(d.Message); m != nil {
			out.Gates = []string{m[1]}
		} else if m := enabledGate.FindStringSubmatch(notes); m != nil {
			out.Gates = []string{m[1]}
		} else if m := trackedBy.FindStringSubmatch(notes); m != nil {
			out.Issue = m[1] // on stable rustc does not say what would turn it on
		}
	}
	return out
}
