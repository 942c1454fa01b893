package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/toolchain/install"
)

// readGitHubEnv reads GITHUB_ENV as the runner does: actions/runner, src/Runner.Worker/FileCommandManager.cs.
func readGitHubEnv(t *testing.T, text string) map[string]string {
	t.Helper()
	read := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		equals, heredoc := strings.Index(lines[i], "="), strings.Index(lines[i], "<<")
		switch {
		case lines[i] == "":
		case equals >= 0 && (heredoc < 0 || equals < heredoc):
			read[lines[i][:equals]] = lines[i][equals+1:]
		case heredoc >= 0:
			name, word := lines[i][:heredoc], lines[i][heredoc+2:]
			var value []string
			for i++; i < len(lines) && lines[i] != word; i++ {
				value = append(value, lines[i])
			}
			if i == len(lines) {
				t.Fatalf("no line %q ends the value of %s", word, name)
			}
			read[name] = strings.Join(value, "\n")
		default:
			t.Fatalf("line %q is neither a variable nor the beginning of one", lines[i])
		}
	}
	return read
}

// Every value is read back unchanged, and none sets another variable.
func TestGitHubVariables(t *testing.T) {
	want := map[string]string{
		"ARCH": "arm64", "EMPTY": "", "HEREDOC": "a<<b", "SPACES": "  a = b  ",
		"LINES": "one\nPATH=/evil\nthree", "WORD": "KRUSTUP\nKRUSTUP_\nx", "LAST": "a\n",
	}
	var text strings.Builder
	for name, value := range want {
		text.WriteString(gitHubVariable(install.Variable{Name: name, Value: value}))
	}
	if diff := cmp.Diff(want, readGitHubEnv(t, text.String())); diff != "" {
		t.Errorf("%s\n%s", diff, text.String())
	}
}

func TestGitHubPathHasOneLine(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("GITHUB_ENV", filepath.Join(dir, "env"))
	t.Setenv("GITHUB_PATH", filepath.Join(dir, "path"))
	if err := envGitHub(nil, install.Environment{Bin: "/store\n/evil/bin"}); err == nil {
		t.Error("a directory with a line feed in its name was written as two")
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%v was written despite the error", left)
	}
}
