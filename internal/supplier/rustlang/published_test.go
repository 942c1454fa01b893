package rustlang

import (
	"slices"
	"testing"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// TestCratesOfKit checks that binaries and crates are located in a mirror that krustup wrote, and that no manifest is
// published for a crate.
func TestCratesOfKit(t *testing.T) {
	s, err := New(Options{Catalogues: t.TempDir(), From: "file:///kit", Mirrors: map[string]string{Dist: "http://mirror.example"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(CratesVariable, "http://crates.example")
	t.Setenv(MirrorVariable, "http://rust.example")
	t.Setenv(GitHubVariable, "http://github.example")
	crate := crateArtifact("dep", "2.1.0", trust.DigestOf([]byte("dep")))
	for _, test := range []struct {
		artifact toolchain.Artifact
		want     string
	}{
		{crate, "file:///kit/crates/dep/dep-2.1.0.crate"},
		{toolchain.Artifact{Supplier: Name, Archive: GitHub, Path: "o/r/releases/x.tar.xz"}, "file:///kit/github/o/r/releases/x.tar.xz"},
		{toolchain.Artifact{Supplier: Name, Path: "dist/2026-04-16/rustc.tar.xz"}, "file:///kit/rust/dist/2026-04-16/rustc.tar.xz"},
	} {
		got, err := s.Locate(test.artifact)
		if err != nil || !slices.Equal(got, []string{test.want}) {
			t.Errorf("%s: %v, %v; expected %s", test.artifact.Path, got, err, test.want)
		}
		if at := "file:///kit/" + test.artifact.MirrorPath(); at != test.want {
			t.Errorf("its path in a mirror is %s, expected %s", at, test.want)
		}
	}
	host, err := toolchain.ParseHost("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	if p, err := s.Published(host, []toolchain.Artifact{crate}); err != nil || len(p.Documents) > 0 {
		t.Errorf("%v, %v; expected no documents", p.Documents, err)
	}
}
