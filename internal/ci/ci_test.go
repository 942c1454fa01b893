package ci_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/ci"
)

var twoTargets = ci.Config{Tree: ".", Release: "7.2", Pairs: []ci.Pair{{"riscv64", "clang"}, {"arm64", "gcc"}, {"arm64", "clang"}}}

// The files of every system are complete, contain no template syntax, and do not depend on the order of the pairs.
// .ci/configs checks that the systems accept them.
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
					t.Errorf("%s depends on the order of the pairs", f.Path)
				}
				if strings.Contains(text, "[[") || strings.Contains(text, "]]") || strings.Contains(text, "<no value>") {
					t.Errorf("%s contains template syntax:\n%s", f.Path, text)
				}
				if !strings.HasSuffix(text, "\n") || strings.Contains(text, "\t ") || strings.Contains(text, " \n") {
					t.Errorf("%s has trailing white space, or does not end with a newline", f.Path)
				}
				if !strings.Contains(strings.ReplaceAll(text, "\n# ", " "), "edit it as you like") {
					t.Errorf("%s does not say what generated it and that it may be edited", f.Path)
				}
			}
		})
	}
}

// The paths of each system's files. The systems' own linters check their contents.
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

// Actions are pinned by commit, with the release in a comment.
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
		t.Errorf("found %d uses of actions, expected at least 4: checkout, cache and upload-artifact", found)
	}
}

// Buildkite's matrix is a cross product: pairs that are not configured are skipped.
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
