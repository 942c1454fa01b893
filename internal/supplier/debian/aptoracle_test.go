package debian

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAptReadsTheSame compares the addresses of random files in the one-line format with those that apt-get would update
// from.
func TestAptReadsTheSame(t *testing.T) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		t.Skip("no apt-get on this machine")
	}
	rng := rand.New(rand.NewPCG(3, 4))
	one := func(words ...string) string { return words[rng.IntN(len(words))] }
	for i := range 60 {
		var text strings.Builder
		for range 1 + rng.IntN(4) {
			space := func() string { return one(" ", "\t", "  ", " \t ", "\t\t") }
			line := one("", " ", "\t") + one("deb", "deb", "deb", "#deb", "# deb") + space()
			line += one("", "", "[trusted=yes]"+space(), "[ arch=amd64 ]"+space(), "[arch=amd64"+space()+"trusted=yes"+space()+"]"+space())
			line += fmt.Sprintf("http://%c%d.example/debian%s", 'a'+rune(rng.IntN(26)), rng.IntN(9), one("", "/")) + space()
			line += one("trixie", "sid") + space() + one("main", "main contrib", "main\tcontrib", "contrib") + one("", " ", "\t# why", " # why", "#why")
			text.WriteString(line + one("\n", "\r\n", "\n\n"))
		}
		dir := t.TempDir()
		list := filepath.Join(dir, "sources.list")
		if err := os.WriteFile(list, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"parts", "lists/partial"} {
			if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command("apt-get", "update", "--print-uris",
			"-o", "Dir::Etc::sourcelist="+list, "-o", "Dir::Etc::sourceparts="+dir+"/parts", "-o", "Dir::State::lists="+dir+"/lists",
			"-o", "APT::Architecture=amd64", "-o", "APT::Architectures::=amd64")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("case %d: %v\n%s\n%q", i, err, out, text.String())
		}
		var want, got []string
		for line := range strings.Lines(string(out)) { // 'http://a.example/debian/dists/sid/InRelease' …
			uri, _, _ := strings.Cut(strings.TrimPrefix(line, "'"), "/dists/")
			want = append(want, uri)
		}
		for _, e := range parseOneLineSources(text.String()) {
			got = append(got, strings.TrimSuffix(e.uri, "/"))
		}
		slices.Sort(want)
		slices.Sort(got)
		if want, got = slices.Compact(want), slices.Compact(got); !slices.Equal(want, got) {
			t.Errorf("case %d: %q\n apt: %v\nours: %v", i, text.String(), want, got)
		}
	}
}
