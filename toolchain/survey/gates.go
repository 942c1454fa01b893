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
	"github.com/krustup/krustup/toolchain"
)

// GateUse is one unstable thing that a kernel uses: all its places, and what gates.toml and rustc know of it.
type GateUse struct {
	Name   string
	Gate   manifests.Gate // only its name is set when gates.toml has none
	Places []GatePlace
	Needed kernel.Certainty // the most certain of its places
	State  manifests.GateState
	Since  version.Version // the release that brought State, zero when unknown
}

// GatePlace is one place of a use, and whether a build reaches it.
type GatePlace struct {
	kernel.Use
	Needed kernel.Certainty
}

// Group is the kind that a use counts as in the verdict.
type Group string

// The groups of a verdict.
const (
	GateGroup  Group = "gates"
	FlagGroup  Group = "flags"
	OtherGroup Group = "other"
)

// Groups are all groups, in the order of the verdict.
var Groups = []Group{GateGroup, FlagGroup, OtherGroup}

// Group returns what a use counts as, by its first place.
func (u GateUse) Group() Group {
	switch first := u.Places[0].Use; {
	case first.Gate():
		return GateGroup
	case first.Kind == kernel.FlagUse:
		return FlagGroup
	}
	return OtherGroup
}

// Verdict is what keeps a kernel from building with a stable rustc: names, by group.
type Verdict struct {
	Always   map[Group][]string // needed by every build
	ByConfig map[Group][]string // needed by some configurations
	Settled  []string           // gates that are stable in this rustc: only the kernel's request for them is refused
	Missing  []string           // needed by every build, but removed from this rustc or not yet in it
}

// GateChange is what a later release of rustc or Linux removes from the verdict, and adds to it.
type GateChange struct {
	Release version.Version `json:"release"`
	Gone    []string        `json:"gone"`
	New     []string        `json:"new"`
}

// GateReport is what one kernel uses for one target that is not stable, judged by one rustc.
type GateReport struct {
	Kernel    version.Version
	Source    string
	Target    targets.Target
	Rustc     version.Version
	AsOf      version.Version // the newest rustc that gates.toml covers
	Uses      []GateUse
	Bootstrap []kernel.Use
	Verdict   Verdict
	Rustcs    []GateChange // by later releases of rustc, up to AsOf
	Kernels   []GateChange // by later releases of Linux, with this rustc

	from kernel.Uses
}

// GateSaid is a rustc's own answer about a gate.
type GateSaid struct {
	State manifests.GateState
	Since version.Version
}

// By returns the report judged by a rustc that was asked. Its answers, by name, take precedence over gates.toml.
func (r GateReport) By(rustc version.Version, said map[string]GateSaid) (GateReport, error) {
	return reportGates(r.from, r.Target, rustc, said)
}

// ReportGates judges what a kernel uses for a target, by a rustc. The error is of gates.toml or uses.toml.
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
	said   map[string]GateSaid // answers of this rustc; they count for no other release
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

// surer returns the more certain of two: never, then other goals of make, by configuration, always.
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

// Names returns all names that keep the kernel from stable Rust, in any configuration.
func (v Verdict) Names() []string {
	var all []string
	for _, group := range Groups {
		all = append(append(all, v.Always[group]...), v.ByConfig[group]...)
	}
	return append(all, v.Missing...)
}

var rustcInCondition = regexp.MustCompile(`rustc (?:>=|<) ([0-9.]+)`)

// turningPoints returns the later releases of rustc with which the verdict on a kernel may change.
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
	before := now.Names()
	for _, point := range j.turningPoints(uses) {
		later := j
		later.rustc, later.said = point, nil
		after := verdict(later.group(uses)).Names()
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
	before := now.Names()
	for i, row := range rows {
		last := i+1 == len(rows) || rows[i+1].Release.Series() != row.Release.Series()
		if !last || !release.Less(row.Release) || row.Release.Series() == release.Series() {
			continue
		}
		after := verdict(j.group(kernel.RowUses(row))).Names()
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

// without returns the names of a list that are not in another.
func without(list, other []string) []string {
	left := []string{}
	for _, name := range list {
		if !slices.Contains(other, name) {
			left = append(left, name)
		}
	}
	return left
}

// Unstable returns what a kernel needs of each rustc that is not stable, for toolchain.FewestGates: what a build for the
// target needs always or in some configurations. The error is of gates.toml.
func Unstable(uses kernel.Uses, target targets.Target) (*toolchain.Unstable, error) {
	known, err := manifests.LoadGates()
	if err != nil {
		return nil, err
	}
	alike := slices.Clone(uses.List)
	for i := range alike { // a place in another line makes no other kernel
		alike[i].Where, alike[i].Note = kernel.Where{}, ""
	}
	counted := map[string][]string{}
	return &toolchain.Unstable{Uses: alike, Names: func(rustc version.Version) []string {
		names, done := counted[rustc.String()]
		if !done {
			names = verdict(gateJudge{known, target, rustc, nil}.group(uses)).Names()
			counted[rustc.String()] = names
		}
		return names
	}}, nil
}
