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
		want, err := aptAddresses(list, dir+"/parts", dir+"/lists")
		if err != nil {
			t.Fatalf("case %d: %v\n%q", i, err, text.String())
		}
		var got []string
		for _, e := range parseOneLineSources(text.String()) {
			got = append(got, strings.TrimSuffix(e.uri, "/"))
		}
		slices.Sort(want)
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(want, got) {
			t.Errorf("case %d: %q\n apt: %v\nours: %v", i, text.String(), want, got)
		}
	}
}

// TestAptReadsTheSameFiles compares the addresses that random directories of sources give, in order, with those that
// apt-get would update from. Directories that apt refuses as a whole are not compared.
func TestAptReadsTheSameFiles(t *testing.T) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		t.Skip("no apt-get on this machine")
	}
	rng := rand.New(rand.NewPCG(5, 6))
	compared, refused := 0, 0
	for i := range 120 {
		g := sourcesGenerator{rng}
		root := t.TempDir()
		for _, dir := range []string{"sources.list.d/dir.list", "lists/partial"} {
			if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		files := map[string]string{}
		if rng.IntN(2) == 0 {
			files["sources.list"] = g.oneLine()
		}
		for range rng.IntN(4) {
			name := g.one("a", "b", "Z", "10-x", "9", "debian", "with space", "plus+", ".hidden", "under_score", "a.b", "tilde~")
			switch g.rng.IntN(6) {
			case 0, 1:
				files["sources.list.d/"+name+".list"] = g.oneLine()
			case 2, 3, 4:
				files["sources.list.d/"+name+".sources"] = g.deb822()
			case 5:
				files["sources.list.d/"+name+g.one(".list.save", ".sources.dpkg-old", "", ".LIST", ".disabled")] = g.oneLine()
			}
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := aptAddresses(root+"/sources.list", root+"/sources.list.d", root+"/lists")
		if err != nil {
			refused++
			continue
		}
		compared++
		var got []string
		for _, e := range aptEntries(root) {
			uri := strings.TrimRight(e.uri, "/")
			if scheme, _, _ := strings.Cut(uri, ":"); slices.Contains([]string{"http", "https", "file"}, scheme) && !slices.Contains(got, uri) {
				got = append(got, uri)
			}
		}
		if !slices.Equal(want, got) {
			t.Errorf("case %d: %q\n apt: %v\nours: %v", i, files, want, got)
		}
	}
	t.Logf("%d directories compared, %d refused by apt", compared, refused)
	if compared < 60 {
		t.Errorf("only %d directories compared", compared)
	}
}

// aptAddresses returns the http, https and file addresses that apt-get would update from, each once, in its order.
func aptAddresses(list, parts, state string) ([]string, error) {
	cmd := exec.Command("apt-get", "update", "--print-uris",
		"-o", "Dir::Etc::sourcelist="+list, "-o", "Dir::Etc::sourceparts="+parts, "-o", "Dir::State::lists="+state,
		"-o", "APT::Architecture=amd64", "-o", "APT::Architectures::=amd64")
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var all []string
	lines := slices.Collect(strings.Lines(string(out)))
	slices.Reverse(lines)        // apt's queue prints the last one first
	for _, line := range lines { // 'http://a.example/debian/dists/sid/InRelease' …
		uri, _, ok := strings.Cut(strings.TrimPrefix(line, "'"), "/dists/")
		scheme, _, _ := strings.Cut(uri, ":")
		if ok && slices.Contains([]string{"http", "https", "file"}, scheme) && !slices.Contains(all, uri) {
			all = append(all, uri)
		}
	}
	return all, nil
}

// sourcesGenerator writes files in both formats of apt's sources.
type sourcesGenerator struct{ rng *rand.Rand }

func (g sourcesGenerator) one(words ...string) string { return words[g.rng.IntN(len(words))] }

func (g sourcesGenerator) uri() string {
	scheme := g.one("http", "http", "http", "https", "mirror+http", "ftp")
	return fmt.Sprintf("%s://%c%d.example/debian%s", scheme, 'a'+rune(g.rng.IntN(26)), g.rng.IntN(9), g.one("", "", "/"))
}

func (g sourcesGenerator) oneLine() string {
	var text strings.Builder
	for range g.rng.IntN(4) {
		options := g.one("", "", "[trusted=yes] ", "[arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ", "[ lang=none ] ", "[arch=\"amd64\"] ")
		uri := g.one(g.uri(), g.uri(), "\""+g.uri()+"\"", "http://x.example/my%20own/debian", "cdrom:[Debian GNU/Linux 13 _Trixie_ - amd64]/", "mirror+file:/etc/apt/mirrors", "file:/srv/debian", "http://[::1]:3142/debian")
		fmt.Fprintf(&text, "%s %s%s %s %s%s", g.one("deb", "deb", "deb", "#deb"), options, uri, g.one("trixie", "sid"), g.one("main", "main contrib", "contrib", "main contrib"), g.one("\n", "\n\n", " # why\n", "\r\n"))
	}
	return strings.TrimSuffix(text.String(), g.one("\n", "")) // perhaps without a last newline
}

func (g sourcesGenerator) deb822() string {
	var text strings.Builder
	for range 1 + g.rng.IntN(3) {
		fields := []string{
			g.one("Types", "types", "TYPES") + ":" + g.one(" deb", " deb deb-src", "deb", "\n deb\n deb-src", " deb  ", "\tdeb"),
			g.one("URIs", "uris", "Uris") + ": " + g.one(g.uri(), g.uri()+" "+g.uri(), "\n "+g.uri()+"\n "+g.uri(), g.uri()+"\t"+g.uri(), g.uri()+"\n# in between\n "+g.uri()),
			"Suites: " + g.one("trixie", "trixie trixie-updates", "\n trixie\n sid", "sid # x"),
			"Components: " + g.one("main", "main contrib", "contrib", "\n main\n non-free-firmware", "contrib  main"),
		}
		for _, more := range []string{
			"Enabled: " + g.one("no", "yes", "No", "false", "0", "1", "off", "on", "true", "disable", "with", "without", "maybe", ""),
			"Signed-By: " + g.one("/usr/share/keyrings/debian-archive-keyring.gpg", "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n xjM\n -----END PGP PUBLIC KEY BLOCK-----"),
			"Architectures: amd64 arm64", "X-Repolib-Name: Debian", "# Types: deb-src", "#", "Trusted: yes", "Description:\n several\n .\n lines", "Targets: Packages",
			g.one("Types: deb deb-src", "URIs: "+g.uri(), "Components: contrib"), // a field twice
		} {
			if g.rng.IntN(6) == 0 {
				fields = append(fields, more)
			}
		}
		g.rng.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
		text.WriteString(strings.Join(fields, g.one("\n", "\n", "\r\n")) + g.one("\n\n", "\n\n", "\n\n\n", "\n \n", "\n# end\n\n", "\n"))
	}
	return g.one("", "", "\n", "# a file\n", "# a file\n\n") + text.String()
}
