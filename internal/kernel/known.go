package kernel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// Known returns the requirements of a release without its tree, from manifests/kernels.toml. "6.12" means the series,
// for which the newest known release of it is used; "6.12.0" is the first release of the series.
//
// A row speaks for the release that it was read from. For a release between two rows Known combines both: a hazard that
// only one of them has may apply (manifests.MayFail) unless a point of kernels.toml says in which release it was fixed,
// and of two minimum versions the lower one is required. A release after the last row of its series may have fixes that
// the row lacks. A release newer than all rows, and linux-next, get the newest row as a guess. Requirements.Source names
// the rows, and Requirements.Notes says so if the release itself was not read.
func Known(asked Release, arch Arch) (Requirements, error) {
	if err := arch.check(); err != nil {
		return Requirements{}, err
	}
	first, err := manifests.FirstRust()
	if err != nil {
		return Requirements{}, err
	}
	if asked.before(first) {
		source := fmt.Sprintf("kernels.toml (no Rust before %s)", first)
		return Requirements{Kernel: asked.Version, SrcArch: arch.SrcArch, Source: source, Notes: asked.vendorNotes()}, nil
	}
	rows, err := manifests.Kernels()
	if err != nil {
		return Requirements{}, err
	}
	rules, err := manifests.LoadRules()
	if err != nil {
		return Requirements{}, err
	}
	b, err := bracketOf(rows, asked)
	if err != nil {
		return Requirements{}, err
	}
	r := Requirements{Kernel: asked.Version, SrcArch: arch.SrcArch, Source: b.source(), Notes: b.notes(asked)}
	if asked.Next {
		r.Kernel = b.below.Release
	}
	b.fillDemands(&r, arch)
	r.RustInit = Where{File: initKconfig, Line: b.below.ConfigRust}
	b.fillHaveRust(&r)
	if len(r.HaveRust) == 0 {
		return r, nil
	}
	return r, b.fillHazards(&r, rules.Hazards)
}

// bracket is what kernels.toml knows around one release.
type bracket struct {
	at     version.Version     // the release; of a series, the newest one that a row or a point is about
	below  manifests.KernelRow // the newest row up to it
	above  manifests.KernelRow // the oldest row after it, in its series; zero: there is none
	points []manifests.KernelPoint
}

// bracketOf returns the rows around a release. Rows are sorted, oldest first. A release before the first row of its
// series is between that row and the first one of the series before it.
func bracketOf(rows []manifests.KernelRow, asked Release) (bracket, error) {
	points, err := manifests.KernelPoints()
	if err != nil {
		return bracket{}, err
	}
	if newest := rows[len(rows)-1]; asked.after(newest.Release) {
		return bracket{at: asked.Version, below: newest}, nil
	}
	series := asked.Version.Series()
	b := bracket{at: asked.Version}
	for _, p := range points {
		if p.Release.Series() == series {
			b.points = append(b.points, p)
		}
	}
	var own []manifests.KernelRow // of the series
	before := ""                  // the series before it
	for _, row := range rows {
		switch s := row.Release.Series(); {
		case s == series:
			own = append(own, row)
		case row.Release.Less(asked.Version) && s != before:
			before, b.below = s, row
		case asked.Version.Less(row.Release) && b.above.Release.IsZero():
			b.above = row // only used if the series has no row
		}
	}
	if len(own) == 0 {
		return b, nil
	}
	b.above = manifests.KernelRow{}
	if asked.wholeSeries() {
		b.at = own[len(own)-1].Release
		for _, p := range b.points {
			if b.at.Less(p.Release) {
				b.at = p.Release
			}
		}
	}
	for _, row := range own {
		if !b.at.Less(row.Release) {
			b.below = row
		} else if b.above.Release.IsZero() {
			b.above = row
		}
	}
	if b.below.Release.IsZero() { // before the first of all rows
		b.below, b.above = b.above, manifests.KernelRow{}
	}
	return b, nil
}

// exact reports whether the release itself was read.
func (b bracket) exact() bool { return b.below.Release.Compare(b.at) == 0 }

// between reports whether there is a row after the release that can differ from the one before it.
func (b bracket) between() bool { return !b.exact() && !b.above.Release.IsZero() }

func (b bracket) source() string {
	if b.between() {
		return fmt.Sprintf("kernels.toml (between %s and %s)", b.below.Release, b.above.Release)
	}
	return fmt.Sprintf("kernels.toml (%s)", b.below.Basis)
}

// notes returns what a user should know about the rows that answer for a release.
func (b bracket) notes(asked Release) []string {
	if b.between() {
		return append(asked.vendorNotes(), fmt.Sprintf("Linux %s was not read: the answer is from %s and %s; --tree DIR is exact", asked.Version, b.below.Release, b.above.Release))
	}
	return asked.servedBy(b.below.Release)
}

// fillDemands fills the minimum versions. If the rows differ, the lower minimum is required, and a version that only one
// of them accepts may fail.
func (b bracket) fillDemands(r *Requirements, arch Arch) {
	for _, tool := range append(slices.Clone(scriptTools), Pahole) {
		d, ok := rowDemand(b.below, tool, arch)
		if !ok {
			continue
		}
		if later, ok := rowDemand(b.above, tool, arch); ok && b.between() && (later.Version.Compare(d.Version) != 0 || later.Pinned != d.Pinned) {
			lower, other := d, later
			bad := "< " + later.Version.String()
			if later.Version.Less(d.Version) {
				lower, other, bad = later, d, "< "+d.Version.String()
			}
			lower.Pinned = false
			if d.Pinned && later.Pinned {
				bad = fmt.Sprintf("!= %s, != %s", d.Version, later.Version)
			}
			if lower.Version.Compare(other.Version) != 0 {
				r.Hazards = append(r.Hazards, Hazard{
					ID: "minimum-" + string(tool), Tool: tool, Bad: version.MustParseRange(bad), Effect: manifests.MayFail, Where: other.Where,
					What: fmt.Sprintf("Linux %s requires %s and %s requires %s", b.below.Release, d.Version, b.above.Release, later.Version),
				})
			}
			d = lower
		}
		r.Demands = append(r.Demands, d)
	}
	slices.SortFunc(r.Demands, func(a, b Demand) int { return strings.Compare(string(a.Tool), string(b.Tool)) })
}

// rowDemand returns the minimum version of a tool that a row states for an architecture.
func rowDemand(row manifests.KernelRow, tool Tool, arch Arch) (Demand, bool) {
	minimum, ok := row.Minimum(string(tool), arch.SrcArch, arch.Arch)
	where := Where{File: scriptFile, Line: row.Lines[string(tool)]}
	if tool == Pahole {
		where.File = changesFile
	}
	return Demand{Tool: tool, Version: minimum, Pinned: slices.Contains(row.Pinned, string(tool)), Where: where}, ok
}

// fillHaveRust fills the selects of HAVE_RUST, and those of the next known release if they differ and it is unknown
// which of them the release has.
func (b bracket) fillHaveRust(r *Requirements) {
	selects, known := b.below.HaveRust[r.SrcArch], b.exact()
	for _, p := range b.points {
		changed, ok := p.HaveRust[r.SrcArch]
		switch {
		case !ok || !b.covers(p):
		case b.at.Less(p.Release):
			known = true // up to that point nothing changed
		default:
			selects, known = changed, true
		}
	}
	r.HaveRust = selectsOf(selects, r.SrcArch)
	if later := b.above.HaveRust[r.SrcArch]; !known && b.between() && !slices.EqualFunc(selects, later, sameSelect) {
		r.HaveRustLater = selectsOf(later, r.SrcArch)
		if len(r.HaveRust) == 0 {
			r.HaveRust = r.HaveRustLater
		}
	}
}

// sameSelect reports whether two selects have one condition, whatever their lines.
func sameSelect(a, b manifests.Select) bool { return a.If == b.If }

func selectsOf(list []manifests.Select, srcArch string) []HaveRust {
	var found []HaveRust
	for _, s := range list {
		found = append(found, HaveRust{Condition: s.If, Where: Where{File: "arch/" + srcArch + "/Kconfig", Line: s.Line}})
	}
	return found
}

// fillHazards appends the hazards that the release has or may have.
func (b bracket) fillHazards(r *Requirements, rules []manifests.HazardRule) error {
	for _, rule := range rules {
		if !b.concerns(rule, r.SrcArch) {
			continue
		}
		applies, sure := b.hazard(rule.ID, r.SrcArch)
		if !applies {
			continue
		}
		hazards, err := newHazards(rule, *r, Where{File: rule.Detect[0].FilesFor(r.SrcArch)[0]})
		if err != nil {
			return err
		}
		for _, h := range hazards {
			if !sure && h.Effect == manifests.Fails {
				h.Effect = manifests.MayFail
			}
			if !sure {
				h.What += "; whether this release has a fix is unknown"
			}
			r.Hazards = append(r.Hazards, h)
		}
	}
	return nil
}

// concerns reports whether a rule concerns an architecture in these releases. A point does not say which architectures
// it is about: they are those that the rows around it list.
func (b bracket) concerns(rule manifests.HazardRule, srcArch string) bool {
	listed := len(b.below.Hazards[rule.ID])+len(b.above.Hazards[rule.ID]) > 0
	return rule.AppliesTo(srcArch) && (!listed || b.below.HasHazard(rule.ID, srcArch) || b.above.HasHazard(rule.ID, srcArch))
}

// hazard reports whether a hazard applies to the release, and whether that is sure. It compares the last thing known up
// to the release with the first thing known after it.
func (b bracket) hazard(id, srcArch string) (applies, sure bool) {
	has, exact := b.below.HasHazard(id, srcArch), b.exact()
	hasLater, known := b.above.HasHazard(id, srcArch), b.between()
	for _, p := range slices.Backward(b.points) { // so that the first one after the release decides
		if change, ok := p.Hazard(id); ok && b.at.Less(p.Release) && b.covers(p) {
			hasLater, known = change != manifests.Introduced, true // right before the point
		}
	}
	for _, p := range b.points {
		if change, ok := p.Hazard(id); ok && !b.at.Less(p.Release) && b.covers(p) {
			has, exact = change != manifests.Fixed, p.Release.Compare(b.at) == 0
		}
	}
	switch {
	case exact || known && has == hasLater:
		return has, true
	case known:
		return true, false
	}
	return has, false
}

// covers reports whether a point is between the two rows.
func (b bracket) covers(p manifests.KernelPoint) bool {
	return b.below.Release.Less(p.Release) && (!b.between() || p.Release.Less(b.above.Release))
}
