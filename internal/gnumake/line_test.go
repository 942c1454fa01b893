package gnumake

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// makefile prints what make itself knows: the oracle of TestParse.
const makefile = `
ifndef INNER
$(info goals=$(MAKECMDGOALS))
$(foreach v,O ARCH M KCONFIG_CONFIG,$(info $(v)=$($(v))|$(origin $(v))))
$(info dir=$(CURDIR))
endif
all:
	+@echo "flags=$$MAKEFLAGS"
%:
	+@echo "flags=$$MAKEFLAGS"
`

// TestParse compares Parse with make on command lines and environments.
func TestParse(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is missing")
	}
	top := t.TempDir()
	for _, dir := range []string{"", "sub", "sub/deeper"} {
		if err := os.MkdirAll(filepath.Join(top, dir), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(top, dir, "Makefile"), []byte(makefile), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ words, env []string }{
		{words: nil},
		{words: []string{"defconfig", "O=out", "rust.config"}},
		{words: []string{"-j4", "all"}},
		{words: []string{"-j", "4", "all"}},
		{words: []string{"-j", "all"}},
		{words: []string{"-skj3", "all"}},
		{words: []string{"--jobs=2", "all"}},
		{words: []string{"--jobs", "2", "all"}},
		{words: []string{"-l", "2.5", "all"}},
		{words: []string{"-Otarget", "all"}},
		{words: []string{"-O", "all"}},
		{words: []string{"-o", "-j4", "all"}},
		{words: []string{"-W", "x.c", "-i", "all"}},
		{words: []string{"--what-if", "-j2", "all"}},
		{words: []string{"--no-print-directory", "-C", "sub", "all"}},
		{words: []string{"--no-print-directory", "-Csub", "--directory=deeper", "all"}},
		{words: []string{"--no-print-directory", "--directory", "sub", "all", "ARCH=arm64"}},
		{words: []string{"--no-print-directory", "-sC", "sub", "all"}},
		{words: []string{"ARCH:=arm64", "M=a b", "all"}},
		{words: []string{"ARCH=arm64", "ARCH=riscv", "all"}},
		{words: []string{"ARCH=", "all"}, env: []string{"ARCH=arm64"}},
		{words: []string{"--", "all", "O=x"}},
		{words: []string{"-I", "O=x", "all"}},
		{words: []string{"all"}, env: []string{"MAKEFLAGS=-j7"}},
		{words: []string{"all"}, env: []string{"MAKEFLAGS=j7"}},
		{words: []string{"all"}, env: []string{"MAKEFLAGS=ks"}},
		{words: []string{"all"}, env: []string{"MAKEFLAGS= -j"}},
		{words: []string{"all"}, env: []string{"GNUMAKEFLAGS=-j3"}},
		{words: []string{"all"}, env: []string{"MAKEFLAGS= -- ARCH=arm64 O=out"}},
		{words: []string{"all", "ARCH=riscv"}, env: []string{"MAKEFLAGS= -- ARCH=arm64", "ARCH=mips"}},
		{words: []string{"all"}, env: []string{`MAKEFLAGS= -- M=a\ b`}},
		{words: []string{"all"}, env: []string{"MAKEFLAGS=ARCH=arm64"}},
		{words: []string{"all"}, env: []string{"ARCH=arm64", "O=env", "KCONFIG_CONFIG=x"}},
	} {
		name := strings.Join(slices.Concat(test.env, test.words), " ")
		env := append([]string{"PATH=" + os.Getenv("PATH")}, test.env...)
		cmd := exec.Command("make", test.words...)
		cmd.Dir, cmd.Env = top, env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("make %s: %v\n%s", name, err, out)
			continue
		}
		l := Parse(test.words, env)
		said := map[string]string{}
		for line := range strings.Lines(string(out)) {
			key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			said[key] = value
		}
		if got := strings.Join(l.Goals, " "); got != said["goals"] {
			t.Errorf("%s: goals %q, make has %q", name, got, said["goals"])
		}
		for _, v := range []string{"O", "ARCH", "M", "KCONFIG_CONFIG"} {
			value, origin := l.Lookup(v)
			if got := value + "|" + string(origin); got != said[v] {
				t.Errorf("%s: %s is %q, make has %q", name, v, got, said[v])
			}
		}
		if got := l.Dir(top); got != said["dir"] {
			t.Errorf("%s: directory %s, make has %s", name, got, said["dir"])
		}
		if jobs := strings.Contains(said["flags"], "j"); jobs != l.JobsGiven {
			t.Errorf("%s: JobsGiven is %v, make has MAKEFLAGS %q", name, l.JobsGiven, said["flags"])
		}
	}
}

// TestJobserver checks that Parse sees the jobserver of a make that runs another program.
func TestJobserver(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is missing")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte("all:\n\t+@echo \"$$MAKEFLAGS\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("make", "-j3")
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH")}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, flags := range []string{strings.TrimSpace(string(out)), "--jobserver-fds=3,4", "w --jobserver-auth=fifo:/tmp/x"} {
		if !Parse(nil, []string{"MAKEFLAGS=" + flags}).JobsGiven {
			t.Errorf("MAKEFLAGS=%q: JobsGiven is false", flags)
		}
	}
}

// FuzzParse also checks that ForVerdict leaves nothing to drop.
func FuzzParse(f *testing.F) {
	f.Add("-j4 all O=x", "ks -j")
	f.Fuzz(func(t *testing.T, words, flags string) {
		env := []string{"MAKEFLAGS=" + flags}
		Parse(strings.Fields(words), env).Dir("/")
		clean, _ := ForVerdict(env)
		if _, dropped := ForVerdict(clean); len(dropped) > 0 {
			t.Errorf("MAKEFLAGS=%q becomes %q, which still has %q", flags, clean, dropped)
		}
	})
}

// TestForVerdict runs make with what ForVerdict leaves of MAKEFLAGS: the recipe runs, its failure is one, and jobs and
// variables are what they were.
func TestForVerdict(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is missing")
	}
	dir := t.TempDir()
	const text = "all:\n\t@echo 'ran M=$(M) $(ARCH)|'\nfails:\n\t@false\nflags:\n\t+@echo \"$$MAKEFLAGS\"\n"
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		flags, ran string // MAKEFLAGS, and what the recipe prints
		jobs       bool
		dropped    string
	}{
		{flags: "n", ran: "ran M= |", dropped: "-n"},
		{flags: "kn -j3 -- M=a ARCH=arm64", ran: "ran M=a arm64|", jobs: true, dropped: "-n"},
		{flags: "q", ran: "ran M= |", dropped: "-q"},
		{flags: " --touch --question", ran: "ran M= |", dropped: "--question --touch"},
		{flags: "i", ran: "ran M= |", dropped: "-i"},
		{flags: "v", ran: "ran M= |", dropped: "-v"},
		{flags: "e", ran: "ran M= |", dropped: "-e"},
		{flags: " -o all -W x.c", ran: "ran M= |", dropped: "-W -o"},
		{flags: "ksw -j", ran: "ran M= |", jobs: true},
		{flags: ` -j2 -- M=a\ b\\c`, ran: `ran M=a b\c |`, jobs: true},
		{flags: "M=x", ran: "ran M=x |"},
		{flags: "", ran: "ran M= |"},
	} {
		env, dropped := ForVerdict([]string{"PATH=" + os.Getenv("PATH"), "MAKEFLAGS=" + test.flags})
		if got := strings.Join(dropped, " "); got != test.dropped {
			t.Errorf("MAKEFLAGS=%q: dropped %q, want %q", test.flags, got, test.dropped)
		}
		run := func(goal string) (string, error) {
			cmd := exec.Command("make", "--no-print-directory", goal)
			cmd.Dir, cmd.Env = dir, env
			out, err := cmd.Output()
			return strings.TrimSpace(string(out)), err
		}
		if out, err := run("all"); out != test.ran || err != nil {
			t.Errorf("MAKEFLAGS=%q: the recipe prints %q, want %q (%v)", test.flags, out, test.ran, err)
		}
		if _, err := run("fails"); err == nil {
			t.Errorf("MAKEFLAGS=%q: a recipe that fails succeeds", test.flags)
		}
		if out, _ := run("flags"); strings.Contains(out, "-j") != test.jobs {
			t.Errorf("MAKEFLAGS=%q: make has the flags %q", test.flags, out)
		}
	}
}
