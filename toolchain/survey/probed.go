package survey

import (
	"fmt"

	"github.com/krustup/krustup/internal/probe"
	"github.com/krustup/krustup/targets"
)

// Probed is what a probe on this machine saw, beside what the manifests claim.
type Probed struct {
	Target  string
	Backend targets.Backend
	Claimed targets.Status
	Result  probe.Result // the one of the target's triples that came furthest
	Date    string       // of the probe: 2026-11-24
	Against string       // how the two disagree, one clause, or ""
}

// ProbedBeside sets each record beside the claim about its target and backend, in the records' order. Records of targets
// that the list does not have are left out.
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

// against says how a verdict disagrees with a claim. A ladder ends with a run, which is less than a kernel: one that
// passes says nothing against "partial" or "experimental". A compiler that does not know the target says nothing at all,
// since the claim may be about another release.
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
		return fmt.Sprintf("the manifest says %s, and the probe %s", claimed, r.Verdict)
	}
	return ""
}

// NewestProbe gives the first of a target and backend in a list that begins with the newest.
func NewestProbe(list []Probed, target string, b targets.Backend) (Probed, bool) {
	for _, p := range list {
		if p.Target == target && p.Backend == b {
			return p, true
		}
	}
	return Probed{}, false
}
