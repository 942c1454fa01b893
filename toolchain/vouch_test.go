package toolchain

import (
	"errors"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/trust"
)

// TestVouch checks that Vouch accepts a lock that matches the signed metadata, and rejects any other recipe.
func TestVouch(t *testing.T) {
	req := request(t, "7.2", "arm64", trixie...)
	set, err := Resolve(req, rules(t))
	if err != nil {
		t.Fatal(err)
	}
	ask := VouchRequest{Supplier: req.Suppliers[0], Target: req.Target}
	picks, err := Vouch(ask, set)
	if err != nil || len(picks) != len(set.Picks) {
		t.Fatalf("%d picks, %v; expected the %d of the set", len(picks), err, len(set.Picks))
	}
	for i, p := range picks {
		if ObjectID(p) != ObjectID(set.Picks[i]) {
			t.Errorf("%s: object %s, expected %s", p.Offer.Component, ObjectID(p), ObjectID(set.Picks[i]))
		}
	}
	for name, test := range map[string]struct {
		change func(*Pick)
		want   string
		files  int
	}{
		"another digest": {func(p *Pick) { p.Recipe.Artifacts[0].Digest = trust.DigestOf([]byte("evil")) }, "it does not list these files", 1},
		"one file more": {func(p *Pick) {
			p.Recipe.Artifacts = append(p.Recipe.Artifacts, Artifact{Path: "pool/evil.deb", Digest: trust.DigestOf([]byte("evil"))})
		}, "it does not list these files", 1},
		"another program":     {func(p *Pick) { p.Recipe.Tools = map[string]string{"rustc": "usr/bin/sh"} }, "this krustup makes a different object from the same files", 0},
		"another layout":      {func(p *Pick) { p.Recipe.Layout = LayoutTar }, "this krustup makes a different object from the same files", 0},
		"a link":              {func(p *Pick) { p.Recipe.Links = map[string]string{"usr/bin/rustc": "sh"} }, "this krustup makes a different object from the same files", 0},
		"an unknown build":    {func(p *Pick) { p.Offer.Label = "1.85.1-evil" }, "it does not list this version", 0},
		"an invented version": {func(p *Pick) { p.Offer.Version = offer(t, "debian", "rust 9.99.9 @0").Version }, "it does not list this version", 0},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := set.Pick(Rust)
			p.Recipe.Artifacts = append([]Artifact{}, p.Recipe.Artifacts...)
			test.change(&p)
			_, err := Vouch(ask, Set{Host: set.Host, Target: set.Target, Picks: []Pick{p}})
			var refused *UnvouchedError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), test.want) || len(refused.Artifacts) != test.files {
				t.Errorf("%v, expected an UnvouchedError with %q and %d files", err, test.want, test.files)
			}
		})
	}
}
