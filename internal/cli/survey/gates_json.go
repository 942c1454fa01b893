package survey

import (
	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain/survey"
)

// GatesJSON is the documented form of `krustup gates` (docs/json.md).
type GatesJSON struct {
	Schema    int                 `json:"schema"`
	Kernel    string              `json:"kernel"`
	Source    string              `json:"read_from"`
	Target    string              `json:"target"`
	Rustc     string              `json:"rustc"`
	From      string              `json:"rustc_from"`
	Fewest    fewestJSON          `json:"fewest"`
	AsOf      string              `json:"as_of_rustc"`
	Uses      []GateUseJSON       `json:"uses"`
	Bootstrap []kernel.Use        `json:"bootstrap"`
	Verdict   jsonVerdict         `json:"verdict"`
	Rustcs    []survey.GateChange `json:"later_rustc"`
	Kernels   []survey.GateChange `json:"later_linux"`
}

// GateUseJSON is one gate, flag or other unstable thing that a kernel uses. State and Since are what the judging rustc
// makes of it, and Probe is its own answer with --probe.
type GateUseJSON struct {
	Name     string          `json:"name"`
	Group    survey.Group    `json:"group"`
	Needed   string          `json:"needed"`
	Places   []jsonGatePlace `json:"places"`
	Tracking string          `json:"tracking,omitempty"`
	Lists    []string        `json:"lists,omitempty"`
	Priority string          `json:"priority,omitempty"`
	Derived  bool            `json:"priority_derived,omitempty"`
	Goal     string          `json:"goal,omitempty"`
	GoalURL  string          `json:"goal_url,omitempty"`
	Internal bool            `json:"internal,omitempty"`
	StableAs string          `json:"stable_as,omitempty"`
	Renamed  string          `json:"renamed,omitempty"`
	Note     string          `json:"note,omitempty"`
	Sources  []string        `json:"sources"`
	jsonGateState

	Probe *gateAnswer `json:"probe,omitempty"`
}

type jsonGateState struct {
	State manifests.GateState `json:"state"`
	Since string              `json:"since,omitempty"`
}

type jsonGatePlace struct {
	kernel.Use
	Needed string `json:"needed"`
}

type jsonVerdict struct {
	Always   map[survey.Group][]string `json:"always"`
	ByConfig map[survey.Group][]string `json:"by_configuration"`
	Settled  []string                  `json:"stable_already"`
	Missing  []string                  `json:"missing"`
}

// certaintyWords are the JSON values of certainties.
var certaintyWords = map[kernel.Certainty]string{
	kernel.Never: "never", kernel.ByConfig: "configuration", kernel.Always: "always", kernel.OtherGoals: "other goals",
}

func newGatesJSON(r survey.GateReport, shown gatesShown) GatesJSON {
	out := GatesJSON{
		Schema: 1, Kernel: r.Kernel.String(), Source: r.Source, Target: r.Target.Name, Rustc: r.Rustc.String(), From: shown.from, Fewest: shown.fewest.json(),
		AsOf: r.AsOf.String(), Uses: []GateUseJSON{}, Bootstrap: cli.NonNil(r.Bootstrap), Rustcs: cli.NonNil(r.Rustcs), Kernels: cli.NonNil(r.Kernels),
		Verdict: jsonVerdict{allGroups(r.Verdict.Always), allGroups(r.Verdict.ByConfig), cli.NonNil(r.Verdict.Settled), cli.NonNil(r.Verdict.Missing)},
	}
	for _, u := range r.Uses {
		g := u.Gate
		one := GateUseJSON{
			Name: u.Name, Group: u.Group(), Needed: certaintyWords[u.Needed], Tracking: g.Tracking, Lists: g.Lists, Priority: g.Priority,
			Derived: g.Derived, Goal: g.Goal, GoalURL: g.GoalURL, Internal: g.Internal, StableAs: g.StableAs, Renamed: g.Renamed,
			Note: g.Note, Sources: cli.NonNil(g.Sources), jsonGateState: jsonGateState{u.State, u.Since.String()},
		}
		if answer, asked := shown.probed.answers[u.Name]; asked {
			one.Probe = &answer
		}
		for _, p := range u.Places {
			one.Places = append(one.Places, jsonGatePlace{p.Use, certaintyWords[p.Needed]})
		}
		out.Uses = append(out.Uses, one)
	}
	return out
}

// allGroups returns a map with a list for every group, so that none is null in JSON.
func allGroups(groups map[survey.Group][]string) map[survey.Group][]string {
	out := map[survey.Group][]string{}
	for _, group := range survey.Groups {
		out[group] = cli.NonNil(groups[group])
	}
	return out
}
