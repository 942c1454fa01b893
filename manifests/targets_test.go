package manifests_test

import (
	"strings"
	"testing"

	"github.com/krustup/krustup/manifests"
)

// The files of the program itself must decode, and be complete enough to prove a kernel.
func TestTargetsDecode(t *testing.T) {
	all, err := manifests.Targets()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 9 {
		t.Fatalf("%d targets, expected the nine that kernels select HAVE_RUST for", len(all))
	}
	for _, target := range all {
		if !target.Since.IsZero() && len(target.CC) == 0 {
			t.Errorf("%s: kernels since %s have Rust for it, but no C compiler is named", target.Name, target.Since)
		}
		if target.GNU == "" && !target.HostLibc && !target.Since.IsZero() {
			t.Errorf("%s: neither gnu nor host-libc", target.Name)
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
evidence = [{ probe = "built" }]
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
		{"bits", "bits = 64", "bits = 16", `d/x.toml: target[0] "x64": bits: 16: expected 32 or 64`},
		{"endian", `"little"`, `"middle"`, `endian: "middle": expected little or big`},
		{"name", `name = "x64"`, `name = "X 64"`, "name or aliases"},
		{"alias is name", `["ex"]`, `["x64"]`, `"x64" is taken by d/x.toml`},
		{"no evidence", `evidence = [{ release = "Linux 7.3.4", file = "arch/x/Kconfig:1" }]`, "", "evidence: expected at least one"},
		{"half an evidence", `, file = "arch/x/Kconfig:1"`, "", "evidence: [0]: expected url, or release with file, or probe"},
		{"two in one", `probe = "built"`, `probe = "built", url = "https://example.org"`, "evidence: [0]: expected url"},
		{"plain http", `probe = "built"`, `url = "http://example.org"`, "expected https://"},
		{"status", `"works"`, `"fine"`, `backend[0] "llvm": status: "fine": expected one of works`},
		{"blockers", `"works"`, `"none"`, `blockers: expected what keeps it from more than "none"`},
		{"backend", `name = "llvm"`, `name = "cranelift"`, "name: expected one of llvm, gcc, gccrs"},
		{"tier", "tier = 2", "tier = 0", "expected a name and a tier"},
		{"config line", `"CONFIG_64BIT=y"`, `"64BIT=y"`, `config: "64BIT=y": expected CONFIG_X=`},
		{"symbol", "{ 64BIT = true }", "{ CONFIG_64BIT = true }", "without CONFIG_"},
		{"compiler", `cc = ["gcc"]`, `cc = ["tcc"]`, `cc: "tcc": expected one of llvm, gcc`},
		{"cross with host libc", `bits = 64`, "bits = 64\nhost-libc = true", "gnu: a cross compiler"},
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
	if err == nil || !strings.Contains(err.Error(), `d/y.toml: target "y64"`) || !strings.Contains(err.Error(), `is taken by d/x.toml: target "x64"`) {
		t.Errorf("got %v, expected both files and targets in it", err)
	}
}
