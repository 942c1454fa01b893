package manifests

import (
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/version"
)

func TestGateAt(t *testing.T) {
	v := version.MustParse
	list := func(texts ...string) (out []version.Version) {
		for _, text := range texts {
			out = append(out, v(text))
		}
		return out
	}
	language := Gate{Since: v("1.60.0"), Stable: v("1.87.0")}
	library := Gate{Seen: list("1.62.0", "1.85.1"), Unseen: list("1.95.0", "1.98.1")}
	removed := Gate{Seen: list("1.63.0"), Removed: v("1.93.0")}
	late := Gate{Seen: list("1.85.1", "1.98.1"), Unseen: list("1.63.0")}
	target := Gate{Seen: list("1.62.0", "1.98.1"), Gated: v("1.95.0")}
	for _, c := range []struct {
		name  string
		gate  Gate
		rustc string
		want  GateState
		since string
	}{
		{"before since", language, "1.59.0", GateUnknown, ""},
		{"at since", language, "1.60.0", GateUnstable, ""},
		{"right before stable", language, "1.86.1", GateUnstable, ""},
		{"at stable", language, "1.87.0", GateStable, "1.87.0"},
		{"after 1.99", language, "1.100.0", GateStable, "1.87.0"},
		{"before all examined releases", library, "1.61.0", GateNotKnown, ""},
		{"between two releases that have it", library, "1.70.0", GateUnstable, ""},
		{"between a release that has it and one that does not", library, "1.90.0", GateNotKnown, ""},
		{"between two releases that do not have it", library, "1.97.0", GateUnknown, ""},
		{"newer than all examined releases", library, "1.99.0", GateUnknown, ""},
		{"right before removed", removed, "1.92.0", GateUnstable, ""},
		{"at removed", removed, "1.93.0", GateRemoved, "1.93.0"},
		{"examined and unknown", late, "1.63.0", GateUnknown, ""},
		{"earlier point release of one that has it", late, "1.85.0", GateUnstable, ""},
		{"between unknown and unstable", late, "1.80.0", GateNotKnown, ""},
		{"newer than all releases that have it", late, "1.99.0", GateUnstable, ""},
		{"before gated-from", target, "1.94.1", GateStable, ""},
		{"at gated-from", target, "1.95.0", GateUnstable, ""},
	} {
		state, since := c.gate.At(v(c.rustc))
		if state != c.want || since.String() != c.since {
			t.Errorf("%s: At(%s) = %s %q, want %s %q", c.name, c.rustc, state, since, c.want, c.since)
		}
	}
}

const oneGate = `as-of = "1.98.1"
[[gate]]
name = "a"
kind = "language"
sources = ["somewhere"]
`

func TestGatesAreChecked(t *testing.T) {
	if _, err := parseGates("g", []byte(oneGate)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ what, text, want string }{
		{"an unknown key", oneGate + "x = 1\n", `g:6:1: unknown key "gate.x"`},
		{"no as-of", "[[gate]]\n", "as-of is missing"},
		{"a name twice", oneGate + strings.TrimPrefix(oneGate, `as-of = "1.98.1"`), "expected a unique name"},
		{"an unknown kind", strings.Replace(oneGate, "language", "wish", 1), `kind "wish", expected one of language,`},
		{"a flag without -Z", strings.Replace(oneGate, "language", "flag", 1), "-Z"},
		{"no source", strings.Replace(oneGate, `"somewhere"`, "", 1), "sources is missing"},
		{"stable before since", oneGate + "since = \"1.90.0\"\nstable = \"1.80.0\"\n", "stable in 1.80.0, before since = 1.90.0"},
		{"both seen and unseen", oneGate + "seen = [\"1.90.0\"]\nunseen = [\"1.90.0\"]\n", "1.90.0 is in both seen and unseen"},
		{"stable-as without its release", oneGate + "stable-as = \"-Cx\"\n", "stable-as-since"},
		{"a goal without a URL", oneGate + "goal = \"x\"\n", "goal-url"},
		{"no version", oneGate + "stable = \"soon\"\n", "soon"},
	} {
		if _, err := parseGates("g", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
}

func TestUsesAreChecked(t *testing.T) {
	gates, err := parseGates("g", []byte(oneGate))
	if err != nil {
		t.Fatal(err)
	}
	row := func(release, use string) string {
		return "[[kernel]]\nrelease = \"" + release + "\"\nbasis = \"b\"\n[[kernel.file]]\nname = \"f\"\nuses = [{ " + use + " }]\n"
	}
	good := `kind = "feature", name = "a", line = 3`
	if _, err := parseUses("u", []byte(row("6.1", good)+row("6.2", good)), gates); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ what, text, want string }{
		{"the wrong order", row("6.2", good) + row("6.1", good), "follows 6.2"},
		{"an unknown gate", row("6.1", `kind = "feature", name = "b"`), "f: b is not in gates.toml"},
		{"an unknown kind", row("6.1", `kind = "wish", name = "a"`), `kind "wish"`},
		{"an unknown key", row("6.1", good+", x = 1"), "unknown key"},
		{"no files", "[[kernel]]\nrelease = \"6.1\"\nbasis = \"b\"\n", "u:2: kernel 6.1: expected release, basis and files"},
	} {
		if _, err := parseUses("u", []byte(c.text), gates); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
}

// TestUsesOfKernels checks that each series of kernels.toml has a row, except 6.16: no tree of it was available.
func TestUsesOfKernels(t *testing.T) {
	rows, err := Uses()
	if err != nil {
		t.Fatal(err)
	}
	series := map[string]bool{"6.16": true}
	for _, row := range rows {
		series[row.Release.Series()] = true
	}
	kernels, err := Kernels()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kernels {
		if !series[k.Release.Series()] {
			t.Errorf("no row for %s", k.Release.Series())
		}
	}
}
