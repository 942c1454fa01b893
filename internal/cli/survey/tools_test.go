package survey

import (
	"testing"

	"github.com/krustup/krustup/internal/store"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/toolchain"
)

func TestNewestInstalled(t *testing.T) {
	object := func(version, suite, host string) store.Object {
		return store.Object{Record: store.Record{Component: "rust", Version: versions.MustParse(version), Suite: suite, Host: host}}
	}
	objects := []store.Object{
		object("1.85.1", "trixie", "x86_64"), object("1.96.1", "trixie-backports", "x86_64"), object("1.99.0", "stable", "aarch64"),
		object("1.97.0-nightly", "nightly-2026-05-20", "x86_64"),
	}
	host, err := toolchain.ParseHost("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	for with, want := range map[string]string{
		"rust": "1.97.0-nightly", "rust=1.85": "1.85.1", "rust=< 1.90": "1.85.1", "rust=>= 1.90, < 1.97-0": "1.96.1", "rust=1.99": "",
		"rust=nightly": "1.97.0-nightly", "rust=nightly-2026-05-20": "1.97.0-nightly", "rust=nightly-2026-05-19": "", "rust=beta": "",
	} {
		component, wish, err := toolchain.ParseWith(with)
		if err != nil {
			t.Fatal(err)
		}
		req := toolchain.Request{Host: host, With: map[toolchain.Component]toolchain.Wish{component: wish}}
		if got := newestInstalled(objects, req)[toolchain.Rust].Record.Version.String(); got != want {
			t.Errorf("--with %s: %q, expected %q", with, got, want)
		}
	}
}
