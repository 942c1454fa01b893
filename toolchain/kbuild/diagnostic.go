package kbuild

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// Diagnostic is one error of rustc (https://doc.rust-lang.org/rustc/json.html). Errors about the command line are plain
// text and have a Message only.
type Diagnostic struct {
	Code    string // E0554, "" when there is none
	Message string
	File    string
	Line    int
	Gates   []string // the features that it names
	Stable  []string // those of Gates that rustc reports as stable
	Issue   string   // the gate's tracking issue in rust-lang/rust, when the error names the issue only
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

// diagnostics returns the errors in rustc's output, without the last one, which only counts them.
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
	case "E0554": // #![feature] on stable: the attribute names the features
		for _, m := range askedGates.FindAllStringSubmatch(texts, -1) {
			for name := range strings.SplitSeq(m[1], ",") {
				out.Gates = append(out.Gates, strings.TrimSpace(name))
			}
		}
	case "E0725", "E0658": // a gate that is not allowed, or a use of one that is not enabled
		if m := quotedGate.FindStringSubmatch(d.Message); m != nil {
			out.Gates = []string{m[1]}
		} else if m := enabledGate.FindStringSubmatch(notes); m != nil {
			out.Gates = []string{m[1]}
		} else if m := trackedBy.FindStringSubmatch(notes); m != nil {
			out.Issue = m[1] // a stable rustc does not name the feature that would enable it
		}
	}
	return out
}
