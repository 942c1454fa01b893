package debian

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/manifests"
)

// universeOf returns a universe from lines of the form "suite:rank name version; Depends; Provides".
func universeOf(t testing.TB, text string) *universe {
	t.Helper()
	var catalogues []*catalogue
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		parts := append(strings.Split(line, ";"), "", "")
		words := strings.Fields(parts[0])
		var suite string
		var rank int
		if _, err := fmt.Sscanf(strings.Replace(words[0], ":", " ", 1), "%s %d", &suite, &rank); err != nil {
			t.Fatal(err)
		}
		if len(catalogues) == 0 || catalogues[len(catalogues)-1].suite.Name != suite {
			catalogues = append(catalogues, &catalogue{suite: manifests.DebianSuite{Name: suite, Rank: rank}})
		}
		c := catalogues[len(catalogues)-1]
		c.packages = append(c.packages, &pkg{
			name: words[1], version: words[2], arch: "amd64", depends: strings.TrimSpace(parts[1]), provides: strings.TrimSpace(parts[2]),
			path: "pool/" + words[1] + "_" + words[2], digest: trust.DigestOf([]byte(line)), from: c,
		})
		if len(words) > 3 {
			c.packages[len(c.packages)-1].source = words[3]
		}
	}
	u, err := newUniverse("amd64", catalogues)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func closureText(u *universe, root string, rank int, omit ...string) (string, error) {
	var roots []*pkg
	for name := range strings.FieldsSeq(root) {
		name, version, _ := strings.Cut(name, "=")
		for _, p := range u.byName[name] {
			if version == "" || p.version == version {
				roots = append(roots, p)
				break
			}
		}
	}
	list, err := u.closure(roots, rank, func(_ *pkg, name string) bool { return matchesAny(omit, name) })
	var parts []string
	for _, p := range list {
		parts = append(parts, p.name+"="+p.version)
	}
	return strings.Join(parts, " "), err
}

func TestClosure(t *testing.T) {
	cases := []struct {
		name, universe, root string
		rank                 int
		want                 string
	}{
		{"chain, needed first", "s:0 a 1; c, b\ns:0 b 1; c\ns:0 c 1", "a", 0, "c=1 b=1 a=1"},
		{"first alternative", "s:0 a 1; b | c\ns:0 b 1\ns:0 c 1", "a", 0, "b=1 a=1"},
		{"second when the first is missing", "s:0 a 1; b | c\ns:0 c 1", "a", 0, "c=1 a=1"},
		{"second when the first is too old", "s:0 a 1; b (>= 2) | c\ns:0 b 1\ns:0 c 1", "a", 0, "c=1 a=1"},
		{"alternative already chosen", "s:0 a 1; c, b | c\ns:0 b 1\ns:0 c 1", "a", 0, "c=1 a=1"},
		{"provided", "s:0 a 1; v\ns:0 b 1; ; v", "a", 0, "b=1 a=1"},
		{"real before provided", "s:0 a 1; v\ns:0 b 1; ; v\ns:0 v 1", "a", 0, "v=1 a=1"},
		{"provided with a version", "s:0 a 1; v (>= 2)\ns:0 b 9; ; v (= 1)\ns:0 c 1; ; v (= 2)", "a", 0, "c=1 a=1"},
		{"pinned version", "s:0 a 1; b (= 1)\ns:0 b 2\ns:0 b 1", "a", 0, "b=1 a=1"},
		{"newest of a rank", "s:0 a 1; b\ns:0 b 2\nu:0 b 3\ns:0 b 1", "a", 0, "b=3 a=1"},
		{"any architecture", "s:0 a 1; b:any (>= 1)\ns:0 b 1", "a", 0, "b=1 a=1"},
		{"same architecture", "s:0 a 1; b:amd64\ns:0 b 1", "a", 0, "b=1 a=1"},
		{"cycle", "s:0 a 1; b\ns:0 b 1; c\ns:0 c 1; b", "a", 0, "c=1 b=1 a=1"},
		{"cycle through the root", "s:0 a 1; b\ns:0 b 1; a", "a", 0, "b=1 a=1"},
		{"ignored", "s:0 a 1; gone-dev, b\ns:0 b 1", "a", 0, "b=1 a=1"},
		{"ignored alternative", "s:0 a 1; gone-dev | b\ns:0 b 1", "a", 0, "a=1"},
		{"root is not ignored", "s:0 a 1; b-dev\ns:0 b-dev 1", "a b-dev", 0, "b-dev=1 a=1"},
		{"lowest suite that satisfies", "s:0 libc 1\nsid:2 a 1; libc (>= 1)\nsid:2 libc 2", "a", 2, "libc=1 a=1"},
		{"higher suite if necessary", "s:0 libc 1\nsid:2 a 1; libc (>= 2)\nsid:2 libc 2", "a", 2, "libc=2 a=1"},
		{"same source first", "s:0 lib 1 llvm\nsid:2 a 2 llvm; lib\nsid:2 lib 2 llvm", "a", 2, "lib=2 a=2"},
		{"later dependency changes an earlier choice", "s:0 libc 1\nsid:2 a 1; libc, b\nsid:2 b 1; libc (>= 2)\nsid:2 libc 2", "a", 2, "libc=2 b=1 a=1"},
		{"wrong choice with its own dependency", "s:0 x 1; l (= 1)\ns:0 l 1\nsid:2 a 1; x, l (= 2)\nsid:2 x 2; l (= 2)\nsid:2 l 2", "a", 2, "l=2 x=2 a=1"},
		{"one version unsatisfiable", "s:0 b 2; gone\ns:0 b 1\ns:0 a 1; b", "a", 0, "b=1 a=1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := closureText(universeOf(t, c.universe), c.root, c.rank, "gone-dev", "*-dev")
			if err != nil || got != c.want {
				t.Errorf("got %q, %v; expected %q", got, err, c.want)
			}
		})
	}
}

func TestClosureUnsatisfiable(t *testing.T) {
	cases := []struct {
		name, universe string
		rank           int
		pkg, relation  string
		chain, found   string
	}{
		{"missing", "s:0 a 1; b\ns:0 b 1; c (>= 2) | d", 0, "b 1", "c (>= 2) | d", "a b", ""},
		{"too old", "s:0 a 1; b (>= 2)\ns:0 b 1", 0, "a 1", "b (>= 2)", "a", "b 1 in s"},
		{"only in a higher suite", "s:0 a 1; b\nsid:2 b 1", 0, "a 1", "b", "a", "b 1 in sid"},
		{"provided without a version", "s:0 a 1; v (>= 1)\ns:0 b 1; ; v", 0, "a 1", "v (>= 1)", "a", ""},
		{"another architecture", "s:0 a 1; b:i386\ns:0 b 1", 0, "a 1", "b:i386", "a", "b 1 in s"},
		{"two versions at once", "s:0 a 1; b (= 1), b (= 2)\ns:0 b 1\ns:0 b 2", 0, "a 1", "b (= 1)", "a", "b 2 in s|b 1 in s"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := closureText(universeOf(t, c.universe), "a", c.rank)
			var e *UnsatisfiableError
			if !errors.As(err, &e) {
				t.Fatalf("got %q, %v; expected an *UnsatisfiableError", got, err)
			}
			if e.Package != c.pkg || e.Relation != c.relation || strings.Join(e.Chain, " ") != c.chain || strings.Join(e.Found, "|") != c.found {
				t.Errorf("got %+v, expected package %s, relation %s, chain %s, found %s", e, c.pkg, c.relation, c.chain, c.found)
			}
		})
	}
}

func TestClosureReportsBadRelation(t *testing.T) {
	_, err := closureText(universeOf(t, "s:0 a 1; b (?? 1)"), "a", 0)
	if err == nil || !strings.Contains(err.Error(), "b (?? 1)") {
		t.Errorf("got %v, expected an error that names the relation", err)
	}
}

// TestReducedIsEnough creates random archives and checks that the closure in the reduced catalogues is the closure in
// the full ones, or fails like it.
func TestReducedIsEnough(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	solved := 0
	for range 80 {
		var text strings.Builder
		for suite, rank := range []int{0, 2} {
			for n := range 25 {
				for version := range 1 + random.IntN(3) {
					fmt.Fprintf(&text, "s%d:%d p%d %d;", suite, rank, n, 1+suite+version)
					for range random.IntN(3) {
						fmt.Fprintf(&text, " p%d (>= %d) | p%d,", random.IntN(25), random.IntN(4), random.IntN(25))
					}
					if random.IntN(3) == 0 {
						fmt.Fprintf(&text, "; p%d (= %d)", random.IntN(25), random.IntN(4))
					}
					text.WriteString("\n")
				}
			}
		}
		full := universeOf(t, text.String())
		cut := func(name string) bool { return name == "p7" }
		reduced := reducedOf(t, full, func(name string) bool { return name == "p0" }, cut)
		want, errFull := closureText(full, "p0", 2, "p7")
		got, errReduced := closureText(reduced, "p0", 2, "p7")
		if want != got || (errFull == nil) != (errReduced == nil) {
			t.Fatalf("%s\nfull: %s, %v\nreduced: %s, %v", text.String(), want, errFull, got, errReduced)
		}
		if errFull == nil {
			solved++
		}
	}
	if solved < 15 {
		t.Errorf("only %d of the archives had a closure, expected at least 15", solved)
	}
}

// reducedOf writes the packages of a universe as indexes, reduces them, and returns the universe of the result.
func reducedOf(t testing.TB, full *universe, isRoot, isCut func(string) bool) *universe {
	t.Helper()
	var graphs []*graph
	var indexes []string
	for _, c := range full.catalogues {
		var text bytes.Buffer
		for _, p := range c.packages {
			p.size = 1
			if err := p.writeTo(&text); err != nil {
				t.Fatal(err)
			}
		}
		g, err := readGraph("index", bytes.NewReader(text.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		graphs, indexes = append(graphs, g), append(indexes, text.String())
	}
	wanted := reach(graphs, isRoot, isCut)
	var catalogues []*catalogue
	for i, index := range indexes {
		text, count, err := reduce("index", strings.NewReader(index), wanted)
		if err != nil {
			t.Fatal(err)
		}
		c := &catalogue{suite: full.catalogues[i].suite}
		c.meta.Packages.Digest = trust.DigestOf(text)
		if err := c.parse("catalogue", text); err != nil {
			t.Fatal(err)
		}
		if len(c.packages) != count {
			t.Errorf("%d packages, expected %d", len(c.packages), count)
		}
		catalogues = append(catalogues, c)
	}
	u, err := newUniverse("amd64", catalogues)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
