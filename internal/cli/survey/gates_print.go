package survey

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain/survey"
)

// gatesShown is what is printed with a report, and how much of it.
type gatesShown struct {
	from   string      // where the rustc that the report is judged by comes from
	probed probedGates // zero when no compiler was asked
	fewest fewestRustc
	all    bool // also what no build reaches
}

// printGates prints what a kernel uses, one row each, and the verdict.
func printGates(w io.Writer, r survey.GateReport, shown gatesShown) error {
	all := shown.all
	out := &cli.TextWriter{W: w}
	out.Printf("Linux %s for %s (from %s)\n", r.Kernel, r.Target.Name, r.Source)
	out.Printf("judged by rustc %s, %s\n\n", r.Rustc, shown.from)
	var rows [][]string
	left := 0
	for _, u := range r.Uses {
		if u.Needed == kernel.Never && !all && shown.probed.answers[u.Name].Disagrees == "" {
			left++
			continue
		}
		rows = append(rows, []string{u.Name, stateWord(u), neededWord(u)})
		rows = append(rows, gateRemarks(u, all)...)
		if text := shown.probed.answers[u.Name]; text.Disagrees != "" {
			rows = append(rows, []string{"rustc " + r.Rustc.String() + ": " + text.Disagrees})
		} else if text.Unanswered != "" {
			rows = append(rows, []string{"not asked: " + text.Unanswered})
		}
	}
	if err := term.Table(w, []string{"NAME", "RUSTC " + r.Rustc.String(), "WHEN"}, rows); err != nil {
		return err
	}
	for _, u := range r.Bootstrap {
		out.Printf("RUSTC_BOOTSTRAP=1 at %s%s\n", u.Where, prefixed(": ", strings.TrimSuffix(bootstrapPurpose(u), ".")))
	}
	if left > 0 {
		out.Printf("%d more are not reached by any build for this target: --all shows them\n", left)
	}
	if shown.probed.answers != nil {
		asked, agreed := shown.probed.agreements()
		out.Printf("rustc %s answered about %d of them, and gates.toml agrees on %d\n", shown.probed.rustc, asked, agreed)
	} else if r.AsOf.Less(r.Rustc) {
		out.Printf("rustc %s is newer than gates.toml, which ends with %s: --probe asks rustc itself\n", r.Rustc, r.AsOf)
	}
	out.Printf("\n")
	printVerdict(out, r)
	shown.fewest.print(out, r.Rustc, len(r.Verdict.Names()))
	return out.Err
}

func bootstrapPurpose(u kernel.Use) string {
	if u.For != "" {
		return "for " + u.For
	}
	return u.Note
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// stateWord returns the text of a use's state in the judging rustc.
func stateWord(u survey.GateUse) string {
	word := string(u.State)
	switch {
	case u.State == manifests.GateStable && !u.Since.IsZero():
		word = "stable since " + u.Since.String()
	case u.State == manifests.GateStable:
		word = "accepted"
	case u.State == manifests.GateRemoved:
		word = "removed in " + u.Since.String()
	case u.State == manifests.GateUnstable && u.Gate.Internal:
		word = "internal"
	}
	return word
}

// neededWord returns which builds need a use: always, by configuration, never, or the goals of make.
func neededWord(u survey.GateUse) string {
	switch u.Needed {
	case kernel.Always:
		return "always"
	case kernel.ByConfig:
		return "by configuration"
	case kernel.OtherGoals:
		var goals []string
		for _, p := range u.Places {
			if p.Needed == kernel.OtherGoals && !slices.Contains(goals, p.For) {
				goals = append(goals, p.For)
			}
		}
		return strings.Join(goals, ", ")
	}
	return "never"
}

// gateRemarks returns the lines below a use: its places with their conditions, and what gates.toml knows of it.
func gateRemarks(u survey.GateUse, all bool) [][]string {
	var remarks [][]string
	var plain []string
	for _, p := range u.Places {
		if p.Needed == kernel.Never && u.Needed != kernel.Never && !all {
			continue
		}
		text := p.Where.String()
		if p.Value != "" && p.Kind == kernel.FlagUse {
			text += " (" + p.Value + ")"
		}
		text += prefixed(": ", p.Unused)
		if p.If == "" || p.Needed == kernel.Always {
			plain = append(plain, text)
			continue
		}
		remarks = append(remarks, []string{text + " if " + p.If})
	}
	if len(plain) > 0 {
		remarks = append([][]string{{strings.Join(plain, ", ")}}, remarks...)
	}
	if facts := gateFacts(u.Gate); facts != "" {
		remarks = append(remarks, []string{facts})
	}
	return remarks
}

// gateFacts returns the issue, the lists, the goal and the stable form of a gate, in one line.
func gateFacts(g manifests.Gate) string {
	var parts []string
	if number, ok := strings.CutPrefix(g.Tracking, "https://github.com/rust-lang/rust/issues/"); ok {
		parts = append(parts, "rust#"+number)
	} else if g.Tracking != "" {
		parts = append(parts, g.Tracking)
	}
	for _, list := range g.Lists {
		parts = append(parts, "list #"+list)
	}
	if g.Priority != "" {
		word := g.Priority
		if g.Derived {
			word += " by use"
		}
		parts = append(parts, word)
	}
	if g.Goal != "" {
		parts = append(parts, "goal "+g.Goal)
	}
	if g.StableAs != "" {
		parts = append(parts, fmt.Sprintf("%s is stable since %s", g.StableAs, g.AsSince))
	}
	if g.Renamed != "" {
		parts = append(parts, "now "+g.Renamed)
	}
	return strings.Join(parts, "; ")
}

// printVerdict prints how far the kernel is from stable Rust.
func printVerdict(out *cli.TextWriter, r survey.GateReport) {
	v := r.Verdict
	out.Paragraph("With rustc %s, Linux %s for %s needs %s before it builds on stable Rust.", r.Rustc, r.Kernel, r.Target.Name, groupCounts(v.Always, true))
	for _, group := range survey.Groups {
		out.List("  "+string(group)+": ", v.Always[group])
	}
	if total(v.ByConfig) > 0 {
		out.Paragraph("Some configurations need %s more.", groupCounts(v.ByConfig, false))
		for _, group := range survey.Groups {
			out.List("  "+string(group)+": ", v.ByConfig[group])
		}
	}
	if len(v.Missing) > 0 {
		out.Printf("Needed by every build, but missing from this rustc:\n")
		out.List("  ", v.Missing)
	}
	if len(v.Settled) > 0 {
		out.Printf("Stable in this rustc, and refused only because the kernel requests them:\n")
		out.List("  ", v.Settled)
	}
	for _, c := range r.Rustcs {
		printChange(out, "rustc", c)
	}
	for _, c := range r.Kernels {
		printChange(out, "Linux", c)
	}
}

func printChange(out *cli.TextWriter, what string, c survey.GateChange) {
	if len(c.Gone) > 0 {
		out.List(fmt.Sprintf("With %s %s, no longer needed: ", what, c.Release), c.Gone)
	}
	if len(c.New) > 0 {
		out.List(fmt.Sprintf("With %s %s, also needed: ", what, c.Release), c.New)
	}
}

// groupCounts returns the number of names in each group, as text. Empty groups are left out without zeros.
func groupCounts(groups map[survey.Group][]string, zeros bool) string {
	words := map[survey.Group][2]string{
		survey.GateGroup: {"gate", "gates"}, survey.FlagGroup: {"flag", "flags"}, survey.OtherGroup: {"other thing", "other things"},
	}
	var parts []string
	for _, group := range survey.Groups {
		switch n := len(groups[group]); {
		case n == 1:
			parts = append(parts, "1 "+words[group][0])
		case n > 1 || zeros:
			parts = append(parts, fmt.Sprintf("%d %s", n, words[group][1]))
		}
	}
	last := len(parts) - 1
	if last == 0 {
		return parts[0]
	}
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}
