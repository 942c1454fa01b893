package ci_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/ci"
)

var twoTargets = ci.Config{Tree: ".", Release: "7.2", Pairs: []ci.Pair{{"riscv64", "clang"}, {"arm64", "gcc"}, {"arm64", "clang"}}}

// Every system's files come out whole, with nothing of the template language and nothing that depends on the order of the
// pairs. That the systems take them is for .ci/configs.
func TestRender(t *testing.T) {
	for _, system := range ci.Systems() {
		t.Run(system, func(t *testing.T) {
			files, err := ci.Render(system, twoTargets)
			if err != nil {
				t.Fatal(err)
			}
			turned := twoTargets
			turned.Pairs = slices.Clone(twoTargets.Pairs)
			slices.Reverse(turned.Pairs)
			again, err := ci.Render(system, turned)
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range files {
				text := string(f.Data)
				if string(again[i].Data) != text {
					t.Errorf("%s differs with the order of the pairs", f.Path)
				}
				if strings.Contains(text, "[[") || strings.Contains(text, "]]") || strings.Contains(text, "<no value>") {
					t.Errorf("%s has something of the template language in it:\n%s", f.Path, text)
				}
				if !strings.HasSuffix(text, "\n") || strings.Contains(text, "\t ") || strings.Contains(text, " \n") {
					t.Errorf("%s has white space at the end of a line, or no line feed at its end", f.Path)
				}
				if !strings.Contains(strings.ReplaceAll(text, "\n# ", " "), "yours to change") {
					t.Errorf("%s does not say who wrote it and that it may be changed", f.Path)
				}
			}
		})
	}
}

// What a system has to have at which place; the rest is its linter's.
func TestPlaces(t *testing.T) {
	for system, want := range map[string][]string{
		"github":    {".github/workflows/krustup.yml", ".krustup/get"},
		"gitlab":    {".gitlab-ci.yml", ".krustup/get"},
		"buildkite": {".buildkite/pipeline.yml", ".krustup/get"},
		"make":      {"krustup.mk"},
		"container": {"Containerfile"},
	} {
		files, err := ci.Render(system, twoTargets)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files {
			got = append(got, f.Path)
			if f.Executable != (f.Path == ".krustup/get") {
				t.Errorf("%s: executable is %v", f.Path, f.Executable)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, expected %v", system, got, want)
		}
	}
}

// Actions are pinned by commit, and say which release that is.
func TestActionsArePinned(t *testing.T) {
	files, err := ci.Render("github", twoTargets)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for line := range strings.Lines(string(files[0].Data)) {
		_, action, ok := strings.Cut(line, "uses: ")
		if !ok {
			continue
		}
		found++
		name, revision, _ := strings.Cut(strings.TrimSpace(action), "@")
		commit, release, _ := strings.Cut(revision, " # v")
		if len(commit) != 40 || strings.Trim(commit, "0123456789abcdef") != "" || release == "" {
			t.Errorf("%s is pinned to %q, expected a commit and the release in a comment", name, revision)
		}
	}
	if found < 4 {
		t.Errorf("%d actions, expected checkout, cache and upload-artifact", found)
	}
}

// A pair that a cross product has and the kernel refuses is left out of Buildkite's.
func TestBuildkiteLeavesOut(t *testing.T) {
	files, err := ci.Render("buildkite", twoTargets)
	if err != nil {
		t.Fatal(err)
	}
	const want = "        - with:\n            target: riscv64\n            cc: gcc\n          skip: true\n"
	if text := string(files[0].Data); !strings.Contains(text, want) || strings.Count(text, "skip: true") != 1 {
		t.Errorf("expected riscv64 with gcc, and nothing else, to be skipped:\n%s", text)
	}
}

func TestUnknownSystem(t *testing.T) {
	_, err := ci.Render("jenkins", twoTargets)
	if unknown, ok := errors.AsType[*ci.UnknownError](err); !ok || unknown.Name != "jenkins" {
		t.Errorf("%v, expected an UnknownError", err)
	}
}
