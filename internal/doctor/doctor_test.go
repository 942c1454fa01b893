package doctor_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/doctor"
)

var debian = doctor.Distribution{ID: "debian"}

// toolbox writes programs as shell scripts into a directory and returns it.
func toolbox(t *testing.T, scripts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// complete returns the programs of a host that has everything, with versions as real programs print them.
func complete() map[string]string {
	return map[string]string{
		"make":    `echo "GNU Make 4.3"`,
		"gcc":     `case "$1" in -E) exec >/dev/null; while read -r line; do :; done;; *) echo "gcc (Debian 12.2.0-14+deb12u1) 12.2.0";; esac`,
		"flex":    `echo "flex 2.6.4"`,
		"bison":   `echo "bison (GNU Bison) 3.8.2"`,
		"bc":      `echo "bc 1.07.1"`,
		"bash":    `echo "GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)"`,
		"mawk":    `echo "mawk 1.3.4 20200120"`,
		"find":    `echo "find (GNU findutils) 4.9.0"`,
		"cmp":     `echo "cmp (GNU diffutils) 3.8"`,
		"perl":    `echo; echo "This is perl 5, version 36, subversion 0 (v5.36.0) built for x86_64-linux-gnu-thread-multi"`,
		"python3": `echo "Python 3.11.2"`,
		"tar":     `echo "tar (GNU tar) 1.34"`,
		"xz":      `echo "xz (XZ Utils) 5.4.1"`,
		"cpio":    `echo "cpio (GNU cpio) 2.13"`,
		"rsync":   `echo "rsync  version 3.2.7  protocol version 31"`,
		"openssl": `[ "$1" = version ] && echo "OpenSSL 3.0.17 1 Jul 2025 (Library: OpenSSL 3.0.17 1 Jul 2025)"`,
	}
}

func check(t *testing.T, scripts map[string]string, srcarch string) map[string]doctor.Finding {
	t.Helper()
	all := map[string]doctor.Finding{}
	for _, f := range doctor.Check(t.Context(), doctor.Options{
		Path: toolbox(t, scripts), Store: filepath.Join(t.TempDir(), "not", "yet"), SrcArch: srcarch, Distro: &debian,
	}) {
		if _, twice := all[f.Name]; twice {
			t.Errorf("%s was found twice", f.Name)
		}
		if f.Why == "" || f.OK == (f.Fix != "") {
			t.Errorf("%s: OK %v with the fix %q and the reason %q", f.Name, f.OK, f.Fix, f.Why)
		}
		all[f.Name] = f
	}
	return all
}

func TestCheckComplete(t *testing.T) {
	found := check(t, complete(), "x86")
	for name, f := range found {
		if !f.OK && name != "disk space" && name != "open files" && name != "processes" {
			t.Errorf("%s: %q, %q; expected it to be OK", name, f.Found, f.Fix)
		}
	}
	for name, want := range map[string]string{
		"make": "/make, 4.3", "C compiler": "/gcc, 12.2.0", "bison": "/bison, 3.8.2", "awk": "/mawk, 1.3.4", "bash": "/bash, 5.2.15",
		"perl": "/perl, 5.36.0", "rsync": "/rsync, 3.2.7", "openssl": "/openssl, 3.0.17", "libelf headers": "libelf.h, by ",
	} {
		if !strings.Contains(found[name].Found, want) {
			t.Errorf("%s: found %q, expected %q in it", name, found[name].Found, want)
		}
	}
}

func TestCheckFaults(t *testing.T) {
	cases := []struct {
		name, program, script, srcarch string
		finding                        string
		need                           doctor.Need
		fix                            string
	}{
		{"missing", "flex", "", "x86", "flex", doctor.Required, "apt-get install flex"},
		{"BSD make", "make", `echo "usage: make [-BeikNnqrstWwX]" >&2; exit 2`, "x86", "make", doctor.Required, "is not GNU Make"},
		{"old make", "make", `echo "GNU Make 3.82"`, "x86", "make", doctor.Required, "make is 3.82, expected 4.0 or newer"},
		{"version by number", "bash", `echo "GNU bash, version 4.10.1"`, "x86", "bash", doctor.Required, ""},
		{"no version", "bison", `echo "bison"`, "x86", "bison", doctor.Required, "of an unknown version, expected 2.0"},
		{"busybox bc", "bc", `echo "bc: unrecognized option" >&2; exit 1`, "x86", "bc", doctor.Required, ""},
		{"optional", "rsync", "", "x86", "rsync", doctor.Optional, "apt-get install rsync"},
		{"no libelf on x86", "gcc", `case "$1" in -E) ! grep -q libelf;; esac`, "x86", "libelf headers", doctor.Required, "apt-get install libelf-dev"},
		{"no libelf on arm64", "gcc", `case "$1" in -E) ! grep -q libelf;; esac`, "arm64", "libelf headers", doctor.Optional, "apt-get install libelf-dev"},
		{"no OpenSSL headers", "gcc", `case "$1" in -E) ! grep -q openssl;; esac`, "x86", "OpenSSL headers", doctor.Optional, "apt-get install libssl-dev"},
		{"no compiler, no headers", "gcc", "", "x86", "C library headers", doctor.Required, "apt-get install libc6-dev"},
	}
	// The scripts of this table use grep, so they need a PATH of their own.
	const path = "PATH=/usr/bin:/bin\n"
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			scripts := complete()
			delete(scripts, c.program)
			if c.script != "" {
				scripts[c.program] = path + c.script
			}
			f := check(t, scripts, c.srcarch)[c.finding]
			if f.OK != (c.fix == "") || f.Need != c.need || !strings.Contains(f.Fix, c.fix) {
				t.Errorf("%s: OK %v, %s, %q; expected %s and %q", c.finding, f.OK, f.Need, f.Fix, c.need, c.fix)
			}
		})
	}
}

// A file that exists but cannot be run is not OK.
func TestCheckRunsWhatItFinds(t *testing.T) {
	scripts := complete()
	scripts["flex"] = `echo "flex 2.6.4"`
	dir := toolbox(t, scripts)
	if err := os.WriteFile(filepath.Join(dir, "flex"), []byte("\x7fELF of another machine"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "bison"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, f := range doctor.Check(t.Context(), doctor.Options{Path: dir, Distro: &debian}) {
		switch {
		case f.Name == "flex" && (f.OK || !strings.Contains(f.Fix, "cannot be run")):
			t.Errorf("flex: OK %v, %q", f.OK, f.Fix)
		case f.Name == "bison" && (f.OK || f.Found != ""):
			t.Errorf("bison without execute permission: OK %v, %q", f.OK, f.Found)
		case f.Name == "disk space":
			t.Error("disk space was measured without a store")
		}
	}
}

// A program that hangs is not OK after its timeout. A cancelled check ends.
func TestCheckEnds(t *testing.T) {
	scripts := complete()
	scripts["make"] = "exec sleep 60"
	dir := toolbox(t, scripts) + string(filepath.ListSeparator) + "/usr/bin" + string(filepath.ListSeparator) + "/bin"
	start := time.Now()
	findings := doctor.Check(t.Context(), doctor.Options{Path: dir, Distro: &debian, Timeout: 300 * time.Millisecond})
	if findings[0].Name != "make" || findings[0].OK {
		t.Errorf("first is %s, OK %v; expected make, not OK", findings[0].Name, findings[0].OK)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if findings := doctor.Check(ctx, doctor.Options{Path: dir, Distro: &debian}); len(findings) != 0 {
		t.Errorf("%d findings of a cancelled check, expected none", len(findings))
	}
}

// TestCheckHost runs the check on this machine, with its real compiler when there is one.
func TestCheckHost(t *testing.T) {
	for _, f := range doctor.Check(t.Context(), doctor.Options{Store: t.TempDir()}) {
		if f.Name == "disk space" && !strings.Contains(f.Found, "GB free") {
			t.Errorf("disk space: %q", f.Found)
		}
		if f.OK && f.Found == "" {
			t.Errorf("%s is OK but Found is empty", f.Name)
		}
		t.Logf("%-26s %-8s %-5v %s %s", f.Name, f.Need, f.OK, f.Found, f.Fix)
	}
}

func TestInstallCommand(t *testing.T) {
	// The programs that a minimal container has.
	scripts := map[string]string{}
	for _, have := range []string{"tar", "xz", "cpio", "rsync", "openssl", "python3", "perl", "bash", "mawk", "find", "cmp"} {
		scripts[have] = complete()[have]
	}
	findings := doctor.Check(t.Context(), doctor.Options{Path: toolbox(t, scripts), SrcArch: "x86", Distro: &debian})
	cases := []struct{ name, release, want string }{
		{
			"debian", "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nID=debian\n",
			"apt-get install make gcc flex bison bc libc6-dev linux-libc-dev libelf-dev",
		},
		{
			"a child of ubuntu", "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n",
			"apt-get install make gcc flex bison bc libc6-dev linux-libc-dev libelf-dev",
		},
		{
			"rocky", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n",
			"dnf install make gcc flex bison bc glibc-devel kernel-headers elfutils-libelf-devel",
		},
		{"arch", "ID=arch\n", "pacman -S --needed make gcc flex bison bc glibc linux-api-headers libelf"},
		{
			"opensuse", "ID='opensuse-tumbleweed'\nID_LIKE='opensuse suse'\n",
			"zypper install make gcc flex bison bc glibc-devel linux-glibc-devel libelf-devel",
		},
		{"alpine", "ID=alpine\n", "apk add make gcc flex bison bc musl-dev linux-headers elfutils-dev"},
		{"void", "ID=\"void\"\n", "xbps-install -S make gcc flex bison bc glibc-devel kernel-libc-headers elfutils-devel"},
		{
			"gentoo", "ID=gentoo\n",
			"emerge --noreplace dev-build/make sys-devel/gcc sys-devel/flex sys-devel/bison sys-devel/bc sys-libs/glibc sys-kernel/linux-headers dev-libs/elfutils",
		},
		{"nixos", "ID=nixos\n", "nix-shell -p gnumake gcc flex bison bc elfutils"},
		{"unknown", "ID=plan9\n", ""},
		{"nothing", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, ok := doctor.ParseOSRelease(c.release).InstallCommand(findings)
			if got != c.want || ok != (c.want != "") {
				t.Errorf("%q, %v; expected %q", got, ok, c.want)
			}
		})
	}
	if command, ok := debian.InstallCommand(doctor.Missing(findings, doctor.Optional)); !ok || command != "apt-get install libssl-dev libdw-dev" {
		t.Errorf("optional packages: %q, %v", command, ok)
	}
	if command, ok := debian.InstallCommand(nil); ok {
		t.Errorf("nothing is missing, but the command is %q", command)
	}
}
