package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/failure"
)

// configured is a command line and what it has to do with krustup.toml. TREE stands for a kernel tree, and
// STATIC for a krustup that is linked statically.
type configured struct {
	line    string
	tree    bool // has --tree, so it also honours the krustup.toml of that tree
	fetches bool // without anything in the store, it fetches a catalogue from a mirror
}

var configuredCommands = []configured{
	{"source 7.2 -o linux", false, true},
	{"resolve --tree TREE", true, true},
	{"plan --tree TREE", true, true},
	{"plan --locked --tree TREE", true, false},
	{"install --tree TREE", true, true},
	{"install --locked --tree TREE", true, false},
	{"install --from KIT --tree TREE", true, false},
	{"install --locked --from KIT --tree TREE", true, false},
	{"update", false, true},
	{"config --tree TREE", true, false},
	{"env --tree TREE", true, false},
	{"run --tree TREE -- true", true, false},
	{"make --tree TREE -- help", true, false},
	{"check --tree TREE", true, false},
	{"explain --tree TREE", true, false},
	{"prove --tree TREE --output out", true, false},
	{"rust-analyzer --tree TREE --output TREE", true, false},
	{"bisect run --tree TREE -- true", true, true},
	{"lock --tree TREE", true, true},
	{"lock --check --tree TREE", true, false},
	{"mirror --tree TREE mirrored", true, true},
	{"mirror --locked --tree TREE mirrored", true, false},
	{"bundle --krustup STATIC --tree TREE -o kit.tar.zst", true, true},
	{"bundle --krustup STATIC --locked --tree TREE -o kit.tar.zst", true, false},
	{"ci key --tree TREE", true, true},
	{"ci key --locked --tree TREE", true, false},
	{"outdated --locked --tree TREE", true, false},
	{"upgrade --locked --tree TREE", true, false},
	{"module --headers TREE -M TREE", false, false},
	{"gates try --tree TREE", true, false},
	{"probe --tree TREE arm64", true, false},
}

// unconfigured are the commands that read no configuration: they use no supplier and no mirror.
var unconfigured = []string{"list", "show", "which", "verify", "remove", "gc", "uninstall", "doctor", "version", "help", "completion", "targets", "wanted", "report"}

// TestEveryCommandIsConfigured runs each command with a krustup.toml that is wrong, and with one that names a mirror, in
// the current directory and in the tree: all commands refuse the first and honour the second.
func TestEveryCommandIsConfigured(t *testing.T) {
	a := newTestMachine(t)
	t.Setenv("KRUSTUP_DEBIAN_MIRROR", "")
	a.write("krustup/config.toml", "suppliers = [\"debian\"]\n[mirrors]\ndebian = \"http://127.0.0.1:9/debian\"\n")
	a.lock()
	static, err := staticKrustup()
	if err != nil {
		t.Fatal(err)
	}
	a.write("static", string(static))
	const wrong = "supplier = [\"debian\"]\n"
	right := "[mirrors]\ndebian = \"" + a.debian.URL() + "\"\n"
	_, help := a.krustup("--help")
	for _, match := range regexp.MustCompile(`(?m)^  ([a-z-]+) +[a-z]`).FindAllStringSubmatch(help, -1) {
		tested := slices.ContainsFunc(configuredCommands, func(c configured) bool { return strings.HasPrefix(c.line, match[1]+" ") || c.line == match[1] })
		if !tested && !slices.Contains(unconfigured, match[1]) {
			t.Errorf("%s: neither tested with a krustup.toml nor listed as a command that reads none", match[1])
		}
	}
	for _, c := range configuredCommands {
		t.Run(c.line, func(t *testing.T) {
			if c.tree {
				a.refuses(t, c, "TREE", wrong)
			}
			a.refuses(t, c, ".", wrong)
			if c.tree && c.fetches {
				a.honours(t, c, "TREE", right)
			}
			if c.fetches {
				a.honours(t, c, ".", right)
			}
		})
	}
}

func (a *testMachine) write(name, text string) {
	a.t.Helper()
	at := filepath.Join(a.work, name)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		a.t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
		a.t.Fatal(err)
	}
}

// lock writes a lock, which runConfigured copies into each tree.
func (a *testMachine) lock() {
	a.t.Helper()
	cmd := exec.Command("krustup", "lock", "--tree", "testdata/tree", "--lock", filepath.Join(a.work, "krustup.lock"))
	cmd.Env = append(os.Environ(), "KRUSTUP_DEBIAN_MIRROR="+a.debian.URL())
	if out, err := cmd.CombinedOutput(); err != nil {
		a.t.Fatalf("%v: %s", err, out)
	}
}

// runConfigured runs a command with an empty store, and with a krustup.toml in the current directory, ".", or in TREE.
func (a *testMachine) runConfigured(t *testing.T, c configured, where, text string) (int, string) {
	t.Helper()
	dir, tree := t.TempDir(), t.TempDir()
	if err := os.CopyFS(tree, os.DirFS("testdata/tree")); err != nil {
		t.Fatal(err)
	}
	lock, err := os.ReadFile(filepath.Join(a.work, "krustup.lock"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tree, "krustup.lock"), lock, 0o644); err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(strings.NewReplacer("TREE", tree, ".", dir).Replace(where), "krustup.toml")
	if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("krustup", strings.Fields(strings.NewReplacer("TREE", tree, "STATIC", filepath.Join(a.work, "static")).Replace(c.line))...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "KRUSTUP_HOME="+filepath.Join(dir, "home"))
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func (a *testMachine) refuses(t *testing.T, c configured, where, text string) {
	t.Helper()
	code, out := a.runConfigured(t, c, where, text)
	want := failure.Usage
	if strings.HasPrefix(c.line, "bisect") {
		want = 255 // which stops git bisect
	}
	if code != want || !strings.Contains(out, `krustup.toml:1:1: unknown key "supplier"`) {
		t.Errorf("with a wrong krustup.toml in %s: exit code %d, expected %d and its line: %s", where, code, want, out)
	}
}

func (a *testMachine) honours(t *testing.T, c configured, where, text string) {
	t.Helper()
	a.debian.Server.Forget()
	_, out := a.runConfigured(t, c, where, text)
	if a.debian.Server.Count("/debian/dists/trixie/InRelease") == 0 {
		t.Errorf("with a mirror in the krustup.toml in %s, nothing was fetched from it: %s", where, out)
	}
}
