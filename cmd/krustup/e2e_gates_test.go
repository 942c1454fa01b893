//go:build e2e

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/cli/survey"
	"github.com/krustup/krustup/internal/kernel"
)

// testGates compares the uses that krustup reads from real trees with those that grep finds, line by line, and with the
// answers of the set's own rustc.
func (e *endToEnd) testGates(t *testing.T) {
	for _, release := range []string{"6.12", "7.2", "7.3"} {
		t.Run(release, func(t *testing.T) {
			tree := e.tree(t, release)
			e.must(t, e.home(), "install", "--tree", tree, "--target", "x86_64")
			var report survey.GatesJSON
			out := e.must(t, e.home(), "gates", "--tree", tree, "--target", "x86_64", "--probe", "--json")
			if err := json.Unmarshal([]byte(out), &report); err != nil {
				t.Fatal(err)
			}
			read := map[string][]string{}
			for _, u := range report.Uses {
				for _, p := range u.Places {
					read[string(p.Kind)] = append(read[string(p.Kind)], fmt.Sprintf("%s %s", p.Where, u.Name))
				}
				e.checkAnswer(t, u)
			}
			for _, u := range report.Bootstrap {
				read[string(kernel.BootstrapUse)] = append(read[string(kernel.BootstrapUse)], fmt.Sprintf("%s %s", u.Where, u.Name))
			}
			for kind, want := range grepUses(t, tree) {
				slices.Sort(want)
				slices.Sort(read[kind])
				if diff := cmp.Diff(want, read[kind]); diff != "" {
					t.Errorf("%s: grep (-) and krustup (+) differ:\n%s", kind, diff)
				}
				t.Logf("%s: %d places found by grep", kind, len(want))
			}
		})
	}
}

// checkAnswer checks that rustc answered for a use, unless it is known to have no answer.
func (e *endToEnd) checkAnswer(t *testing.T, u survey.GateUseJSON) {
	t.Helper()
	excused := regexp.MustCompile(`^(only core for \w+ has it|nothing can be asked about it)$`)
	switch {
	case u.Probe == nil:
		t.Errorf("%s: not probed", u.Name)
	case u.Probe.Answer != nil && (u.Probe.Disagrees != "" || u.Probe.News):
		t.Errorf("%s: rustc disagrees, or krustup had no record: %s", u.Name, u.Probe.Disagrees)
	case u.Probe.Answer == nil && !excused.MatchString(u.Probe.Unanswered):
		t.Errorf("%s: no answer: %s", u.Name, u.Probe.Unanswered)
	}
}

// grepUses returns the uses that grep finds in a tree, as "FILE:LINE NAME" by kind. It leaves out comments.
func grepUses(t *testing.T, tree string) map[string][]string {
	t.Helper()
	makefiles := []string{"--include=Makefile*", "--include=Kbuild*", "--include=*.mk"}
	found := map[string][]string{}
	for _, kind := range []kernel.UseKind{kernel.FeatureUse, kernel.AllowedUse, kernel.FlagUse, kernel.TargetUse, kernel.BootstrapUse, kernel.DoctestUse} {
		found[string(kind)] = nil // also compare kinds without a match
	}
	names := func(kind, comment, name string, files []string, pattern string) {
		out, err := exec.Command("grep", slices.Concat([]string{"-rnE", "--exclude-dir=.*"}, files, []string{"-e", pattern, tree})...).Output()
		if _, none := errors.AsType[*exec.ExitError](err); err != nil && !none {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(out)) {
			parts := strings.SplitN(strings.TrimPrefix(strings.TrimSpace(line), tree+"/"), ":", 3)
			if strings.HasPrefix(strings.TrimSpace(parts[2]), comment) {
				continue
			}
			for _, m := range regexp.MustCompile(name).FindAllStringSubmatch(parts[2], -1) {
				for one := range strings.SplitSeq(m[1], ",") {
					found[kind] = append(found[kind], fmt.Sprintf("%s:%s %s", parts[0], parts[1], strings.TrimSpace(one)))
				}
			}
		}
	}
	names(string(kernel.FeatureUse), "//", `\bfeature\(([a-z0-9_, ]+)\)`, []string{"--include=*.rs"}, `(^|[^_a-z])feature\([a-z]`)
	names(string(kernel.AllowedUse), "#", `\bfeature\(([a-z0-9_, ]+)\)`, makefiles, `feature\([a-z]`)
	names(string(kernel.AllowedUse), "#", `^rust_allowed_features := (.*)$`, makefiles, `^rust_allowed_features`)
	names(string(kernel.FlagUse), "#", `(?:^|[^A-Za-z0-9_-])(-Z ?[a-z][a-z0-9_-]*)`, makefiles, `(^|[^A-Za-z0-9_-])-Z ?[a-z]`)
	names(string(kernel.TargetUse), "#", `RUSTFLAGS \+= --target=.*/(target\.json)`, makefiles, `--target=.*target\.json`)
	names(string(kernel.BootstrapUse), "#", `(RUSTC_BOOTSTRAP) *:?=`, makefiles, `RUSTC_BOOTSTRAP`)
	names(string(kernel.DoctestUse), "#", `(--test-builder)`, makefiles, `--test-builder`)
	for i, text := range found[string(kernel.FlagUse)] {
		place, flag, _ := strings.Cut(text, " ")
		found[string(kernel.FlagUse)][i] = place + " " + strings.ReplaceAll(flag, "_", "-")
	}
	return found
}
