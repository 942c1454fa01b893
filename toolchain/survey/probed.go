package survey

import (
	"fmt"

	"github.com/krustup/krustup/internal/probe"
	"github.com/krustup/krustup/targets"
)

// Probed is the result of a probe on this machine, with what the manifests claim.
type Probed struct {
	Target  string
	Backend targets.Backend
	Claimed targets.Status
	Result  probe.Result // of the target's triple that got furthest
	Date    string       // of the probe: 2026-11-24
	Against string       // how the result contradicts the claim, one clause, or ""
}

// ProbedBeside returns each record with the claim about its target and backend, in the records' order. Records of
// targets that are not in the list are left out.
func ProbedBeside(list []targets.Target, records []probe.Record) []Probed {
	known := map[string]targets.Target{}
	for _, t := range list {
		known[t.Name] = t
	}
	var all []Probed
	for _, r := range records {
		t, ok := known[r.Target]
		best, tried := r.Best()
		if !ok || !tried {
			continue
		}
		p := Probed{
			Target: r.Target, Backend: targets.Backend(r.Backend), Claimed: targets.Unknown, Result: best,
			Date: r.Date.UTC().Format("2006-01-02"),
		}
		if s, ok := t.Support(p.Backend); ok {
			p.Claimed = s.Status
		}
		p.Against = against(p.Claimed, best)
		all = append(all, p)
	}
	return all
}

// against returns how a verdict contradicts a claim, "" when it does not. A ladder ends with a run, which is less than
// a kernel, so one that passes does not contradict "partial" or "experimental". A compiler that does not know the
// target contradicts nothing: the claim may be about another release.
func against(claimed targets.Status, r probe.Result) string {
	var good bool
	switch r.Verdict {
	case probe.Passed, probe.Built:
		good = true
	case probe.Absent:
		return ""
	}
	switch {
	case claimed == targets.Works && !good, claimed == targets.None && good, claimed == targets.Unknown:
		return fmt.Sprintf("the manifest says %s, but the probe says %s", claimed, r.Verdict)
	}
	return ""
}

// ProbesOf returns the probes of a target with a backend, in the order of the list.
func ProbesOf(list []Probed, target string, b targets.Backend) []Probed {
	var found []Probed
	for _, p := range list {
		if p.Target == target && p.Backend == b {
			found = append(found, p)
		}
	}
	return found
}

// NewestProbe returns the first probe of a target and backend in a list that begins with the newest.
func NewestProbe(list []Probed, target string, b targets.Backend) (Probed, bool) {
	if found := ProbesOf(list, target, b); len(found) > 0 {
		return found[0], true
	}
	return Probed{}, false
}
