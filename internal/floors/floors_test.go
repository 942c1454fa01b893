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

// floor gives the height of a package: imports only go down, or stay among the plumbing where listed in beside.
func floor(pkg string) int {
	switch {
	case strings.HasPrefix(pkg, "cmd/"):
		return 6
	case strings.HasPrefix(pkg, "internal/supplier/"), pkg == "internal/config", pkg == "internal/mirror":
		return 5
	case pkg == "toolchain":
		return 4
	case pkg == "targets":
		return 2
	case pkg == "manifests":
		return 1
	case pkg == "internal/version", pkg == "internal/trust", pkg == "internal/kconfig/syntax":
		return 0
	case strings.HasPrefix(pkg, "internal/"):
		return 3
	}
	return -1
}

// onlyIn says which package alone may import a module.
var onlyIn = map[string][]string{
	"github.com/urfave/cli/v2":            {"cmd/krustup"},
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
			t.Errorf("%s stands on no floor: docs/architecture.md names them", pkg)
		}
		if pkg == "internal/mirrortest" { // a mirror speaks the suppliers' formats, and serves the tests of every floor
			continue
		}
		for _, imported := range list {
			below, ours := strings.CutPrefix(imported, module)
			if ours && floor(below) >= here {
				t.Errorf("%s imports %s, which does not stand below it", pkg, below)
			}
			for dependency, allowed := range onlyIn {
				if strings.HasPrefix(imported, dependency) && !slices.Contains(allowed, pkg) {
					t.Errorf("%s imports %s: only %v may", pkg, imported, allowed)
				}
			}
		}
	}
}

func TestDependencies(t *testing.T) {
	want := []string{
		"github.com/Masterminds/semver/v3", "github.com/ProtonMail/go-crypto", "github.com/chromedp/cdproto", "github.com/chromedp/chromedp", "github.com/google/go-cmp",
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
	const most = 20 << 20
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
	if info.Size() > most {
		t.Errorf("krustup is %d bytes, expected at most %d", info.Size(), most)
	}
}

// TestFileSize keeps a file to one noun.
func TestFileSize(t *testing.T) {
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
		if lines := strings.Count(string(data), "\n"); lines > 500 {
			t.Errorf("%s has %d lines, expected at most 500", path, lines)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
