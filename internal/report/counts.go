package report

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
)

// endSpace is the width reserved for the labels at the ends of the lines.
const endSpace = 56

// counts draws the numbers of gates, flags and other unstable things that releases use, one line for each.
func counts(history []Unstable) plot {
	p := plot{
		ID: "unstable", Title: "Unstable Rust features by release of Linux",
		Text: "Features and flags of rustc that are unstable in a release, or were when it began to use them. Other: custom targets, core built from source, doctests. The table also has the gates of the fork of alloc, which existed up to 6.9.",
		Head: []string{"Linux", "gates", "of alloc", "flags", "other", "names"},
	}
	if len(history) == 0 {
		return p
	}
	lines := []struct {
		class string
		of    func(Unstable) int
	}{
		{"gates", func(u Unstable) int { return len(u.Gates) }},
		{"flags", func(u Unstable) int { return len(u.Flags) }},
		{"other", func(u Unstable) int { return len(u.Other) }},
	}
	high := 1
	for _, u := range history {
		for _, line := range lines {
			high = max(high, line.of(u))
		}
		p.Rows = append(p.Rows, []string{
			u.Name, strconv.Itoa(len(u.Gates)), strconv.Itoa(len(u.Alloc)), strconv.Itoa(len(u.Flags)), strconv.Itoa(len(u.Other)),
			strings.Join(slices.Concat(u.Gates, u.Flags, u.Other), ", "),
		})
	}
	releases := make([]Release, len(history))
	for i, u := range history {
		releases[i] = Release{Name: u.Name}
	}
	x := func(i int) int { return column(i, len(history)) * (plotWidth - endSpace) / plotWidth }
	y := func(n int) int { return plotTop + plotHeight - n*plotHeight/high }
	var b strings.Builder
	axisAt(&b, releases, plotTop+plotHeight, x)
	for _, line := range lines {
		var path strings.Builder
		for i, u := range history {
			command := "L"
			if i == 0 {
				command = "M"
			}
			fmt.Fprintf(&path, "%s%d %d", command, x(i), y(line.of(u)))
			if previous := i - 1; previous < 0 || line.of(history[previous]) != line.of(u) {
				fmt.Fprintf(&b, `<circle class="floor" cx="%d" cy="%d" r="3"><title>Linux %s: %d %s</title></circle>`,
					x(i), y(line.of(u)), template.HTMLEscapeString(u.Name), line.of(u), line.class)
			}
		}
		last := history[len(history)-1]
		fmt.Fprintf(&b, `<path class="%s" d="%s"/>`, line.class, path.String())
		fmt.Fprintf(&b, `<text class="end" x="%d" y="%d">%d %s</text>`, x(len(history)-1)+8, y(line.of(last))+4, line.of(last), line.class)
	}
	p.Drawing = svg(b.String(), p, plotTop+plotHeight+2*axisDistance)
	return p
}
