package targets

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/krustup/krustup/manifests"
)

// table holds the targets of the manifests for look-ups. It is not modified after load.
type table struct {
	all   []Target       // sorted by name
	names map[string]int // by name or alias: index into all
}

var loaded = sync.OnceValues(load)

func load() (*table, error) {
	read, err := manifests.Targets()
	if err != nil {
		return nil, err
	}
	t := &table{names: map[string]int{}}
	slices.SortFunc(read, func(a, b manifests.Target) int { return cmp.Compare(a.Name, b.Name) })
	for i, m := range read {
		t.all = append(t.all, fromManifest(m))
		for _, name := range append([]string{m.Name}, m.Aliases...) {
			t.names[name] = i
		}
	}
	return t, nil
}

// fromManifest converts a record of a manifest into a Target.
func fromManifest(m manifests.Target) Target {
	t := Target{
		Name: m.Name, Aliases: m.Aliases, Arch: m.Arch, SrcArch: m.SrcArch, Make: m.Make, Bits: m.Bits, Endian: m.Endian,
		GNU: m.GNU, Rustc: m.Rustc, OwnSpec: m.OwnSpec, HostLibc: m.HostLibc, Symbols: m.Symbols,
		GCC: slices.Contains(m.CC, "gcc"), LLVM: slices.Contains(m.CC, "llvm"), LLVMMin: m.LLVMMin,
		Config: m.Config, Since: m.Since, NoRust: m.NoRust, SelectedAnyway: m.SelectedAnyway,
		Debian: m.GNU, Crosstool: m.Crosstool, Clang: m.Clang, LLVMMake: m.LLVMMake,
		QEMU: m.QEMU, QEMUMachine: m.QEMUMachine, QEMUUser: m.QEMUUser, Note: m.Note, Evidence: evidence(m.Evidence),
	}
	switch m.Debian {
	case "":
	case "none":
		t.Debian = ""
	default:
		t.Debian = m.Debian
	}
	for _, b := range m.Backends {
		s := Support{
			Backend: Backend(b.Name), Status: Status(b.Status), Since: b.Since, Blockers: b.Blockers, Evidence: evidence(b.Evidence),
		}
		for _, triple := range b.Triples {
			s.Triples = append(s.Triples, Triple{Name: triple.Name, Tier: triple.Tier})
		}
		t.Backends = append(t.Backends, s)
	}
	return t
}

func evidence(all []manifests.Evidence) []Evidence {
	out := make([]Evidence, len(all))
	for i, e := range all {
		out[i] = Evidence(e)
	}
	return out
}

// mustLoad panics when an embedded manifest is invalid. They are part of the program, and a test decodes all of them.
func mustLoad() *table {
	t, err := loaded()
	if err != nil {
		panic(err)
	}
	return t
}

// All returns every target, sorted by name. Their slices and maps are shared: do not modify them.
func All() []Target { return slices.Clone(mustLoad().all) }

// Find returns the target with a name or alias, or an *UnknownError.
func Find(name string) (Target, error) {
	t := mustLoad()
	if i, ok := t.names[name]; ok {
		return t.all[i], nil
	}
	return Target{}, &UnknownError{Name: name, Nearest: t.nearest(name)}
}

// UnknownError reports that no target has a name or alias.
type UnknownError struct {
	Name    string
	Nearest []string // similarly spelled names and aliases, the nearest first; at most 3, may be empty
}

// Error suggests the nearest names, if there are any.
func (e *UnknownError) Error() string {
	text := fmt.Sprintf("unknown target %q", e.Name)
	if len(e.Nearest) > 0 {
		text += ": did you mean " + strings.Join(e.Nearest, " or ") + "?"
	}
	return text
}

// nearest returns at most three names or aliases that differ from name in few letters, one for each target.
func (t *table) nearest(name string) []string {
	type guess struct {
		spelling string
		distance int
	}
	best := map[int]guess{}
	for spelling, i := range t.names {
		d := distance(strings.ToLower(name), spelling)
		if d > max(1, len(name)/3) {
			continue
		}
		if old, seen := best[i]; !seen || d < old.distance || d == old.distance && spelling < old.spelling {
			best[i] = guess{spelling, d}
		}
	}
	var found []guess
	for _, g := range best {
		found = append(found, g)
	}
	slices.SortFunc(found, func(a, b guess) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.spelling, b.spelling))
	})
	var out []string
	for _, g := range found[:min(3, len(found))] {
		out = append(out, g.spelling)
	}
	return out
}

// distance returns the number of letters to insert, delete, replace or swap with a neighbour (optimal string
// alignment).
func distance(a, b string) int {
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			next[j] = min(next[j-1]+1, row[j]+1, row[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
