package floors

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/krustup/krustup/"

// floor returns the height of a package, or -1 if it has none. A package may import only packages on lower floors.
func floor(pkg string) int {
	switch {
	case strings.HasPrefix(pkg, "cmd/"):
		return 10
	case strings.HasPrefix(pkg, "internal/cli/"): // the groups of commands
		return 9
	case pkg == "internal/cli":
		return 8
	case pkg == "internal/failure":
		return 7
	case pkg == "toolchain/kbuild", pkg == "toolchain/keep", pkg == "internal/mirror", pkg == "internal/config":
		return 6
	case pkg == "internal/completion", strings.HasPrefix(pkg, "internal/supplier/"), pkg == "toolchain/install", pkg == "toolchain/survey":
		return 5
	case pkg == "toolchain", pkg == "internal/manual":
		return 4
	case pkg == "targets":
		return 2
	case pkg == "manifests":
		return 1
	case pkg == "internal/version", pkg == "internal/trust", pkg == "internal/kconfig/syntax", pkg == "internal/lock", pkg == "internal/disk",
		pkg == "internal/child":
		return 0
	case strings.HasPrefix(pkg, "internal/"):
		return 3
	}
	return -1
}

// onlyIn lists the only packages that may import a module.
var onlyIn = map[string][]string{
	"github.com/urfave/cli/v2":            {"internal/cli", "internal/cli/sets", "internal/cli/build", "internal/cli/fleet", "internal/cli/survey"},
	"github.com/gofrs/flock":              {"internal/lock"},
	"github.com/hashicorp/go-getter/v2":   {"internal/fetch"},
	"github.com/jstemmer/go-junit-report": {"internal/junit"},
	"github.com/schollz/progressbar/v3":   {"internal/term"},
}

func imports(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		all[strings.TrimPrefix(fields[0], module)] = fields[1:]
	}
	return all
}

func TestImportsGoDown(t *testing.T) {
	for pkg, list := range imports(t) {
		here := floor(pkg)
		if here < 0 {
			t.Errorf("%s has no floor: docs/architecture.md lists the floors", pkg)
		}
		if pkg == "internal/mirrortest" { // it writes the suppliers' formats, and tests on every floor use it
			continue
		}
		for _, imported := range list {
			below, ours := strings.CutPrefix(imported, module)
			if ours && floor(below) >= here {
				t.Errorf("%s imports %s, which is not on a lower floor", pkg, below)
			}
			for dependency, allowed := range onlyIn {
				if strings.HasPrefix(imported, dependency) && !slices.Contains(allowed, pkg) {
					t.Errorf("%s imports %s, which only %v may import", pkg, imported, allowed)
				}
			}
		}
	}
}

func TestDependencies(t *testing.T) {
	want := []string{
		"github.com/Masterminds/semver/v3", "github.com/ProtonMail/go-crypto", "github.com/chromedp/cdproto", "github.com/chromedp/chromedp", "github.com/gofrs/flock", "github.com/google/go-cmp",
		"github.com/hashicorp/go-getter/v2", "github.com/jstemmer/go-junit-report/v2", "github.com/klauspost/compress", "github.com/pelletier/go-toml/v2",
		"github.com/rogpeppe/go-internal", "github.com/schollz/progressbar/v3", "github.com/ulikunitz/xz",
		"github.com/urfave/cli/v2", "golang.org/x/sync", "golang.org/x/sys", "golang.org/x/term", "mvdan.cc/sh/v3",
	}
	data, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) == 2 && strings.HasPrefix(fields[1], "v") {
			got = append(got, fields[0])
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("go.mod requires\n%s\nexpected\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestBinarySize(t *testing.T) {
	const limit = 21 << 20
	bin := filepath.Join(t.TempDir(), "krustup")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, "./cmd/krustup")
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	info, err := os.Stat(bin)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > limit {
		t.Errorf("krustup is %d bytes, expected at most %d", info.Size(), limit)
	}
}

// TestSizes limits the lines of files and packages, and the number of files of a package.
func TestSizes(t *testing.T) {
	const fileLines, packageLines, packageFiles, mainLines = 500, 3500, 30, 60
	lines, files := map[string]int{}, map[string]int{}
	err := filepath.WalkDir("../..", func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "demo" || entry.Name() == "e2e") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		n := strings.Count(string(data), "\n")
		lines[filepath.Dir(path)] += n
		files[filepath.Dir(path)]++
		limit := fileLines
		if filepath.ToSlash(path) == "../../cmd/krustup/main.go" {
			limit = mainLines
		}
		if n > limit {
			t.Errorf("%s has %d lines, expected at most %d", path, n, limit)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir := range files {
		if lines[dir] > packageLines || files[dir] > packageFiles {
			t.Errorf("%s has %d lines in %d files, expected at most %d in %d", dir, lines[dir], files[dir], packageLines, packageFiles)
		}
	}
}
