//go:build e2e

package kbuild

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestRealCleanTree compares cleanTree with outputmakefile of the trees in KRUSTUP_TEST_TREES.
func TestRealCleanTree(t *testing.T) {
	trees := filepath.SplitList(os.Getenv("KRUSTUP_TEST_TREES"))
	if len(trees) == 0 {
		t.Fatal("KRUSTUP_TEST_TREES is empty, expected trees, as `make e2e` sets it")
	}
	for _, tree := range trees {
		data, err := os.ReadFile(filepath.Join(tree, "Makefile"))
		if err != nil {
			t.Fatal(err)
		}
		tests := regexp.MustCompile(`(?m)^\t@if \[ -f \$\(srctree\)/\.config(?:.*\\\n)+\tfi\n`).Find(data)
		if tests == nil {
			t.Errorf("%s: Makefile has no test of a clean tree where it is expected", tree)
			continue
		}
		compareClean(t, "outputmakefile:\n"+string(tests))
	}
}
