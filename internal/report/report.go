// Package report writes what is known of Linux targets and Rust as one HTML page. A Page is the data: targets with what
// each backend can do, and the releases of Linux with what they ask for.
//
// Invariant: the page is complete in itself. Nothing is loaded from anywhere, a content security policy forbids it, and the
// same data gives the same bytes.
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

// Page is all that the page says.
type Page struct {
	Version string // of krustup
	Kernel  string // the release that the matrix is about
	Source  string // what that was read from
	Targets []Target
	History []Release  // oldest first
	Gates   []Unstable // oldest first
}

// Unstable is what a release of Linux uses of Rust that is not stable: names.
type Unstable struct {
	Name  string // of the release
	Gates []string
	Alloc []string // gates of the kernel's fork of alloc
	Flags []string
	Other []string
}

// Target is a row of the matrix and a section of its own.
type Target struct {
	Name     string
	Rust     bool
	RustText string // "yes", "clang only", "no"
	Rustc    string // least, where the kernel has Rust
	Bits     int
	Endian   string
	Since    string // the first series with Rust for it, "" for none
	Facts    []Fact
	Backends []Backend
	Commands []string // what to type to try it
}

// Fact is one thing to know.
type Fact struct{ Name, Text string }

// Backend is what one backend can do.
type Backend struct {
	Name     string
	Status   string // works, partial, experimental, none, unknown
	Since    string
	Triples  []string // with their tier
	Blockers []string
	Evidence []Evidence
	Probed   string   // the newest verdict on this machine, "" without one
	Probes   []string // each probe in a sentence, the newest first
	Disagree bool     // the newest says otherwise than Status
}

// Evidence is where something is written: an address, or a text.
type Evidence struct{ URL, Text string }

// Release is a release of Linux and the least versions of tools for its Rust.
type Release struct {
	Name           string
	Rustc, Bindgen string
	Pinned         bool // no other version will do
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

// Write renders the page.
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
			steps("rustc", "Least rustc by release of Linux", p.History, func(r Release) string { return r.Rustc }),
			steps("bindgen", "Least bindgen by release of Linux", p.History, func(r Release) string { return r.Bindgen }),
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

// hash names a style or script in the policy, as https://www.w3.org/TR/CSP3/#grammardef-hash-source has it.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// statuses lists those that occur, for the filter.
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
