package manifests_test

import (
	"strings"
	"testing"

	"github.com/krustup/krustup/manifests"
)

// The embedded files must decode, and be complete enough for `krustup prove`.
func TestTargetsDecode(t *testing.T) {
	all, err := manifests.Targets()
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range all {
		if !target.Since.IsZero() && len(target.CC) == 0 {
			t.Errorf("%s: kernels since %s have Rust for it, but no C compiler is named", target.Name, target.Since)
		}
		if target.GNU == "" && !target.HostLibc && !target.Since.IsZero() {
			t.Errorf("%s: neither gnu nor host-libc", target.Name)
		}
		var names []string
		for _, b := range target.Backends {
			names = append(names, b.Name)
		}
		if got := strings.Join(names, " "); got != "llvm gcc gccrs" {
			t.Errorf("%s: backends %q, expected llvm gcc gccrs: a backend that was not examined has status unknown", target.Name, got)
		}
	}
}

const goodTarget = `srcarch = "x"
[[target]]
name = "x64"
aliases = ["ex"]
machines = ["x"]
arch = "x"
bits = 64
endian = "little"
gnu = "x-linux-gnu"
rustc = ["x-unknown-none"]
since = "6.1"
cc = ["gcc"]
config = ["CONFIG_64BIT=y", "# CONFIG_BUG is not set"]
symbols = { 64BIT = true }
evidence = [{ release = "Linux 7.3.4", file = "arch/x/Kconfig:1" }]
[[target.backend]]
name = "llvm"
status = "works"
triples = [{ name = "x-unknown-none", tier = 2 }]
evidence = [{ probe = "built (2026-11-22)" }]
`

func TestParseTargetsRefuses(t *testing.T) {
	if _, err := manifests.ParseTargets(map[string][]byte{"d/x.toml": []byte(goodTarget)}); err != nil {
		t.Fatalf("the text that the cases vary: %v", err)
	}
	cases := []struct{ name, old, new, want string }{
		{"unknown key", "bits = 64", "bits = 64\nsize = 3", `d/x.toml:8:1: unknown key "target.size"`},
		{"wrong type", "bits = 64", `bits = "64"`, "d/x.toml:7:"},
		{"bad version", `since = "6.1"`, `since = "six"`, "d/x.toml:11:"},
		{"file name", `srcarch = "x"`, `srcarch = "y"`, `d/x.toml: srcarch is "y", expected "x"`},
		{"bits", "bits = 64", "bits = 16", `d/x.toml:7:1: target "x64": bits: 16: expected 32 or 64`},
		{"endian", `"little"`, `"middle"`, `endian: "middle": expected little or big`},
		{"name", `name = "x64"`, `name = "X 64"`, `d/x.toml:3:1: target "X 64": name: "X 64": expected lower-case`},
		{"alias is name", `["ex"]`, `["x64"]`, `d/x.toml:4:1: target "x64": aliases: "x64" is already used by d/x.toml`},
		{"no evidence", `evidence = [{ release = "Linux 7.3.4", file = "arch/x/Kconfig:1" }]`, "", "evidence: expected at least one"},
		{"half an evidence", `, file = "arch/x/Kconfig:1"`, "", "evidence: [0]: expected url, or release with file, or probe"},
		{"two in one", `probe = "built (2026-11-22)"`, `probe = "built (2026-11-22)", url = "https://example.org"`, "evidence: [0]: expected url"},
		{"plain http", `probe = "built (2026-11-22)"`, `url = "http://example.org"`, "expected https://"},
		{"status", `"works"`, `"fine"`, `d/x.toml:18:1: target "x64": backend[0].status: "fine": expected one of works`},
		{"blockers", `"works"`, `"none"`, `d/x.toml:16:1: target "x64": backend[0].blockers: expected the reasons for status "none"`},
		{"backend", `name = "llvm"`, `name = "cranelift"`, `backend[0].name: "cranelift": expected one of llvm, gcc, gccrs`},
		{"tier", "tier = 2", "tier = 0", "expected a name and a tier"},
		{"config line", `"CONFIG_64BIT=y"`, `"64BIT=y"`, `config: "64BIT=y": expected CONFIG_X=`},
		{"symbol", "{ 64BIT = true }", "{ CONFIG_64BIT = true }", "without CONFIG_"},
		{"compiler", `cc = ["gcc"]`, `cc = ["tcc"]`, `cc: "tcc": expected one of llvm, gcc`},
		{"evidence without a line", "Kconfig:1", "Kconfig", `evidence: [0]: file "arch/x/Kconfig": expected its line`},
		{"evidence that is not a file", "Kconfig:1", "Kconfig, line 1", "expected path:line"},
		{"evidence without a release", `"Linux 7.3.4"`, `"the newest kernel"`, "expected Linux, Rust or GCC with its version"},
		{"probe without a date", " (2026-11-22)", "", "expected its date"},
		{"backend without evidence", `evidence = [{ probe`, `blockers = ["a"] # [{ probe`, `d/x.toml:16:1: target "x64": backend[0].evidence: expected at least one`},
		{"a backend twice", "[[target.backend]]", "[[target.backend]]\nname = \"llvm\"\nstatus = \"unknown\"\nevidence = [{ url = \"https://example.org\" }]\n[[target.backend]]", `d/x.toml:21:1: target "x64": backend[1].name: "llvm" is listed twice`},
		{"neither since nor no-rust", `since = "6.1"`, "", `d/x.toml:2:1: target "x64": no-rust: expected either since`},
		{"since and no-rust", `since = "6.1"`, "since = \"6.1\"\nno-rust = \"no select\"", "d/x.toml:12:1: target"},
		{"selected anyway with Rust", `since = "6.1"`, "since = \"6.1\"\nselected-anyway = true", "selected-anyway: expected no-rust"},
		{"GNU triple", `"x-linux-gnu"`, `"gcc"`, `gnu: "gcc": expected a triple`},
		{"crosstool", `bits = 64`, "bits = 64\ncrosstool = \"X\"", `crosstool: "X": expected a triple`},
		{"Debian's triple is gnu", `bits = 64`, "bits = 64\ndebian = \"x-linux-gnu\"", "debian: expected a triple other than gnu"},
		{"Debian's triple", `bits = 64`, "bits = 64\ndebian = \"no\"", `debian: "no": expected a triple or none`},
		{"LLVM without clang", `bits = 64`, "bits = 64\nllvm-make = \"LLVM=1\"", "llvm-make: expected clang with it"},
		{"form of make", `bits = 64`, "bits = 64\nclang = \"x-linux-gnu\"\nllvm-make = \"with LLVM\"", `llvm-make: "with": expected NAME=value`},
		{"emulator", `bits = 64`, "bits = 64\nqemu = \"qemu-x\"", `qemu: "qemu-x": expected qemu-system-...`},
		{"user emulator", `bits = 64`, "bits = 64\nqemu-user = \"qemu-system-x\"", `expected qemu-...`},
		{"machine without emulator", `bits = 64`, "bits = 64\nqemu-machine = \"virt\"", "qemu-machine: expected qemu with it"},
		{"cross with host libc", `bits = 64`, "bits = 64\nhost-libc = true", "gnu: expected none with host-libc"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(goodTarget, c.old, c.new, 1)
			if text == goodTarget {
				t.Fatalf("%q is not in the text", c.old)
			}
			_, err := manifests.ParseTargets(map[string][]byte{"d/x.toml": []byte(text)})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, expected %q in it", err, c.want)
			}
		})
	}
}

func TestParseTargetsNamesBelongToOneFile(t *testing.T) {
	second := strings.NewReplacer(`srcarch = "x"`, `srcarch = "y"`, `name = "x64"`, `name = "y64"`).Replace(goodTarget)
	_, err := manifests.ParseTargets(map[string][]byte{"d/x.toml": []byte(goodTarget), "d/y.toml": []byte(second)})
	if err == nil || !strings.Contains(err.Error(), `d/y.toml:4:1: target "y64": aliases`) || !strings.Contains(err.Error(), `is already used by d/x.toml: target "x64"`) {
		t.Errorf("got %v, expected both files and targets in it", err)
	}
}
