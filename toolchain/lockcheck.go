package toolchain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// NotLockedError reports that a lock has no set for a request, or one that does not satisfy it.
type NotLockedError struct {
	Path   string
	Key    LockKey
	Has    []LockKey // the keys of all sets in the lock
	Reason string    // the demand that the set for Key does not meet; "": there is no such set
	Moved  []Move    // how the kernel's demands differ from the locked ones, if the lock records them
}

// Error returns one line, and one indented line for each demand that changed since the set was locked.
func (e *NotLockedError) Error() string {
	if e.Reason != "" {
		text := fmt.Sprintf("%s: the set for target %s on host %s does not satisfy this kernel: %s", e.Path, e.Key.Target, e.Key.Host, e.Reason)
		for _, m := range e.Moved {
			text += "\n  changed since it was locked: " + m.String()
		}
		return text
	}
	text := fmt.Sprintf("%s has no set for target %s on host %s with %s", e.Path, e.Key.Target, e.Key.Host, e.Key.CC)
	if e.Key.Backend != "" {
		text += " and backend " + string(e.Key.Backend)
	}
	return text + "; it has " + joinKeys(e.Has)
}

// NoneLockedError reports that a lock has none of the requested sets.
type NoneLockedError struct {
	Path string
	Has  []LockKey // the keys of all sets in the lock
}

// Error lists the sets that the lock has, so that a misspelled target shows.
func (e *NoneLockedError) Error() string {
	return fmt.Sprintf("%s has none of the requested sets; it has %s", e.Path, joinKeys(e.Has))
}

func joinKeys(keys []LockKey) string {
	if len(keys) == 0 {
		return "no sets"
	}
	var list []string
	for _, k := range keys {
		list = append(list, k.String())
	}
	return strings.Join(list, "; ")
}

// SetFor returns the locked set for a request, with the request's Key, under which an installed set is found. It makes
// no choice: the error is a *NotLockedError if there is no set that meets all demands of the kernel, the rules and the
// user, a *NoRustError if the kernel has no Rust support for the target, and an *UnusedError as for Resolve. path
// stands for the lock in messages.
func (l Lock) SetFor(path string, req Request, rules manifests.Rules) (Set, error) {
	cc, err := req.Compiler()
	if err != nil {
		return Set{}, err
	}
	req.CC = cc
	if err := req.unused(); err != nil {
		return Set{}, err
	}
	refused := &NotLockedError{Path: path, Key: req.lockKey(), Has: l.Keys()}
	set, ok := l.Get(refused.Key)
	if !ok {
		return Set{}, refused
	}
	if refused.Reason = set.fails(req, rules); refused.Reason != "" {
		refused.Moved = set.Asked.moved(req.Requirements)
		return Set{}, refused
	}
	set.Key = req.Key()
	return set, nil
}

// fails returns the first demand of a request that the set does not meet, or "" if it meets all of them.
func (s Set) fails(req Request, rules manifests.Rules) string {
	check := &search{req: req, rules: rules, fewest: unlimited}
	chosen := map[Component]candidate{}
	for _, c := range req.wanted() {
		p, ok := s.Pick(c)
		if _, named := req.With[c]; !ok && (c != Pahole || named) {
			return fmt.Sprintf("it has no %s", c)
		}
		if !ok {
			continue
		}
		o := candidate{Offer: p.Offer}
		if r := cmp.Or(check.refuse(o), check.clash(o, chosen)); r != nil {
			return fmt.Sprintf("%s %s is locked, but %s", c, o.Version, r)
		}
		chosen[c] = o
	}
	return ""
}

// Move is one demand of a kernel that changed after a set was locked.
type Move struct {
	Tool   kernel.Tool `json:"tool"`
	Hazard string      `json:"hazard,omitempty"` // the id of a hazard; "": a demand on the version
	From   string      `json:"from,omitempty"`   // ">= 1.78.0", "= 1.74.1", for a hazard the bad versions; "": the demand is new
	To     string      `json:"to,omitempty"`     // "": the demand no longer exists
	Where  string      `json:"where"`            // the place in the tree; for a removed demand, the former place
}

// String returns the change in one line, with its place: "rustc >= 1.78.0 is now >= 1.85.0 (…)", "hazard core-edition is
// new: perhaps rustc >= 1.87.0 (…)".
func (m Move) String() string {
	if m.Hazard != "" {
		return fmt.Sprintf("hazard %s %s", m.Hazard, m.hazardText())
	}
	switch {
	case m.From == "":
		return fmt.Sprintf("%s %s is new (%s)", m.Tool, m.To, m.Where)
	case m.To == "":
		return fmt.Sprintf("%s %s no longer applies (it was in %s)", m.Tool, m.From, m.Where)
	}
	return fmt.Sprintf("%s %s is now %s (%s)", m.Tool, m.From, m.To, m.Where)
}

func (m Move) hazardText() string {
	affected := func(bad string) string {
		if versions, unsure := strings.CutSuffix(bad, perhaps); unsure {
			return fmt.Sprintf("perhaps %s %s", m.Tool, versions)
		}
		return fmt.Sprintf("%s %s", m.Tool, bad)
	}
	switch {
	case m.From == "":
		return fmt.Sprintf("is new: %s (%s)", affected(m.To), m.Where)
	case m.To == "":
		return fmt.Sprintf("no longer applies: %s (it was in %s)", affected(m.From), m.Where)
	}
	return fmt.Sprintf("changed: %s, now %s (%s)", affected(m.From), affected(m.To), m.Where)
}

// known reports whether the lock records what its set was chosen for.
func (a Asked) known() bool { return len(a.Demands) > 0 }

// moved returns the differences between the recorded demands and those of a kernel now. A different line number alone
// is not a difference.
func (a Asked) moved(now kernel.Requirements) []Move {
	if !a.known() {
		return nil
	}
	then, is := askings(a.Demands, a.Hazards), askings(now.Demands, now.Hazards)
	var list []Move
	for _, was := range then {
		switch at := slices.IndexFunc(is, was.same); {
		case at < 0:
			list = append(list, Move{was.tool, was.hazard, was.text, "", was.where})
		case is[at].text != was.text:
			list = append(list, Move{was.tool, was.hazard, was.text, is[at].text, is[at].where})
		}
	}
	for _, fresh := range is {
		if !slices.ContainsFunc(then, fresh.same) {
			list = append(list, Move{fresh.tool, fresh.hazard, "", fresh.text, fresh.where})
		}
	}
	return list
}

// perhaps ends the bad versions, in From and To of a Move, of a hazard that is not sure.
const perhaps = " perhaps"

// asking is a demand or a hazard of a kernel in the form that Move compares.
type asking struct {
	tool                kernel.Tool
	hazard, text, where string
}

func (a asking) same(o asking) bool { return a.tool == o.tool && a.hazard == o.hazard }

func askings(demands []kernel.Demand, hazards []kernel.Hazard) []asking {
	var list []asking
	for _, d := range demands {
		_, relation := kernelRange(d)
		list = append(list, asking{tool: d.Tool, text: relation + " " + d.Version.String(), where: d.Where.String()})
	}
	for _, h := range hazards {
		if !h.Decides() {
			continue
		}
		text := h.Bad.String()
		one := asking{tool: h.Tool, hazard: h.ID}
		switch at := slices.IndexFunc(list, one.same); {
		case at >= 0: // the same rule with two ranges, that of the worse effect first
			list[at].text += " and perhaps " + text
			continue
		case h.Effect != manifests.Fails:
			text += perhaps
		}
		list = append(list, asking{h.Tool, h.ID, text, h.Where.String()})
	}
	return list
}

// Checked is the result of Lock.Check for one locked set.
type Checked struct {
	Key    LockKey
	Kernel version.Version // the kernel that the set was compared with
	Moved  []Move          // demands of the kernel that changed after the set was locked
	Unmet  string          // the demand that the set does not meet; "": it meets all
}

// Holds reports whether the lock is up to date with the kernel.
func (c Checked) Holds() bool { return len(c.Moved) == 0 && c.Unmet == "" }

// Check compares the locked set for a request with what the kernel, the rules and the user require now. It is stricter
// than SetFor: a changed demand is a difference even if the set still meets it. The error is a *NotLockedError if the
// lock has no such set. path stands for the lock in messages.
func (l Lock) Check(path string, req Request, rules manifests.Rules) (Checked, error) {
	c := Checked{Key: req.lockKey(), Kernel: req.Requirements.Kernel}
	set, ok := l.Get(c.Key)
	if !ok {
		return Checked{}, &NotLockedError{Path: path, Key: c.Key, Has: l.Keys()}
	}
	if err := req.allows(req.CC); err != nil {
		c.Unmet = err.Error()
		return c, nil
	}
	c.Moved, c.Unmet = set.Asked.moved(req.Requirements), set.fails(req, rules)
	if c.Unmet == "" && !set.Asked.known() && set.Key != req.Key() {
		c.Unmet = "it was locked for different demands or options; a lock of format 1 does not record them"
	}
	return c, nil
}
