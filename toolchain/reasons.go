package toolchain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// badPair returns the rule of manifests/rules.toml against a bindgen with a libclang, or nil. sure selects the rules
// for pairs that fail with every kernel and are never chosen; otherwise it is the rules for pairs that may fail.
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

// reasons returns why an offer was chosen: each demand that it meets, and last its position in the order of preference.
func (s *search) reasons(o candidate, chosen map[Component]candidate) []Reason {
	var list []Reason
	for _, d := range demandsOn(s.req, o.Component) {
		if d.where != "" || d.user {
			list = append(list, Reason{Text: d.text, Where: d.where})
		}
	}
	if o.Component == Bindgen && s.req.CC == Clang {
		libclang := o.Libclang
		if libclang.IsZero() {
			libclang = chosen[LLVM].Libclang
		}
		list = append(list, Reason{Text: fmt.Sprintf("loads libclang %s, which belongs to the clang that compiles the kernel", libclang)})
	}
	if s.req.MatchLLVM && o.Component == LLVM {
		list = append(list, Reason{Text: fmt.Sprintf("--match-llvm: rustc %s contains LLVM %s", chosen[Rust].Version, o.Version.Series())})
	}
	if text := s.preferred(o); text != "" {
		list = append(list, Reason{Text: text})
	}
	if r := s.preference(o); r.Text != "" {
		list = append(list, r)
	}
	return list
}

// preference returns why the choice is from this suite. For a held candidate it is the reason from when it was chosen,
// so that a newer offer alone does not change a lock.
func (s *search) preference(o candidate) Reason {
	if o.held != nil {
		if len(o.held.Reasons) == 0 {
			return Reason{}
		}
		return o.held.Reasons[len(o.held.Reasons)-1]
	}
	if s.req.Prefer == Newest {
		return Reason{Text: fmt.Sprintf("--prefer newest: newest suitable version that any supplier has, from %s", o.Suite)}
	}
	text := fmt.Sprintf("newest suitable version in %s", o.Suite)
	var before []string
	for _, earlier := range s.req.Suppliers[:o.level.supplier] {
		if earlier.Name() != o.Supplier {
			before = append(before, earlier.Name())
		}
	}
	switch len(before) {
	case 0:
	case 1:
		return Reason{Text: fmt.Sprintf("%s; supplier %s has no suitable version", text, before[0])}
	default:
		return Reason{Text: fmt.Sprintf("%s; suppliers %s have no suitable version", text, strings.Join(before, " and "))}
	}
	for _, other := range s.candidates[o.Component] {
		if other.held == nil && other.level.compare(o.level) < 0 {
			return Reason{Text: fmt.Sprintf("%s; earlier suites have none", text)}
		}
	}
	return Reason{Text: text}
}

// sameReason is the maximum number of rejections that are listed with the same reason. A kernel's pin can reject fifty
// versions.
const sameReason = 3

// passedOver returns the offers that are preferred to o but were rejected, each version of a suite once, with the
// reason.
func (s *search) passedOver(o candidate, chosen map[Component]candidate) []Rejection {
	list := s.unusable(o)
	seen := map[string]bool{o.Version.String() + " " + o.Suite: true}
	reasons := map[string]int{}
	for _, nearer := range s.candidates[o.Component] {
		if nearer.Key == o.Key && nearer.Supplier == o.Supplier {
			break
		}
		id := nearer.Version.String() + " " + nearer.Suite
		same := seen[id] || (o.Component == Bindgen && nearer.Version.Compare(o.Version) == 0)
		if same && nearer.held == nil { // a held candidate that was rejected is listed: PickChanges reports why it moved
			continue
		}
		seen[id] = true
		reason := s.against(nearer, chosen)
		if reason == nil {
			reason = &Reason{Text: s.unfitting(o)}
		}
		if reasons[reason.Text]++; reasons[reason.Text] > sameReason {
			continue
		}
		list = append(list, Rejection{Component: o.Component, Version: nearer.Version, Suite: nearer.Suite, Reason: *reason})
	}
	return list
}

// unfitting returns why an offer that is preferred to o is not in the set although nothing is against it alone.
func (s *search) unfitting(o candidate) string {
	if s.req.Prefer == Newest {
		return "no set has it: no tools that any supplier has fit with it"
	}
	return fmt.Sprintf("no set up to %s has it: the tools that fit with it are only in later suites", o.Suite)
}

// unusable returns the tools that exist but cannot be used, of o's supplier and of those before it, for Newest of all.
func (s *search) unusable(o candidate) []Rejection {
	var list []Rejection
	if o.held != nil {
		return nil
	}
	for _, u := range s.gathered.unread {
		before := s.req.Prefer == Newest || slices.ContainsFunc(s.req.Suppliers[:o.level.supplier+1], func(earlier Supplier) bool { return earlier.Name() == u.Supplier })
		if u.Component == o.Component && before {
			list = append(list, Rejection{Component: u.Component, Version: u.Version, Suite: u.Suite, Reason: Reason{Text: u.Err.Error()}})
		}
	}
	return list
}

// against returns the reason against an offer, given the choices for the other components, or nil if there is none.
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
		if s.req.Prefer == Newest {
			return s.noBindgenFor(o, everything)
		}
		return s.noBindgenFor(o, chosen[Bindgen].level)
	}
	return nil
}

// noLibclang returns the reason against a bindgen without a libclang. clang is zero for a set with GCC.
func noLibclang(bindgen, clang version.Version) *Reason {
	other := "the set"
	if !clang.IsZero() {
		other = "clang " + clang.String()
	}
	return &Reason{Text: fmt.Sprintf("bindgen %s has no libclang, and neither has %s; LIBCLANG_PATH names one for a bindgen of this machine", bindgen, other)}
}

// noBindgenFor returns why no bindgen up to a level fits a clang: the reason against the most preferred one.
func (s *search) noBindgenFor(llvm candidate, limit level) *Reason {
	for _, b := range s.candidates[Bindgen] {
		if !b.level.within(limit) || (!b.Libclang.IsZero() && b.Libclang.Major() != llvm.Version.Major()) {
			continue
		}
		if r := s.refuse(b); r != nil {
			return r
		}
		if b.Libclang.IsZero() && llvm.Libclang.IsZero() {
			return noLibclang(b.Version, llvm.Version)
		}
	}
	return &Reason{Text: fmt.Sprintf("no available bindgen loads libclang %d", llvm.Version.Major())}
}

// warnings returns what a user should know about the chosen set.
func (s *search) warnings(chosen map[Component]candidate) []string {
	list := slices.Clone(s.req.Requirements.Notes)
	if s.req.Requirements.Disputed(s.req.symbols(s.req.CC)) {
		list = append(list, fmt.Sprintf("Linux %s may have no Rust support for %s with %s: the releases that were read differ (arch/%s/Kconfig)",
			s.req.Requirements.Kernel, s.req.Target.Name, s.req.CC, s.req.Target.SrcArch))
	}
	list = append(list, hazardWarnings(s.req.Requirements.Hazards, chosen)...)
	if b := chosen[Bindgen]; !b.Libclang.IsZero() {
		if r := s.badPair(b.Offer, b.Libclang, false); r != nil {
			list = append(list, r.String())
		}
	}
	rust, llvm := chosen[Rust], chosen[LLVM]
	if s.req.CC == Clang && !rust.LLVM.IsZero() && rust.LLVM.Major() != llvm.Version.Major() {
		list = append(list, fmt.Sprintf("rustc contains LLVM %d and clang is version %d: LTO, CFI and RUST_INLINE_HELPERS need the same major version (--match-llvm)",
			rust.LLVM.Major(), llvm.Version.Major()))
	}
	for _, c := range s.components {
		o := chosen[c]
		if o.Stale {
			list = append(list, fmt.Sprintf("%s %s comes from %s, whose metadata has expired (--allow-stale)", c, o.Version, o.Suite))
		}
		if o.Unsigned {
			list = append(list, fmt.Sprintf("%s %s comes from %s %s, whose metadata is unsigned (--allow-unsigned)", c, o.Version, o.Supplier, o.Suite))
		}
		if o.Once != "" {
			list = append(list, fmt.Sprintf("%s %s: its digest, which is pinned in krustup's data, was found in one place only: %s", c, o.Version, o.Once))
		}
		if o.Untrusted {
			list = append(list, fmt.Sprintf("%s %s was already on this machine (%s): it is not verified and cannot be locked", c, o.Version, o.Suite))
		}
	}
	return list
}

// hazardWarnings returns what the hazards say of the chosen tools that do not exclude them. One warning tells all of a
// kind; the others have one each.
func hazardWarnings(hazards []kernel.Hazard, chosen map[Component]candidate) []string {
	var list []string
	kinds := map[string]int{} // place in the list
	for _, h := range hazards {
		v, hit := hitBy(h, chosen)
		if !hit || h.Effect == manifests.Fails {
			continue
		}
		where := fmt.Sprintf(" (%s)", h.Where.File)
		at, told := kinds[h.Kind]
		switch {
		case h.Effect == manifests.MayFail:
			list = append(list, fmt.Sprintf("%s %s may not build this kernel: %s (%s)", h.Tool, v, h.What, h.Where))
		case h.Kind == "":
			list = append(list, fmt.Sprintf("%s %s with this kernel: %s (%s)", h.Tool, v, h.What, h.Where))
		case told:
			list[at] = strings.TrimSuffix(list[at], where) + ", " + h.What + where
		default:
			kinds[h.Kind] = len(list)
			list = append(list, fmt.Sprintf("%s %s with this kernel: %s: %s%s", h.Tool, v, h.Kind, h.What, where))
		}
	}
	return list
}
