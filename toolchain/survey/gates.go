package survey

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
)

// GateUse is one thing that a kernel uses and that is not stable, at all its places, and what is known of it.
type GateUse struct {
	Name   string
	Gate   manifests.Gate // zero but for its name when gates.toml has none
	Places []GatePlace
	Needed kernel.Certainty // the surest of the places
	State  manifests.GateState
	Since  version.Version // of the state, zero where that says nothing
}

// GatePlace is one place, and whether a build comes to it.
type GatePlace struct {
	kernel.Use
	Needed kernel.Certainty
}

// Group is what a use counts as in the verdict.
type Group string

// The groups.
const (
	GateGroup  Group = "gates"
	FlagGroup  Group = "flags"
	OtherGroup Group = "other"
)

// Groups are all groups, in the order of the verdict.
var Groups = []Group{GateGroup, FlagGroup, OtherGroup}

// Group tells what a use counts as.
func (u GateUse) Group() Group {
	switch first := u.Places[0].Use; {
	case first.Gate():
		return GateGroup
	case first.Kind == kernel.FlagUse:
		return FlagGroup
	}
	return OtherGroup
}

// Verdict is what stands between a kernel and a build with stable rustc: names, by group.
type Verdict struct {
	Always   map[Group][]string // each build needs it
	ByConfig map[Group][]string // some configurations do
	Settled  []string           // gates that are stable in this rustc: only that they are asked for is in the way
	Missing  []string           // what this rustc has no more, or not yet, and each build needs
}

// GateChange is what a later release of rustc or Linux takes away from the verdict, and brings into it.
type GateChange struct {
	Release version.Version `json:"release"`
	Gone    []string        `json:"gone"`
	New     []string        `json:"new"`
}

// GateReport is what one kernel uses for one target that is not stable, as one rustc sees it.
type GateReport struct {
	Kernel    version.Version
	Source    string
	Target    targets.Target
	Rustc     version.Version
	AsOf      version.Version // the newest rustc that gates.toml knows
	Uses      []GateUse
	Bootstrap []kernel.Use
	Verdict   Verdict
	Rustcs    []GateChange // by later releases of rustc, up to AsOf
	Kernels   []GateChange // by later releases of Linux, with this rustc

	from kernel.Uses
}

// GateSaid is what a rustc itself said of a gate.
type GateSaid struct {
	State manifests.GateState
	Since version.Version
}

// By judges the same by a rustc that was asked; what it said, by name, goes before what gates.toml has.
func (r GateReport) By(rustc version.Version, said map[string]GateSaid) (GateReport, error) {
	return reportGates(r.from, r.Target, rustc, said)
}

// ReportGates judges what a kernel uses, for a target, by a rustc.
func ReportGates(uses kernel.Uses, target targets.Target, rustc version.Version) (GateReport, error) {
	return reportGates(uses, target, rustc, nil)
}

func reportGates(uses kernel.Uses, target targets.Target, rustc version.Version, said map[string]GateSaid) (GateReport, error) {
	known, err := manifests.LoadGates()
	if err != nil {
		return GateReport{}, err
	}
	j := gateJudge{known, target, rustc, said}
	r := GateReport{Kernel: uses.Kernel, Source: uses.Source, Target: target, Rustc: rustc, AsOf: known.AsOf, Uses: j.group(uses), from: uses}
	for _, u := range uses.List {
		if u.Kind == kernel.BootstrapUse {
			r.Bootstrap = append(r.Bootstrap, u)
		}
	}
	r.Verdict = verdict(r.Uses)
	r.Rustcs = j.laterRustcs(uses, r.Verdict)
	r.Kernels, err = j.laterKernels(uses.Kernel, r.Verdict)
	return r, err
}

type gateJudge struct {
	known  manifests.Gates
	target targets.Target
	rustc  version.Version
	said   map[string]GateSaid // by that rustc; what it said of others is not known
}

// group puts the uses of one name together: gates first, then flags, then the rest, each by name.
func (j gateJudge) group(uses kernel.Uses) []GateUse {
	var list []GateUse
	at := map[string]int{}
	for _, u := range uses.List {
		if u.Kind == kernel.BootstrapUse {
			continue
		}
		i, seen := at[u.Name]
		if !seen {
			i = len(list)
			at[u.Name] = i
			list = append(list, j.use(u.Name))
		}
		needed := u.Needed(j.target.SrcArch, j.target.Symbols, j.rustc)
		list[i].Places = append(list[i].Places, GatePlace{u, needed})
		list[i].Needed = surer(list[i].Needed, needed)
	}
	slices.SortStableFunc(list, func(a, b GateUse) int {
		return cmp.Or(slices.Index(Groups, a.Group())-slices.Index(Groups, b.Group()), strings.Compare(a.Name, b.Name))
	})
	return list
}

func (j gateJudge) use(name string) GateUse {
	u := GateUse{Name: name, State: manifests.GateNotKnown}
	gate, ok := j.known.Find(name)
	u.Gate.Name = name
	if ok {
		u.Gate = gate
		u.State, u.Since = gate.At(j.rustc)
	}
	if said, asked := j.said[name]; asked {
		u.State, u.Since = said.State, said.Since
	}
	return u
}

// surer gives the one of two that says more of a build; another goal of make says least but for nothing.
func surer(a, b kernel.Certainty) kernel.Certainty {
	rank := []kernel.Certainty{kernel.Never, kernel.OtherGoals, kernel.ByConfig, kernel.Always}
	if slices.Index(rank, a) < slices.Index(rank, b) {
		return b
	}
	return a
}

func verdict(uses []GateUse) Verdict {
	v := Verdict{Always: map[Group][]string{}, ByConfig: map[Group][]string{}}
	for _, u := range uses {
		if u.Needed == kernel.Never || u.Needed == kernel.OtherGoals {
			continue
		}
		switch group := u.Group(); {
		case u.State == manifests.GateStable && group == GateGroup:
			v.Settled = append(v.Settled, u.Name)
		case u.State == manifests.GateStable:
			// No stable rustc refuses it.
		case u.Needed == kernel.ByConfig:
			v.ByConfig[group] = append(v.ByConfig[group], u.Name)
		case u.State == manifests.GateRemoved || u.State == manifests.GateUnknown:
			v.Missing = append(v.Missing, u.Name)
		default:
			v.Always[group] = append(v.Always[group], u.Name)
		}
	}
	return v
}

// names gives all that stands in the way, in any configuration.
func (v Verdict) names() []string {
	var all []string
	for _, group := range Groups {
		all = append(append(all, v.Always[group]...), v.ByConfig[group]...)
	}
	return append(all, v.Missing...)
}

var rustcInCondition = regexp.MustCompile(`rustc (?:>=|<) ([0-9.]+)`)

// turningPoints are the releases of rustc above the one at hand with which something of a kernel changes.
func (j gateJudge) turningPoints(uses kernel.Uses) []version.Version {
	var points []version.Version
	add := func(v version.Version) {
		if j.rustc.Less(v) && !j.known.AsOf.Less(v) && !slices.ContainsFunc(points, func(p version.Version) bool { return p.Compare(v) == 0 }) {
			points = append(points, v)
		}
	}
	for _, u := range uses.List {
		for _, m := range rustcInCondition.FindAllStringSubmatch(u.If, -1) {
			if v, err := version.Parse(m[1]); err == nil {
				add(v)
			}
		}
		if gate, ok := j.known.Find(u.Name); ok {
			for _, v := range []version.Version{gate.Stable, gate.Gated, gate.Removed} {
				add(v)
			}
		}
	}
	slices.SortFunc(points, version.Version.Compare)
	return points
}

func (j gateJudge) laterRustcs(uses kernel.Uses, now Verdict) []GateChange {
	var changes []GateChange
	before := now.names()
	for _, point := range j.turningPoints(uses) {
		later := j
		later.rustc, later.said = point, nil
		after := verdict(later.group(uses)).names()
		if c := change(point, before, after); len(c.Gone)+len(c.New) > 0 {
			changes = append(changes, c)
		}
		before = after
	}
	return changes
}

// laterKernels compares with the newest known release of each later series.
func (j gateJudge) laterKernels(release version.Version, now Verdict) ([]GateChange, error) {
	rows, err := manifests.Uses()
	if err != nil {
		return nil, err
	}
	var changes []GateChange
	before := now.names()
	for i, row := range rows {
		last := i+1 == len(rows) || rows[i+1].Release.Series() != row.Release.Series()
		if !last || !release.Less(row.Release) || row.Release.Series() == release.Series() {
			continue
		}
		after := verdict(j.group(kernel.RowUses(row))).names()
		if c := change(row.Release, before, after); len(c.Gone)+len(c.New) > 0 {
			changes = append(changes, c)
		}
		before = after
	}
	return changes, nil
}

func change(release version.Version, before, after []string) GateChange {
	return GateChange{release, without(before, after), without(after, before)}
}

// without gives what of a list is not in another.
func without(list, other []string) []string {
	left := []string{}
	for _, name := range list {
		if !slices.Contains(other, name) {
			left = append(left, name)
		}
	}
	return left
}
