package manifests

import (
	"strings"
	"testing"
)

func TestDebianSupplier(t *testing.T) {
	d, err := DebianSupplier()
	if err != nil {
		t.Fatal(err)
	}
	if !d.Suites[0].Base || d.Suites[0].Name != "trixie" {
		t.Errorf("first suite is %+v, expected the base suite", d.Suites[0])
	}
	keys, err := DebianKeys()
	if err != nil || !strings.Contains(string(keys), "BEGIN PGP PUBLIC KEY BLOCK") {
		t.Errorf("keys: %v, %d bytes", err, len(keys))
	}
}

// TestDebianChecks breaks one thing at a time in the real manifest.
func TestDebianChecks(t *testing.T) {
	cases := []struct {
		name, want string
		spoil      func(*Debian)
	}{
		{"address", "expected a URL that ends in /debian", func(d *Debian) { d.Archives[0].URL = "http://ftp.debian.org/" }},
		{"archive twice", "is listed twice", func(d *Debian) { d.Archives = append(d.Archives, d.Archives[0]) }},
		{"short fingerprint", "expected a unique fingerprint of 40 hexadecimal digits", func(d *Debian) { d.Keys[0].Fingerprint = "04B5" }},
		{"key of unknown archive", "unknown archive", func(d *Debian) { d.Keys[0].Archives = []string{"ports"} }},
		{"key without owner", "owner or archives missing", func(d *Debian) { d.Keys[0].Owner = "" }},
		{"suite twice", "expected a unique name", func(d *Debian) { d.Suites[1].Name = d.Suites[0].Name }},
		{"suite of unknown archive", "unknown archive", func(d *Debian) { d.Suites[1].Archive = "ports" }},
		{"ranks", "expected suites in ascending rank", func(d *Debian) { d.Suites[1].Rank = 9 }},
		{"two bases", "marked as base", func(d *Debian) { d.Suites[1].Base = true }},
		{"host", "missing", func(d *Debian) { d.Hosts[0].Multiarch = "" }},
		{"component twice", "expected a unique name", func(d *Debian) { d.Components[1].Name = d.Components[0].Name }},
		{"tool path outside the tree", "inside the tree", func(d *Debian) { d.Components[0].Tools["rustc"] = "../rustc" }},
		{"pattern", "package pattern", func(d *Debian) { d.Dependencies.Omit[0] = "[" }},
		{"keep without paths", "has no paths", func(d *Debian) { d.Keep[0].Paths = nil }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d, err := DebianSupplier()
			if err != nil {
				t.Fatal(err)
			}
			c.spoil(&d)
			var all []string
			for _, check := range []func() error{d.checkArchives, d.checkSuites, d.checkComponents, d.checkPatterns} {
				if err := check(); err != nil {
					all = append(all, err.Error())
				}
			}
			if text := strings.Join(all, "; "); !strings.Contains(text, c.want) {
				t.Errorf("got %q, expected %q in it", text, c.want)
			}
		})
	}
}
