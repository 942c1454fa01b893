//go:build e2e

package main

import (
	"strings"
	"testing"
)

// extraCases are the components that may be added to a set, with a program of each. The rustcs are those of trixie and
// of its backports.
var extraCases = []struct{ with, rust, program, says string }{
	{"cargo", "rust=1.85.1", "cargo", "cargo 1.85.1"},
	{"cargo", "rust=>= 1.97", "cargo", "cargo 1."},
	{"gccrs", "rust=1.85.1", "x86_64-linux-gnu-gccrs", "gccrs"},
	{"qemu", "rust=>= 1.97", "qemu-aarch64", "qemu-aarch64 version"},
	{"pahole", "rust=1.85.1", "pahole", "v1."},
}

// testExtras installs a set with each extra component and runs every program of the set: each prints its version.
func (e *endToEnd) testExtras(t *testing.T) {
	for _, c := range extraCases {
		selection := []string{"--kernel", "6.12", "--target", "x86_64", "--supplier", "debian", "--allow-stale", "--with", c.with, "--with", c.rust}
		if c.with == "pahole" {
			selection = append(selection, "--cc", "gcc")
		}
		e.must(t, e.home(), append([]string{"install"}, selection...)...)
		out := e.must(t, e.home(), append(append([]string{"run"}, selection...), "--", c.program, "--version")...)
		if !strings.Contains(out, c.says) {
			t.Errorf("--with %s --with %s: %s prints %q, expected %q", c.with, c.rust, c.program, out, c.says)
		}
		const each = `cd "$(dirname "$(command -v rustc)")" && for p in *; do timeout 60 "./$p" --version >/dev/null 2>&1 || echo "$p"; done`
		out = e.must(t, e.home(), append(append([]string{"run"}, selection...), "--", "sh", "-c", each)...)
		if out != "" {
			t.Errorf("--with %s --with %s: these programs do not run: %s", c.with, c.rust, out)
		}
	}
}
