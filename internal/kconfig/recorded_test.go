package kconfig_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/kconfig"
	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// recorded is a Kconfig file and a configuration, and what the conf of Linux 6.12, 7.2 and 7.3 made of it. TestRealRules
// compares it with conf again, and writes it with KRUSTUP_TEST_RECORD=1.
type recorded struct {
	Kconfig string `json:"kconfig"`
	Config  string `json:"config"`
	Written string `json:"written"`
}

func readRecorded(t *testing.T, path string) recorded {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r recorded
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return r
}

// TestRules checks one rule of conf in each file of testdata/conf.
func TestRules(t *testing.T) {
	paths, err := filepath.Glob("testdata/conf/*.json")
	if err != nil || len(paths) < 15 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
			r := readRecorded(t, path)
			arch := kconfig.Arch{SrcArch: "x86", Arch: "x86"}
			tree, err := kconfig.ReadTree(plant(t, map[string]string{"Kconfig": r.Kconfig}), arch)
			if err != nil {
				t.Fatal(err)
			}
			if r.Written == "" {
				t.Fatal("nothing is recorded")
			}
			for _, problem := range differences(tree, tree.Evaluate(config(t, r.Config), nil), r.Written, true) {
				t.Error(problem)
			}
		})
	}
}

// differences compares an evaluation with what conf wrote. If exact is not set, an evaluation may know less, but not
// contradict.
func differences(tree *kconfig.Tree, e *kconfig.Evaluation, written string, exact bool) []string {
	want, err := kconfig.ReadConfig(strings.NewReader(written))
	if err != nil {
		return []string{err.Error()}
	}
	has := map[string]bool{}
	for _, name := range want.Symbols() {
		has[name] = true
	}
	var all []string
	for _, name := range tree.Symbols() {
		got := e.Setting(name)
		tristate := got.Kind == "bool" || got.Kind == "tristate"
		value := want.Value(name)
		if !has[name] && (!tristate || tree.Transitional(name)) {
			continue
		}
		if value == "(null)" { // conf prints a null pointer: the text of a choice's member, which has none
			continue
		}
		if value == "" && tristate {
			value = "n"
		}
		right := got.State == syntax.Set && got.Text == value
		if !exact && got.State == syntax.Open {
			v, _ := syntax.ParseTristate(value)
			right = !tristate || got.Between.Min <= v && v <= got.Between.Max
		}
		if !right {
			all = append(all, fmt.Sprintf("%s is %q, evaluated as %+v", name, value, got))
		}
	}
	return all
}
