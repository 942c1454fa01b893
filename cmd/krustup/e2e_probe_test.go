//go:build e2e

package main

import (
	"encoding/json"
	"testing"

	"github.com/krustup/krustup/internal/cli/survey"
	"github.com/krustup/krustup/internal/probe"
)

// testProbe probes targets with a set that contains QEMU and gccrs, without tools of the host. The matrix must show the
// result.
func (e *endToEnd) testProbe(t *testing.T) {
	selection := []string{"--kernel", "7.2", "--target", "x86_64", "--with", "qemu", "--with", "gccrs"}
	e.must(t, e.home(), append([]string{"install"}, selection...)...)
	for _, tt := range []struct {
		backend, target, triple string
		want                    probe.Verdict
		reached                 string
	}{
		{"llvm", "riscv64", "riscv64gc-unknown-none-elf", probe.Passed, "run"},
		{"llvm", "ppc32", "powerpc-unknown-linux-gnu", probe.Passed, "run"},
		{"gccrs", "x86_64", "x86_64-linux-gnu", probe.Failed, "types"}, // gccrs 14; gccrs 16 reaches generics
	} {
		args := append([]string{"probe", "--json", "--backend", tt.backend}, selection...)
		var out struct{ Probes []probe.Record }
		if err := json.Unmarshal([]byte(e.must(t, e.home(), append(args, tt.target)...)), &out); err != nil {
			t.Fatal(err)
		}
		found := false
		for _, r := range out.Probes[0].Results {
			if r.Triple != tt.triple {
				continue
			}
			found = true
			if r.Verdict != tt.want || r.Reached != tt.reached {
				t.Errorf("%s %s: %s after %s (%s), expected %s after %s", tt.backend, tt.triple, r.Verdict, r.Reached, r.Error, tt.want, tt.reached)
			}
		}
		if !found {
			t.Errorf("%s: no result for %s", tt.target, tt.triple)
		}
	}
	var m struct{ Targets []survey.TargetJSON }
	if err := json.Unmarshal([]byte(e.must(t, e.home(), "targets", "show", "--kernel", "7.2", "--json", "riscv64")), &m); err != nil {
		t.Fatal(err)
	}
	if p := m.Targets[0].Backends[0].Probed; len(p) == 0 || p[0].Result != probe.Passed {
		t.Errorf("the matrix has %+v for riscv64 with llvm, expected a passed probe", p)
	}
}
