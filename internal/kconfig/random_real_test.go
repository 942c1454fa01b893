//go:build e2e

package kconfig_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/kconfig"
	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// TestRealRandom compares evaluations of random Kconfig files and configurations with the conf of each tree. A failure
// prints the smallest files found that still differ.
//
//	KRUSTUP_TEST_TREES=linux-6.12:linux-7.3 KRUSTUP_TEST_ROUNDS=20000 go test -tags e2e -run TestRealRandom -timeout 2h ./internal/kconfig
func TestRealRandom(t *testing.T) {
	confs := buildConfs(t)
	rounds, seed := iterations(t, 2000), firstSeed(t)
	compared := 0
	for round := range rounds {
		seed := seed + uint64(round)
		c := confs[round%len(confs)]
		g := newGenerator(seed, c)
		text := g.tree()
		config := mutate(g.random, g.config(), g.names)
		problems, ok := c.try(t, text, config)
		if !ok {
			continue
		}
		compared++
		if len(problems) == 0 {
			continue
		}
		text, config = c.minimize(t, text, config)
		problems, _ = c.try(t, text, config)
		t.Errorf("%s, seed %d:\n%s\n--- Kconfig\n%s--- .config\n%s", c.release, seed, strings.Join(problems, "\n"), text, config)
		if t.Failed() && os.Getenv("KRUSTUP_TEST_ROUNDS") == "" {
			break
		}
	}
	t.Logf("compared %d of %d, from seed %d", compared, rounds, seed)
	if compared < rounds*3/4 {
		t.Errorf("conf refuses %d of %d random Kconfig files: the generator is no good", rounds-compared, rounds)
	}
}

// has reports whether a file of the tree's scripts/kconfig contains a word.
func (c conf) has(name, word string) bool {
	data, err := os.ReadFile(filepath.Join(c.tree, "scripts/kconfig", name))
	return err == nil && strings.Contains(string(data), word)
}

// try compares one Kconfig file and configuration. ok is false if conf refuses the Kconfig file.
func (c conf) try(t *testing.T, text, config string) (problems []string, ok bool) {
	t.Helper()
	dir, err := os.MkdirTemp("", "kconfig")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	parts := strings.SplitN(text, "\n%%%\n", 2)
	files := map[string]string{"Kconfig": parts[0], "sourced": strings.Join(parts[1:], "")}
	for _, name := range []string{"symbol.c", "confdata.c"} { // by which the evaluation knows the rules of the release
		data, err := os.ReadFile(filepath.Join(c.tree, "scripts/kconfig", name))
		if err != nil {
			t.Fatal(err)
		}
		files["scripts/kconfig/"+name] = string(data)
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	written, ok := c.run(t, dir, "olddefconfig", config, "ARCH=x86")
	if !ok {
		return nil, false
	}
	arch := kconfig.Arch{SrcArch: "x86", Arch: "x86"}
	read, err := kconfig.ReadConfig(strings.NewReader(config))
	if err != nil {
		return []string{err.Error()}, true
	}
	tree, err := kconfig.ReadTreeWith(dir, arch, syntax.Options{Variables: map[string]string{"ARCH": "x86"}, AllVariables: true, Shell: shellAnswer})
	if err != nil {
		return []string{err.Error()}, true
	}
	problems = differences(tree, tree.Evaluate(read, nil), written, true)
	open, err := kconfig.ReadTree(dir, arch)
	if err != nil {
		return append(problems, err.Error()), true
	}
	return append(problems, differences(open, open.Evaluate(read, nil), written, false)...), true
}

// minimize drops lines as long as a difference is left.
func (c conf) minimize(t *testing.T, text, config string) (string, string) {
	t.Helper()
	differs := func(text, config string) bool {
		problems, ok := c.try(t, text, config)
		return ok && len(problems) > 0
	}
	shrink := func(text string, differs func(string) bool) string {
		for size := 16; size > 0; size /= 2 {
			lines := strings.SplitAfter(text, "\n")
			for i := 0; i < len(lines); {
				without := strings.Join(append(append([]string{}, lines[:i]...), lines[min(i+size, len(lines)):]...), "")
				if len(without) < len(strings.Join(lines, "")) && differs(without) {
					lines = strings.SplitAfter(without, "\n")
				} else {
					i += size
				}
			}
			text = strings.Join(lines, "")
		}
		return text
	}
	for range 2 {
		text = shrink(text, func(s string) bool { return differs(s, config) })
		config = shrink(config, func(s string) bool { return differs(text, s) })
	}
	return text, config
}
