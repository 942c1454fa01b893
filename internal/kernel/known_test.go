package kernel

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

func parseRelease(t *testing.T, text string) Release {
	t.Helper()
	r, err := ParseRelease(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestParseRelease(t *testing.T) {
	for text, want := range map[string]string{
		"6.12": "6.12", "v6.12": "6.12", "6.12.30": "6.12.30", "v6.12.30": "6.12.30", "7.3-rc10": "7.3-rc10", "7.3.0-rc7": "7.3-rc7",
		"6.12.y": "6.12", " 6.12\n": "6.12",
		"next": "next", "linux-next": "next", "next-20261120": "next", "7.3.0-rc5-next-20261120": "next",
		"6.12.43+deb13-amd64":              "6.12.43 of a vendor",
		"6.14.3-300.fc42.x86_64":           "6.14.3 of a vendor",
		"6.12.0-55.9.1.el10_0":             "6.12.0 of a vendor",
		"6.6.87.2-microsoft-standard-WSL2": "6.6.87 of a vendor",
		"6.8.0-45-generic":                 "6.8.0 of a vendor",
		"6.17.0-rc3-00123-gabcdef012345":   "6.17-rc3 of a vendor",
		"6.12.10-arch1-1":                  "6.12.10 of a vendor",
		"6.12.9_1":                         "6.12.9 of a vendor",
		"6.12.25-v8+":                      "6.12.25 of a vendor",
		"6.12.43-1~bpo13+1":                "6.12.43 of a vendor",
		"6.12-amd64":                       "6.12 of a vendor",
		"7.3~rc7-1~exp1":                   "7.3-rc7 of a vendor",
		"6.17.0-0.rc3.250820g.fc44.x86_64": "6.17-rc3 of a vendor",
		"6.17.0-061700rc3-generic":         "6.17-rc3 of a vendor",
		"6.17.0-061700-generic":            "6.17.0 of a vendor",
		"linux-6.12.y":                     "6.12", "linux-6.12": "6.12", "linux-6.12.5.tar.xz": "6.12.5", "v6.12.tar.gz": "6.12", "linux-7.3-rc7.tar": "7.3-rc7",
		"7.3rc7": "7.3-rc7", "7.3-rc0": "7.3-rc0", "06.12": "", "6.012": "", "6.12.05": "", "linux-": "", ".tar.xz": "", "6.12~rc": "",
		"": "", "latest": "", "6": "", "v": "", "6.12abc": "", "6.12-rc": "", "6.12 6.13": "", "../next": "",
	} {
		r, err := ParseRelease(text)
		got := r.Version.String()
		switch {
		case r.Next:
			got = "next"
		case r.Vendor != "":
			got += " of a vendor"
		}
		if got != want || (err == nil) != (want != "") {
			t.Errorf("ParseRelease(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestKnownRow(t *testing.T) {
	tests := []struct{ asked, source, note string }{
		{"7.2.13", "kernels.toml (tree 7.2.13)", ""},
		{"7.2.12", "kernels.toml (tree 7.2.12)", ""},
		{"7.2.9", "kernels.toml (between 7.2.6 and 7.2.12)", "Linux 7.2.9 was not read: the answer is from 7.2.6 and 7.2.12"},
		{"7.2.99", "kernels.toml (tree 7.2.13)", "Linux 7.2.99 was not read: the answer is from 7.2.13"},
		{"7.2", "kernels.toml (tree 7.2.13)", ""},
		{"7.3", "kernels.toml (tree 7.3.4)", ""},
		{"7.3.9", "kernels.toml (tree 7.3.4)", "Linux 7.3.9 was not read: the answer is from 7.3.4"},
		{"7.3-rc7", "kernels.toml (tree 7.3-rc7)", ""},
		{"7.3-rc10", "kernels.toml (between 7.3-rc7 and 7.3.4)", "Linux 7.3-rc10 was not read"},
		{"7.3-rc1", "kernels.toml (between 7.2.6 and 7.3-rc7)", "Linux 7.3-rc1 was not read"},
		{"7.4", "kernels.toml (tree 7.3.4)", "Linux 7.4 is newer than all releases that were read: the answer is a guess from 7.3.4"},
		{"8.0-rc1", "kernels.toml (tree 7.3.4)", "is a guess from 7.3.4"},
		{"next", "kernels.toml (tree 7.3.4)", "linux-next was not read: the answer is a guess from Linux 7.3.4"},
		{"6.12", "kernels.toml (tree 6.12.118)", ""},
		{"6.12.0", "kernels.toml (tree 6.12)", ""},
		{"6.12.50", "kernels.toml (between 6.12 and 6.12.107)", "the answer is from 6.12 and 6.12.107"},
		{"6.12.43+deb13-amd64", "kernels.toml (between 6.12 and 6.12.107)", "6.12.43+deb13-amd64: taken as Linux 6.12.43; a vendor's kernel may differ"},
		{"6.12-amd64", "kernels.toml (tree 6.12)", "taken as Linux 6.12"},
		{"6.18.1", "kernels.toml (between 6.17 and 6.18.2)", "the answer is from 6.17 and 6.18.2"},
		{"6.1-rc1", "kernels.toml (tree 6.1-rc7)", "Linux 6.1-rc1 was not read: the answer is from 6.1-rc7"},
		{"6.6.9", "kernels.toml (between 6.6 and 6.6.17)", "was not read"},
		{"6.16.5", "kernels.toml (no tree: what 6.15 and 6.17 have in common, and the merge requests)", "was not read"},
		{"5.10.200", "kernels.toml (no Rust before 6.1)", ""},
	}
	for _, test := range tests {
		asked := parseRelease(t, test.asked)
		r, err := Known(asked, Arch{"x86", "x86_64"})
		if err != nil || r.Source != test.source || !asked.Next && r.Kernel.Compare(asked.Version) != 0 {
			t.Errorf("%s: source %q of kernel %s, error %v, want %q", test.asked, r.Source, r.Kernel, err, test.source)
		}
		if notes := strings.Join(r.Notes, "; "); (notes == "") != (test.note == "") || !strings.Contains(notes, test.note) {
			t.Errorf("%s: notes %q, want %q", test.asked, notes, test.note)
		}
	}
}

// TestKnownBetweenRows checks what is sure and what is not between and after the rows of a series, at and around the
// releases in which the fixes landed.
func TestKnownBetweenRows(t *testing.T) {
	x86, arm64, loongarch := Arch{"x86", "x86_64"}, Arch{"arm64", "arm64"}, Arch{"loongarch", "loongarch"}
	const sure, may, no = "fails", "may-fail", "no"
	tests := []struct {
		asked  string
		arch   Arch
		hazard string
		want   string
	}{
		{"6.12.4", x86, "receiver-trait", sure},
		{"6.12.5", x86, "receiver-trait", no},
		{"6.12.19", x86, "receiver-trait", no},
		{"6.12.106", arm64, "receiver-trait", no},
		{"6.12.13", x86, "x86-rustc-abi", sure},
		{"6.12.14", x86, "x86-rustc-abi", no},
		{"6.12.13", x86, "x86-softfloat-alias", no},
		{"6.12.14", x86, "x86-softfloat-alias", sure},
		{"6.12.93", x86, "x86-softfloat-alias", sure},
		{"6.12.94", x86, "x86-softfloat-alias", no},
		{"6.12.34", x86, "core-edition", sure},
		{"6.12.35", x86, "core-edition", no},
		{"6.12.75", x86, "custom-target-unstable-options", no},
		{"6.12.118", x86, "custom-target-unstable-options", no},
		{"6.18.15", x86, "custom-target-unstable-options", sure},
		{"6.18.16", x86, "custom-target-unstable-options", no},
		{"6.18.35", x86, "x86-softfloat-alias", sure},
		{"6.18.36", x86, "x86-softfloat-alias", no},
		{"6.18", x86, "custom-target-unstable-options", no}, // the series: its newest known release
		{"6.19.5", x86, "custom-target-unstable-options", sure},
		{"6.19.6", x86, "custom-target-unstable-options", no},
		{"7.0.12", x86, "x86-softfloat-alias", sure},
		{"7.0.13", x86, "x86-softfloat-alias", no},
		{"6.13.4", x86, "x86-no-jump-tables", sure}, // in both rows
		{"6.13.9", x86, "x86-no-jump-tables", may},  // after the last row
		{"6.13.2", arm64, "arm64-neon", "warns"},
		{"6.17.8", x86, "x86-no-jump-tables", sure},
		{"6.17.9", x86, "x86-no-jump-tables", may},
		{"6.17", x86, "x86-no-jump-tables", sure},
		{"6.18-rc4", x86, "x86-no-jump-tables", sure},
		{"6.18.1", x86, "x86-no-jump-tables", no},
		{"6.11.7", x86, "x86-rustc-abi", sure},
		{"6.12.24", x86, "objtool-noreturn-1-86", "warns"},
		{"6.12.25", x86, "objtool-noreturn-1-86", no},
		{"6.12.24", arm64, "objtool-noreturn-1-86", no}, // arm64 has no objtool
		{"6.12.15", x86, "arm64-neon", no},
		{"6.12.19", loongarch, "x86-pointer-width", no}, // the rows list it for x86 and um
		{"6.12.39", arm64, "used-linker", may},
		{"6.12.40", arm64, "used-linker", no},
		{"6.12.95", x86, "frame-pointer-flag", "warns"},
		{"6.12.96", x86, "frame-pointer-flag", no},
		{"6.12.93", arm64, "uwtable-flag", "warns"},
		{"6.12.94", arm64, "uwtable-flag", no},
		{"6.18-rc1", x86, "lint-unused-unsafe-bitmap", "warns"},
		{"6.18-rc2", x86, "lint-unused-unsafe-bitmap", no},
		{"6.18.38", x86, "lint-unused-import-str", "warns"},
		{"6.18.39", x86, "lint-unused-import-str", no},
		{"6.18.41", x86, "lint-suspicious-symbols", "warns"},
		{"6.18.42", x86, "lint-suspicious-symbols", no},
		{"6.10", x86, "gcc-min-function-alignment", may},
		{"6.11.11", x86, "gcc-min-function-alignment", no},
	}
	for _, test := range tests {
		r, err := Known(parseRelease(t, test.asked), test.arch)
		if err != nil {
			t.Fatal(err)
		}
		got := no
		for _, h := range slices.Backward(r.Hazards) {
			if h.ID == test.hazard {
				got = string(h.Effect)
			}
		}
		if got != test.want {
			t.Errorf("%s on %s: %s: %s, want %s", test.asked, test.arch.Arch, test.hazard, got, test.want)
		}
	}
}

// TestKnownSelects checks the selects of HAVE_RUST around the releases that changed them.
func TestKnownSelects(t *testing.T) {
	loongarch, arm, riscv := Arch{"loongarch", "loongarch"}, Arch{"arm", "arm"}, Arch{"riscv", "riscv"}
	tests := []struct {
		asked       string
		arch        Arch
		want, later string
	}{
		{"6.12.109", loongarch, "", ""},
		{"6.12.110", loongarch, "!KASAN", ""},
		{"6.12", loongarch, "!KASAN", ""},
		{"7.0.12", arm, "CPU_LITTLE_ENDIAN && CPU_32v7", ""},
		{"7.0.13", arm, "CPU_LITTLE_ENDIAN && CPU_32v7 && !KASAN", ""},
		{"6.11.7", riscv, "64BIT", "64BIT && CC_IS_CLANG"},
	}
	for _, test := range tests {
		r, err := Known(parseRelease(t, test.asked), test.arch)
		if err != nil || len(r.HaveRust) != 1 {
			t.Fatalf("%s: %+v, %v", test.asked, r.HaveRust, err)
		}
		later := ""
		if len(r.HaveRustLater) > 0 {
			later = r.HaveRustLater[0].Condition
		}
		if r.HaveRust[0].Condition != test.want || later != test.later {
			t.Errorf("%s on %s: %q, later %q; want %q, later %q", test.asked, test.arch.Arch, r.HaveRust[0].Condition, later, test.want, test.later)
		}
	}
	r, _ := Known(parseRelease(t, "6.11.7"), riscv)
	gcc := map[string]bool{"64BIT": true, "CC_IS_CLANG": false}
	if ok, _, _ := r.Supports(gcc); !ok || !r.Disputed(gcc) {
		t.Error("6.11.7 on riscv with gcc: expected support that is disputed")
	}
	clang := map[string]bool{"64BIT": true, "CC_IS_CLANG": true}
	if ok, _, _ := r.Supports(clang); !ok || r.Disputed(clang) {
		t.Error("6.11.7 on riscv with clang: expected support that is not disputed")
	}
}

// TestKnownMinimum checks that of two rows with different minimum versions the lower one is required.
func TestKnownMinimum(t *testing.T) {
	r, err := Known(parseRelease(t, "6.6.9"), Arch{"x86", "x86_64"}) // 6.6 pins 1.71.1 and 6.6.17 pins 1.73.0
	if err != nil {
		t.Fatal(err)
	}
	d, _ := r.Demand(Rustc)
	if d.Version.String() != "1.71.1" || d.Pinned {
		t.Errorf("rustc %+v, want >= 1.71.1", d)
	}
	for rustc, want := range map[string]bool{"1.71.1": false, "1.72.0": true, "1.73.0": false, "1.74.0": true} {
		bad := slices.ContainsFunc(r.Hazards, func(h Hazard) bool {
			return h.ID == "minimum-rustc" && h.Effect == manifests.MayFail && h.Bad.Contains(version.MustParse(rustc))
		})
		if bad != want {
			t.Errorf("rustc %s may fail: %v, want %v", rustc, bad, want)
		}
	}
}

func TestKnownFacts(t *testing.T) {
	tests := []struct {
		asked        string
		arch         Arch
		rustc, where string
		pinned       bool
		sure         string // IDs of the sure hazards for rustc
	}{
		{"6.1", Arch{"x86", "x86_64"}, "1.62.0", "scripts/min-tool-version.sh:33", true, "x86-rustc-abi x86-pointer-width custom-target-unstable-options core-edition"},
		{"6.10", Arch{"arm64", "arm64"}, "1.78.0", "scripts/min-tool-version.sh:35", true, "receiver-trait core-edition"},
		{"6.11", Arch{"arm64", "arm64"}, "1.78.0", "scripts/min-tool-version.sh:35", false, "receiver-trait core-edition"},
		{"6.12.107", Arch{"x86", "x86_64"}, "1.78.0", "scripts/min-tool-version.sh:35", false, ""},
		{"6.16.0", Arch{"x86", "x86_64"}, "1.78.0", "scripts/min-tool-version.sh", false, "x86-softfloat-alias x86-pointer-width x86-no-jump-tables custom-target-unstable-options"},
		{"6.17", Arch{"x86", "x86_64"}, "1.78.0", "scripts/min-tool-version.sh:35", false, "x86-softfloat-alias x86-no-jump-tables custom-target-unstable-options"},
		{"6.19.0", Arch{"um", "um"}, "1.78.0", "scripts/min-tool-version.sh:33", false, "x86-softfloat-alias custom-target-unstable-options"},
		{"7.0", Arch{"x86", "x86_64"}, "1.78.0", "scripts/min-tool-version.sh:33", false, ""},
		{"7.3", Arch{"powerpc", "powerpc"}, "1.95.0", "scripts/min-tool-version.sh:33", false, ""},
		{"7.3", Arch{"s390", "s390"}, "1.96.0", "scripts/min-tool-version.sh:33", false, "s390-packed-stack"},
	}
	for _, test := range tests {
		r, err := Known(parseRelease(t, test.asked), test.arch)
		if err != nil {
			t.Fatal(err)
		}
		d, ok := r.Demand(Rustc)
		if !ok || d.Version.String() != test.rustc || d.Pinned != test.pinned || d.Where.String() != test.where {
			t.Errorf("%s %s: rustc %+v, want %s pinned %v at %s", test.asked, test.arch.Arch, d, test.rustc, test.pinned, test.where)
		}
		var sure []string
		for _, h := range r.Hazards {
			if h.Effect == manifests.Fails && h.Tool == Rustc {
				sure = append(sure, h.ID)
			}
		}
		if got := strings.Join(sure, " "); got != test.sure {
			t.Errorf("%s %s: sure hazards %q, want %q", test.asked, test.arch.Arch, got, test.sure)
		}
	}
}

// TestDebianStableBuilds checks that no hazard excludes tools that real builds succeeded with: 6.12.107 with rustc
// 1.85.1 and bindgen 0.71.1.
func TestDebianStableBuilds(t *testing.T) {
	for _, arch := range []Arch{{"x86", "x86_64"}, {"arm64", "arm64"}, {"riscv", "riscv"}, {"loongarch", "loongarch"}, {"um", "um"}} {
		r, err := Known(parseRelease(t, "6.12.107"), arch)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range r.Hazards {
			for tool, v := range map[Tool]string{Rustc: "1.85.1", Bindgen: "0.71.1"} {
				if h.Tool == tool && h.Bad.Contains(version.MustParse(v)) {
					t.Errorf("%s: hazard %s excludes %s %s", arch.Arch, h.ID, tool, v)
				}
			}
		}
	}
}

// TestKnownMatchesTree compares a row with what is read from a tree with the same texts.
func TestKnownMatchesTree(t *testing.T) {
	tree := unpackTree(t, "7.3")
	for _, arch := range []Arch{{"x86", "x86_64"}, {"s390", "s390"}, {"powerpc", "powerpc"}, {"riscv", "riscv"}} {
		read, err := Read(tree, arch)
		if err != nil {
			t.Fatal(err)
		}
		known, err := Known(parseRelease(t, "7.3.4"), arch)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(facts(known), facts(read)); diff != "" {
			t.Errorf("%s (-known +read):\n%s", arch.Arch, diff)
		}
	}
}

// facts returns the facts that do not depend on line numbers, sorted.
func facts(r Requirements) []string {
	var list []string
	for _, d := range r.Demands {
		list = append(list, string(d.Tool)+" "+d.Version.String())
	}
	for _, h := range r.HaveRust {
		list = append(list, h.Where.File+" "+h.Condition)
	}
	for _, h := range r.Hazards {
		list = append(list, h.ID)
	}
	return slices.Sorted(slices.Values(list))
}
