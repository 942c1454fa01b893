// Package report writes what is known about Rust on Linux targets as one HTML page. A Page is the data: targets with
// the support by each backend, and releases of Linux with what they require.
//
// Invariant: the page is self-contained. It loads nothing, which a content security policy enforces, and the same data
// results in the same bytes.
package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
)

// Page is the content of the page.
type Page struct {
	Version string // of krustup
	Kernel  string // the release that the matrix describes
	Source  string // what the data on that release was read from
	Targets []Target
	History []Release  // oldest first
	Gates   []Unstable // oldest first
}

// Unstable lists by name the unstable Rust features that a release of Linux uses.
type Unstable struct {
	Name  string // of the release
	Gates []string
	Alloc []string // gates of the kernel's fork of alloc
	Flags []string
	Other []string
}

// Target is a row of the matrix and a section with its details.
type Target struct {
	Name     string
	Rust     bool
	RustText string // "yes", "clang only", "no"
	Rustc    string // minimum version; "" when the kernel has no Rust support for the target
	Bits     int
	Endian   string
	Since    string // the first series with Rust for it; "": none
	Facts    []Fact
	Backends []Backend
	Commands []string // shell commands to try it
}

// Fact is one line of a target's details.
type Fact struct{ Name, Text string }

// Backend is the support for a target by one backend.
type Backend struct {
	Name     string
	Status   string // works, partial, experimental, none, unknown
	Since    string
	Triples  []string // with their tier
	Blockers []string
	Evidence []Evidence
	Probed   string   // the newest result of a probe on this machine; "": none
	Probes   []string // each probe as a sentence, the newest first
	Disagree bool     // the newest probe contradicts Status
}

// Evidence says where a fact can be verified: a URL or a text. One of them is set.
type Evidence struct{ URL, Text string }

// Release is a release of Linux and the minimum versions of its Rust tools.
type Release struct {
	Name           string
	Rustc, Bindgen string
	Pinned         bool // the minimum versions are the only supported ones
}

var (
	//go:embed page.html
	pageText string
	//go:embed style.css
	style string
	//go:embed page.js
	script string
)

var page = template.Must(template.New("page").Funcs(template.FuncMap{"join": strings.Join}).Parse(pageText))

// Write renders the page as HTML.
func Write(w io.Writer, p Page) error {
	data := struct {
		Page
		Policy   string
		Style    template.CSS
		Script   template.JS
		Statuses []string
		With     int
		Plots    []plot
		Arrivals plot
		Unstable plot
	}{
		Page: p, Style: template.CSS(style), Script: template.JS(script), Statuses: statuses(p.Targets),
		Policy: fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", hash(style), hash(script)),
		Plots: []plot{
			steps("rustc", "Minimum rustc by release of Linux", p.History, func(r Release) string { return r.Rustc }),
			steps("bindgen", "Minimum bindgen by release of Linux", p.History, func(r Release) string { return r.Bindgen }),
		},
		Arrivals: arrivals(p.Targets, p.History),
		Unstable: counts(p.Gates),
	}
	for _, t := range p.Targets {
		if t.Rust {
			data.With++
		}
	}
	if err := page.Execute(w, data); err != nil {
		return fmt.Errorf("writing report: %w", err)
	}
	return nil
}

// hash returns the hash source of a style or script for the policy: https://www.w3.org/TR/CSP3/#grammardef-hash-source.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// statuses returns the statuses that occur, for the filter.
func statuses(targets []Target) []string {
	var all []string
	for _, t := range targets {
		for _, b := range t.Backends {
			all = append(all, b.Status)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
