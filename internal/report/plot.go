package report

import (
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
)

// plot is a drawing and a table with the same data.
type plot struct {
	ID, Title, Text string
	Drawing         template.HTML
	Head            []string
	Rows            [][]string
}

const (
	plotWidth    = 760
	plotLeft     = 56
	plotTop      = 16
	plotHeight   = 190
	barHeight    = 22
	labelEvery   = 46 // minimum distance between labels below the axis
	axisDistance = 18
)

// steps draws the minimum version of a tool as a line that rises where a release requires a newer one.
func steps(id, title string, history []Release, of func(Release) string) plot {
	p := plot{ID: id, Title: title, Head: []string{"Linux", id, "meaning"}}
	var values []int
	for _, r := range history {
		values = append(values, minor(of(r)))
		meaning := "minimum"
		if r.Pinned {
			meaning = "only supported version"
		}
		p.Rows = append(p.Rows, []string{r.Name, of(r), meaning})
	}
	if len(values) == 0 {
		return p
	}
	low, high := slices.Min(values), slices.Max(values)
	y := func(v int) int { return plotTop + plotHeight - (v-low)*plotHeight/max(1, high-low) }
	var b strings.Builder
	axis(&b, history, plotTop+plotHeight)
	var path strings.Builder
	for i, v := range values {
		x := column(i, len(history))
		if i == 0 {
			fmt.Fprintf(&path, "M%d %d", x, y(v))
			continue
		}
		fmt.Fprintf(&path, "H%dV%d", x, y(v))
	}
	fmt.Fprintf(&b, `<path class="line" d="%s"/>`, path.String())
	for i, r := range history {
		class := "floor"
		if r.Pinned {
			class = "pin"
		}
		fmt.Fprintf(&b, `<circle class="%s" cx="%d" cy="%d" r="4"><title>Linux %s: %s</title></circle>`,
			class, column(i, len(history)), y(values[i]), template.HTMLEscapeString(r.Name), template.HTMLEscapeString(of(r)))
		if i == 0 || values[i] != values[i-1] {
			fmt.Fprintf(&b, `<text class="value" x="%d" y="%d">%s</text>`, column(i, len(history))-6, y(values[i])-8, template.HTMLEscapeString(of(r)))
		}
	}
	p.Text = fmt.Sprintf("From %s in Linux %s to %s in Linux %s. A filled dot marks the only supported version.",
		of(history[0]), history[0].Name, of(history[len(history)-1]), history[len(history)-1].Name)
	p.Drawing = svg(b.String(), p, plotTop+plotHeight+2*axisDistance)
	return p
}

// arrivals draws a bar for each target with Rust, starting at the first release that supports it.
func arrivals(targets []Target, history []Release) plot {
	p := plot{
		ID: "arrivals", Title: "First release with Rust, by target", Head: []string{"Target", "since Linux"},
		Text: "Each bar starts at the first release that builds Rust for the target.",
	}
	list := slices.Clone(targets)
	list = slices.DeleteFunc(list, func(t Target) bool { return t.Since == "" })
	at := func(t Target) int {
		i := slices.IndexFunc(history, func(r Release) bool { return r.Name == t.Since })
		return max(0, i)
	}
	slices.SortStableFunc(list, func(a, b Target) int { return at(a) - at(b) })
	if len(list) == 0 || len(history) == 0 {
		return p
	}
	var b strings.Builder
	bottom := plotTop + len(list)*barHeight
	axis(&b, history, bottom)
	end := column(len(history)-1, len(history))
	for i, t := range list {
		x, y := column(at(t), len(history)), plotTop+i*barHeight
		fmt.Fprintf(&b, `<rect class="bar" x="%d" y="%d" width="%d" height="%d" rx="3"/>`, x, y, max(6, end-x), barHeight-6)
		anchor, where := "end", x-6
		if x < plotWidth/2 {
			anchor, where = "start", x+8
		}
		fmt.Fprintf(&b, `<text class="name %s" x="%d" y="%d" text-anchor="%s">%s</text>`, anchor, where, y+barHeight-10, anchor, template.HTMLEscapeString(t.Name))
		p.Rows = append(p.Rows, []string{t.Name, t.Since})
	}
	p.Drawing = svg(b.String(), p, bottom+2*axisDistance)
	return p
}

func svg(content string, p plot, height int) template.HTML {
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %d %d" role="img" aria-labelledby="%s-title %s-text">%s</svg>`,
		plotWidth, height, p.ID, p.ID, content))
}

// column returns the x coordinate of the i-th of n releases.
func column(i, n int) int {
	return plotLeft + i*(plotWidth-plotLeft-24)/max(1, n-1)
}

// axis draws the axis of releases, labelled where there is room.
func axis(b *strings.Builder, history []Release, y int) {
	axisAt(b, history, y, func(i int) int { return column(i, len(history)) })
}

// axisAt is like axis, with x coordinates given by place.
func axisAt(b *strings.Builder, history []Release, y int, place func(i int) int) {
	fmt.Fprintf(b, `<path class="axis" d="M%d %dH%d"/>`, place(0), y+6, place(len(history)-1))
	last := -labelEvery
	for i, r := range history {
		x := place(i)
		if x-last < labelEvery && i != len(history)-1 {
			continue
		}
		last = x
		fmt.Fprintf(b, `<text class="tick" x="%d" y="%d" text-anchor="middle">%s</text>`, x, y+6+axisDistance, template.HTMLEscapeString(r.Name))
	}
}

// minor returns the minor version, 85 for 1.85.0: these tools have had a single major version so far.
func minor(text string) int {
	parts := strings.SplitN(text, ".", 3)
	if len(parts) < 2 {
		return 0
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return 0
	}
	return n
}
