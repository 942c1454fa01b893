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

// NotLockedError says that a lock has no set for what is asked, or one that no longer serves it.
type NotLockedError struct {
	Path   string
	Key    LockKey
	Has    []LockKey // what the lock has sets for
	Reason string    // what the set for Key does not meet; "" when there is none
	Moved  []Move    // how the kernel's demands differ from those that were locked, as far as the lock tells
}

func (e *NotLockedError) Error() string {
	if e.Reason != "" {
		text := fmt.Sprintf("%s: the set for target %s on host %s does not serve this kernel: %s", e.Path, e.Key.Target, e.Key.Host, e.Reason)
		for _, m := range e.Moved {
			text += "\n  since it was locked: " + m.String()
		}
		return text
	}
	text := fmt.Sprintf("%s has no set for target %s on host %s with %s", e.Path, e.Key.Target, e.Key.Host, e.Key.CC)
	if e.Key.Backend != "" {
		text += " and backend " + string(e.Key.Backend)
	}
	return text + "; it has " + joinKeys(e.Has)
}

// NoneLockedError says that a lock has none of the sets that were named.
type NoneLockedError struct {
	Path string
	Has  []LockKey // what it has sets for
}

func (e *NoneLockedError) Error() string {
	return fmt.Sprintf("%s has no such set; it has %s", e.Path, joinKeys(e.Has))
}

func joinKeys(keys []LockKey) string {
	if len(keys) == 0 {
		return "none at all"
	}
	var list []string
	for _, k := range keys {
		list = append(list, k.String())
	}
	return strings.Join(list, "; ")
}

// SetFor gives the set that a lock has for a request. It makes no choice: a set that does not meet all that the kernel,
// the rules and the user ask is a *NotLockedError, and a kernel without Rust for the target a *NoRustError. The set is
// filed under the request, so that Activate finds it.
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

// lockKey is what a lock files the set of a request under, whose compiler is settled.
func (req Request) lockKey() LockKey {
	return LockKey{req.Target.Name, req.Host, req.CC, req.Backend}
}

// fails says which demand a set does not meet, "" when it meets them all.
func (s Set) fails(req Request, rules manifests.Rules) string {
	check := &search{req: req, rules: rules}
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

// Move is one demand of a kernel that is another now than when a set was locked.
type Move struct {
	Tool   kernel.Tool `json:"tool"`
	Hazard string      `json:"hazard,omitempty"` // the id of the hazard, when it is one
	From   string      `json:"from,omitempty"`   // ">= 1.78.0", "= 1.74.1", of a hazard the versions that break; "": there was none
	To     string      `json:"to,omitempty"`     // "": there is none any more
	Where  string      `json:"where"`            // the place in the tree; of one that is gone, where it was
}

func (m Move) String() string {
	subject := string(m.Tool)
	if m.Hazard != "" {
		subject = fmt.Sprintf("hazard %s: %s", m.Hazard, m.Tool)
	}
	switch {
	case m.From == "":
		return fmt.Sprintf("%s %s is new (%s)", subject, m.To, m.Where)
	case m.To == "":
		return fmt.Sprintf("%s %s is gone (it was in %s)", subject, m.From, m.Where)
	}
	return fmt.Sprintf("%s %s is now %s (%s)", subject, m.From, m.To, m.Where)
}

// known reports whether a lock wrote down what its set was chosen for.
func (a Asked) known() bool { return len(a.Demands) > 0 }

// moved tells what a kernel asks for now that it did not when the set was locked, and the other way round. That a line
// has moved in its file is no difference.
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

// asking is one thing that a kernel asks of a tool, as a Move tells it.
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
		text := h.Bad.String()
		if !h.Sure {
			text += " perhaps"
		}
		list = append(list, asking{h.Tool, h.ID, text, h.Where.String()})
	}
	return list
}

// Checked is what became of a locked set.
type Checked struct {
	Key    LockKey
	Kernel version.Version // that is asked about
	Moved  []Move          // demands of the kernel that moved since
	Unmet  string          // what the set does not meet, "" when it meets all
}

// Holds reports whether the lock is still what the kernel asks for.
func (c Checked) Holds() bool { return len(c.Moved) == 0 && c.Unmet == "" }

// Check compares the set that a lock has for a request with what the kernel, the rules and the user ask now. Unlike
// SetFor it is not content with a set that would still serve: where a demand moved, the lock is behind. A lock without
// such a set is a *NotLockedError.
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
		c.Unmet = "it was locked for other demands or options than these; which, a lock of format 1 does not tell"
	}
	return c, nil
}
