package toolchain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/version"
)

// badPair says what is known against a bindgen with a libclang, if anything is (manifests/rules.toml): sure asks for
// pairs that fail with every kernel, which are never chosen, else for those that may.
func (s *search) badPair(bindgen Offer, libclang version.Version, sure bool) *Reason {
	for _, p := range s.rules.Pairs {
		if p.Sure == sure && p.Bindgen.Contains(bindgen.Version) && p.Libclang.Contains(libclang) {
			return &Reason{
				Text:  fmt.Sprintf("bindgen %s with libclang %s is a known-bad pair: %s", bindgen.Version, libclang, p.What),
				Where: firstOf(p.Links),
			}
		}
	}
	return nil
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// reasons says why an offer was chosen: each demand that it meets, and where in the order of preference it stood.
func (s *search) reasons(o candidate, chosen map[Component]candidate) []Reason {
	var list []Reason
	for _, d := range demandsOn(s.req, o.Component) {
		if d.where != "" || d.user {
			list = append(list, Reason{Text: d.text, Where: d.where})
		}
	}
	if o.Component == Bindgen && s.req.CC == Clang {
		list = append(list, Reason{Text: fmt.Sprintf("loads libclang %s, of the clang that compiles the kernel", o.Libclang)})
	}
	if s.req.MatchLLVM && o.Component == LLVM {
		list = append(list, Reason{Text: fmt.Sprintf("--match-llvm: rustc %s has LLVM %s inside", chosen[Rust].Version, o.Version.Series())})
	}
	if standing := s.standing(o); standing.Text != "" {
		list = append(list, standing)
	}
	return list
}

// standing says why the choice came from this suite. Of one that is held it says what it said when it was chosen: so a
// lock does not change because something newer came on offer.
func (s *search) standing(o candidate) Reason {
	if o.held != nil {
		if len(o.held.Reasons) == 0 {
			return Reason{}
		}
		return o.held.Reasons[len(o.held.Reasons)-1]
	}
	text := fmt.Sprintf("newest that fits in %s", o.Suite)
	var before []string
	for _, earlier := range s.req.Suppliers[:o.level.supplier] {
		before = append(before, earlier.Name())
	}
	switch len(before) {
	case 0:
	case 1:
		return Reason{Text: fmt.Sprintf("%s; supplier %s has none that fits", text, before[0])}
	default:
		return Reason{Text: fmt.Sprintf("%s; suppliers %s have none that fits", text, strings.Join(before, " and "))}
	}
	for _, other := range s.candidates[o.Component] {
		if other.held == nil && other.level.compare(o.level) < 0 {
			return Reason{Text: fmt.Sprintf("%s; the suites before it have none", text)}
		}
	}
	return Reason{Text: text}
}

// sameReason is how many choices that were passed over for one reason are listed: a kernel's pin speaks against fifty.
const sameReason = 3

// passedOver lists the choices that stood nearer than o, each version of a suite once, with what spoke against it.
func (s *search) passedOver(o candidate, chosen map[Component]candidate) []Rejection {
	list := s.useless(o)
	seen := map[string]bool{o.Version.String() + " " + o.Suite: true}
	reasons := map[string]int{}
	for _, nearer := range s.candidates[o.Component] {
		if nearer.Key == o.Key && nearer.Supplier == o.Supplier {
			break
		}
		id := nearer.Version.String() + " " + nearer.Suite
		same := seen[id] || (o.Component == Bindgen && nearer.Version.Compare(o.Version) == 0)
		if same && nearer.held == nil { // what was locked had to move, and why is what is asked
			continue
		}
		seen[id] = true
		reason := s.against(nearer, chosen)
		if reason == nil {
			reason = &Reason{Text: fmt.Sprintf("no set up to %s has it: the other tools that fit it stand further off", o.Suite)}
		}
		if reasons[reason.Text]++; reasons[reason.Text] > sameReason {
			continue
		}
		list = append(list, Rejection{Component: o.Component, Version: nearer.Version, Suite: nearer.Suite, Reason: *reason})
	}
	return list
}

// useless lists the tools of suppliers before o's that are there and can serve nobody.
func (s *search) useless(o candidate) []Rejection {
	var list []Rejection
	if o.held != nil {
		return nil
	}
	for _, u := range s.gathered.unread {
		before := slices.ContainsFunc(s.req.Suppliers[:o.level.supplier], func(earlier Supplier) bool { return earlier.Name() == u.Supplier })
		if u.Component == o.Component && before {
			list = append(list, Rejection{Component: u.Component, Version: u.Version, Suite: u.Suite, Reason: Reason{Text: u.Err.Error()}})
		}
	}
	return list
}

// against finds what speaks against an offer, given what was chosen for the other components.
func (s *search) against(o candidate, chosen map[Component]candidate) *Reason {
	if r := s.refuse(o); r != nil {
		return r
	}
	before := map[Component]candidate{}
	for _, c := range s.components {
		if c == o.Component {
			break
		}
		before[c] = chosen[c]
	}
	if r := s.clash(o, before); r != nil {
		return r
	}
	if o.Component == LLVM {
		return s.noBindgenFor(o, chosen[Bindgen].level)
	}
	return nil
}

// noBindgenFor says why no bindgen up to a level goes with a clang: the nearest one's reason.
func (s *search) noBindgenFor(llvm candidate, limit level) *Reason {
	for _, b := range s.candidates[Bindgen] {
		if !b.level.within(limit) || (!b.Libclang.IsZero() && b.Libclang.Major() != llvm.Version.Major()) {
			continue
		}
		if r := s.refuse(b); r != nil {
			return r
		}
	}
	return &Reason{Text: fmt.Sprintf("no bindgen on offer loads libclang %d", llvm.Version.Major())}
}

// warnings says what a user should know of a set that fits.
func (s *search) warnings(chosen map[Component]candidate) []string {
	var list []string
	for _, h := range s.req.Requirements.Hazards {
		for c, o := range chosen {
			if tool, ok := toolOf(c); ok && tool == h.Tool && !h.Sure && h.Bad.Contains(o.Version) {
				list = append(list, fmt.Sprintf("%s %s may not build this kernel: %s (%s)", h.Tool, o.Version, h.What, h.Where))
			}
		}
	}
	if b := chosen[Bindgen]; !b.Libclang.IsZero() {
		if r := s.badPair(b.Offer, b.Libclang, false); r != nil {
			list = append(list, r.String())
		}
	}
	rust, llvm := chosen[Rust], chosen[LLVM]
	if s.req.CC == Clang && !rust.LLVM.IsZero() && rust.LLVM.Major() != llvm.Version.Major() {
		list = append(list, fmt.Sprintf("rustc has LLVM %d inside and clang is %d: LTO, CFI and RUST_INLINE_HELPERS need one major (--match-llvm)",
			rust.LLVM.Major(), llvm.Version.Major()))
	}
	for _, c := range s.components {
		o := chosen[c]
		if o.Stale {
			list = append(list, fmt.Sprintf("%s %s comes from %s, whose metadata expired (--allow-stale)", c, o.Version, o.Suite))
		}
		if o.Unsigned {
			list = append(list, fmt.Sprintf("%s %s comes from %s %s, whose metadata is not signed (--allow-unsigned)", c, o.Version, o.Supplier, o.Suite))
		}
		if o.Untrusted {
			list = append(list, fmt.Sprintf("%s %s was on this machine before (%s): nobody vouches for it, and no lock can name it", c, o.Version, o.Suite))
		}
	}
	return list
}
