package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/config"
)

// files writes the user's file and a project's file, "" for none, and returns the path of the project's file.
func files(t *testing.T, user, project string) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv(config.Variable, "")
	t.Setenv("XDG_CONFIG_HOME", dir)
	for name, text := range map[string]string{"krustup/config.toml": user, "krustup.toml": project} {
		if text == "" {
			continue
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "krustup.toml")
}

func TestPrecedence(t *testing.T) {
	project := files(t, `
suppliers = ["rust-lang", "host"]
target = "arm64"
cc = "gcc"
install = "auto"
jobs = 3
ca = "extra.pem"
[mirrors]
debian = "http://user.example/debian/"
rust-lang = "file:///srv/rust"
`, `
suppliers = ["debian"]
cc = "clang"
prefer = "newest"
[mirrors]
debian = ["https://project.example/debian", "http://snapshot.example/debian"]
`)
	c, err := config.Load(project)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.Suppliers, []string{"debian"}) || c.SuppliersFrom != project {
		t.Errorf("suppliers %v from %s", c.Suppliers, c.SuppliersFrom)
	}
	if m := c.Mirrors["debian"]; m.Value != "https://project.example/debian http://snapshot.example/debian" || m.From != project {
		t.Errorf("mirror of debian: %+v", m)
	}
	if m := c.Mirrors["rust-lang"]; m.Value != "file:///srv/rust" || m.From != config.UserFile() {
		t.Errorf("mirror of rust-lang: %+v", m)
	}
	if c.CA.Value != filepath.Join(filepath.Dir(config.UserFile()), "extra.pem") || len(c.Files) != 2 {
		t.Errorf("ca %+v, files %v", c.CA, c.Files)
	}
	for name, want := range map[string]config.Setting{
		"target": {"arm64", config.UserFile()}, "cc": {"clang", project}, "prefer": {"newest", project}, "install": {"auto", config.UserFile()},
	} {
		if c.Words[name] != want {
			t.Errorf("%s: %+v, expected %+v", name, c.Words[name], want)
		}
	}
	if c.Jobs.Value != "3" {
		t.Errorf("jobs %+v", c.Jobs)
	}
	c, err = config.Load("")
	if err != nil || !slices.Equal(c.Suppliers, []string{"rust-lang", "host"}) {
		t.Errorf("without a project: %v, %v", c.Suppliers, err)
	}
}

func TestNoFiles(t *testing.T) {
	c, err := config.Load(files(t, "", ""))
	if err != nil || !slices.Equal(c.Suppliers, config.DefaultSuppliers) || c.SuppliersFrom != "default" || len(c.Files) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestBadFiles(t *testing.T) {
	for _, test := range []struct{ name, user, project, want string }{
		{"unknown key", "supplier = [\"debian\"]", "", `config.toml:1:1: unknown key "supplier"`},
		{"weaker verification", "", "allow-unsigned = true", `krustup.toml:1:1: unknown key "allow-unsigned"`},
		{"type", "suppliers = \"debian\"", "", "config.toml:1:"},
		{"syntax", "", "suppliers = [", "krustup.toml:1:"},
		{"unknown supplier", "\nsuppliers = [\"debian\", \"fedora\"]", "", `config.toml:2: unknown supplier "fedora"`},
		{"twice", "suppliers = [\"debian\", \"debian\"]", "", `supplier "debian" is listed twice`},
		{"no supplier", "suppliers = []", "", "no supplier"},
		{"unknown target", "target = \"arm6\"", "", "config.toml:1: "},
		{"empty word", "cc = \"\"", "", `config.toml:1: cc is empty, expected for instance "clang"`},
		{"unknown compiler", "", "cc = \"icc\"", "krustup.toml:1: unknown compiler"},
		{"unknown preference", "", "prefer = \"oldest\"", "krustup.toml:1: unknown preference"},
		{"unknown way to install", "install = \"always\"", "", `config.toml:1: unknown value "always", expected one of never, auto`},
		{"no jobs", "jobs = 0", "", "config.toml:1: jobs = 0: expected 1 or more"},
		{"jobs in a project", "", "jobs = 64", "krustup.toml:1: a project cannot set jobs"},
		{"install in a project", "", "install = \"auto\"", "krustup.toml:1: a project cannot set install"},
		{"host in a project", "", "suppliers = [\"host\"]", "krustup.toml:1: a project cannot choose the tools"},
		{"ca in a project", "", "ca = \"/x\"", "krustup.toml:1: a project cannot name certificates"},
		{"unknown archive", "[mirrors]\nubuntu = \"http://x\"", "", `config.toml:2: unknown archive "ubuntu"`},
		{"address", "", "[mirrors]\nrust-lang = \"ftp://x\"", `krustup.toml:2: mirror "ftp://x": expected an http`},
		{"one of several addresses", "[mirrors]\ndebian = [\"http://x/debian\", \"x\"]", "", `config.toml:2: mirror "x": expected an http`},
		{"empty list of addresses", "[mirrors]\ndebian = []", "", `config.toml:2: expected an address such as "http://ftp.debian.org/debian", or a list`},
		{"number in place of an address", "[mirrors]\ndebian = 1", "", "config.toml:2: expected an address"},
		{"password", "[mirrors]\ndebian = \"ftp://me:secret@x\"", "", "config.toml:2: mirror"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := config.Load(files(t, test.user, test.project))
			if _, ok := errors.AsType[*config.Error](err); !ok || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, expected %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret@") {
				t.Errorf("the message shows the password: %v", err)
			}
		})
	}
}

func TestNamedFile(t *testing.T) {
	files(t, "", "")
	t.Setenv(config.Variable, "/nonexistent/krustup.toml")
	if _, err := config.Load(""); err == nil || !strings.Contains(err.Error(), config.Variable) {
		t.Errorf("missing file named by %s: error %v", config.Variable, err)
	}
}
