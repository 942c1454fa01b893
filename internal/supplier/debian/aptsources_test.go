package debian

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/fetch"
)

func TestAptMirrors(t *testing.T) {
	cases := []struct {
		name, file, text string
		main, security   string // "" for none
	}{
		{"one line", "sources.list", "deb http://deb.example.org/debian trixie main\n", "http://deb.example.org/debian", ""},
		{"tabs", "sources.list", "deb\thttp://deb.example.org/debian\ttrixie\tmain\n", "http://deb.example.org/debian", ""},
		{"tabs and options", "sources.list", "\tdeb \t[ arch=amd64\tsigned-by=/usr/share/keyrings/debian-archive-keyring.gpg ]\thttp://deb.example.org/debian  trixie \t main # why\r\n", "http://deb.example.org/debian", ""},
		{"a longer word", "sources.list", "debian http://deb.example.org/debian trixie main\n", "", ""},
		{"slash and options", "sources.list.d/a.list", "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] https://a.example.org/mirror/debian/ bookworm main contrib # why\n", "https://a.example.org/mirror/debian", ""},
		{"security", "sources.list", "deb http://sec.example.org/debian-security bookworm-security main\n", "", "http://sec.example.org/debian-security"},
		{"comments and sources", "sources.list", "# deb http://no.example.org/debian trixie main\ndeb-src http://no.example.org/debian trixie main\n\n", "", ""},
		{"first entry", "sources.list", "deb http://a.example.org/debian sid main\ndeb http://b.example.org/debian sid main\n", "http://a.example.org/debian", ""},
		{"ubuntu", "sources.list", "deb http://archive.example.org/ubuntu noble main universe\n", "", ""},
		{"other component", "sources.list.d/docker.list", "deb https://download.example.org/linux/debian bookworm stable\n", "", ""},
		{"other key", "sources.list.d/x.list", "deb [signed-by=/usr/share/keyrings/x-archive-keyring.gpg] https://pkgs.example.org/stable/debian bookworm main\n", "", ""},
		{"flat", "sources.list", "deb file:/srv/debian ./\n", "", ""},
		{"file", "sources.list", "deb file:/srv/mirror/debian trixie main\n", "file:///srv/mirror/debian", ""},
		{"mirror list", "sources.list", "deb mirror+file:/etc/apt/mirrors/debian trixie main\ndeb cdrom:[Debian]/ trixie main\n", "", ""},
		{"options without end", "sources.list", "deb [arch=amd64 http://a.example.org/debian trixie main\n", "", ""},
		{
			"deb822", "sources.list.d/debian.sources",
			"# comment\nTypes: deb deb-src\nURIs: http://a.example.org/debian\n# in between\nSuites: trixie\n trixie-updates\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n" +
				"types: deb\nuris: http://b.example.org/debian-security/\nsuites: trixie-security\ncomponents: main\n",
			"http://a.example.org/debian", "http://b.example.org/debian-security",
		},
		{"deb822 disabled", "sources.list.d/debian.sources", "Enabled: no\nTypes: deb\nURIs: http://a.example.org/debian\nSuites: sid\nComponents: main\n", "", ""},
		{"deb822 sources only", "sources.list.d/debian.sources", "Types: deb-src\nURIs: http://a.example.org/debian\nSuites: sid\nComponents: main\n", "", ""},
		{"deb822 two addresses", "sources.list.d/debian.sources", "Types: deb\nURIs: ftp://x.example.org/debian http://a.example.org/debian\nSuites: sid\nComponents: main\n", "http://a.example.org/debian", ""},
		{"key in the file", "sources.list.d/debian.sources", "Types: deb\nURIs: http://a.example.org/debian\nSuites: sid\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n xjM\n", "", ""},
		{"other extension", "sources.list.d/debian.sources.save", "Types: deb\nURIs: http://a.example.org/debian\nSuites: sid\nComponents: main\n", "", ""},
		{"empty", "sources.list", "", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			file := filepath.Join(root, c.file)
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			got := aptMirrors(root)
			if got["debian"].URL != c.main || got["debian-security"].URL != c.security {
				t.Errorf("got %q and %q, expected %q and %q", got["debian"].URL, got["debian-security"].URL, c.main, c.security)
			}
			if c.main != "" && got["debian"].From != file {
				t.Errorf("from %q, expected %q", got["debian"].From, file)
			}
		})
	}
}

func TestMirrors(t *testing.T) {
	apt := t.TempDir()
	if err := os.WriteFile(filepath.Join(apt, "sources.list"), []byte("deb http://apt.example.org/debian trixie main\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, config, main, security, apt string
		want                              string // the two addresses, or the error
	}{
		{name: "manifest", want: "http://ftp.debian.org/debian http://security.debian.org/debian-security"},
		{name: "apt", apt: apt, want: "http://apt.example.org/debian http://apt.example.org/debian-security"},
		{name: "variable before apt", apt: apt, main: "https://v.example.org/debian/", want: "https://v.example.org/debian https://v.example.org/debian-security"},
		{name: "both variables", main: "http://v.example.org/d", security: "http://s.example.org/x", want: "http://v.example.org/d http://s.example.org/x"},
		{name: "another name", main: "http://v.example.org/d", want: "http://v.example.org/d http://security.debian.org/debian-security"},
		{name: "configuration before apt", apt: apt, config: "file:///srv/debian", want: "file:///srv/debian file:///srv/debian-security"},
		{name: "variable before configuration", config: "file:///srv/debian", main: "http://v.example.org/debian", want: "http://v.example.org/debian http://v.example.org/debian-security"},
		{name: "only the security archive", apt: apt, security: "http://s.example.org/x", want: "http://apt.example.org/debian http://s.example.org/x"},
		{name: "several", main: "http://v.example.org/debian file:///srv/debian/ http://v.example.org/debian/", want: "http://v.example.org/debian file:///srv/debian http://v.example.org/debian-security file:///srv/debian-security"},
		{name: "several in the configuration", apt: apt, config: "file:///srv/d http://v.example.org/debian", want: "file:///srv/d http://v.example.org/debian http://v.example.org/debian-security"},
		{name: "one of several is invalid", main: "http://v.example.org/debian v.example.org", want: "expected an http, https or file address"},
		{name: "no scheme", main: "v.example.org/debian", want: "expected an http, https or file address"},
		{name: "ftp", main: "ftp://v.example.org/debian", want: "expected an http, https or file address"},
		{name: "file of a host", main: "file://host/debian", want: "expected an http, https or file address"},
		{name: "password is not shown", main: "ftp://me:secret@v.example.org/debian", want: "me:xxxxx@"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(MirrorVariable, c.main)
			t.Setenv(SecurityMirrorVariable, c.security)
			if c.apt == "" {
				c.apt = t.TempDir()
			}
			s, err := New(Options{Mirrors: []Mirror{{Archive: "debian", URL: c.config, From: "krustup.toml"}}, Apt: c.apt})
			if err != nil {
				t.Fatal(err)
			}
			mirrors, err := s.Mirrors()
			var urls []string
			for _, m := range mirrors {
				urls = append(append(urls, m.URL), m.Others...)
			}
			got := strings.Join(urls, " ")
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, c.want) || strings.Contains(got, "secret") {
				t.Errorf("got %q, expected %q", got, c.want)
			}
		})
	}
}

// FuzzParseAptSources checks that a mirror from any apt file has a valid address that ends in the archive's name.
func FuzzParseAptSources(f *testing.F) {
	f.Add("deb http://deb.example.org/debian trixie main\n")
	f.Add("deb [a=b c] file:/debian sid main")
	f.Add("Types: deb\nURIs: http://a/debian\nComponents: main\n\n Enabled: x\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, e := range append(parseOneLineSources(text), parseDeb822Sources([]byte(text))...) {
			m, ok := e.mirror()
			if !ok {
				continue
			}
			again, err := fetch.ParseMirror(m.URL, example)
			if err != nil || again != m.URL {
				t.Errorf("returned mirror %q, which ParseMirror parses as %q, %v", m.URL, again, err)
			}
			if !strings.HasSuffix(m.URL, "/"+m.Archive) {
				t.Errorf("returned mirror %q for archive %s", m.URL, m.Archive)
			}
		}
	})
}
