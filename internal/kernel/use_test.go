package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/kconfig/syntax"
	"github.com/krustup/krustup/internal/version"
)

func TestCrateFeatures(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"one", "#![feature(a)]\n", "a:1"},
		{"several", "#![no_std]\n#![feature(a, b)]\n#![feature(\n    c,\n    d,\n)]\n", "a:2 b:2 c:4 d:5"},
		{"after comments", "// SPDX\n/* a /* nested */ one */\n//! # #![feature(doc)]\n\n#![feature(a)]\n", "a:5"},
		{"after a shebang", "#!/usr/bin/env run\n#![feature(a)]\n", "a:2"},
		{"a first line that is an attribute", "#! [feature(a)]\n", "a:1"},
		{"under a cfg", "#![cfg_attr(not(CONFIG_X), feature(a))]\n", "a:1[!CONFIG_X]"},
		{"with others under a cfg", "#![cfg_attr(all(p, q), allow(z), feature(a, b), feature(c))]\n", "a:1[p && q] b:1[p && q] c:1[p && q]"},
		{"under two cfgs", "#![cfg_attr(p, cfg_attr(any(q, r = \"s\"), feature(a)))]\n", `a:1[p && (q || r = "s")]`},
		{"on several lines", "#![cfg_attr(\n    all(feature = \"f\", t),\n    feature(a)\n)]\n", `a:3[feature = "f" && t]`},
		{"true and false", "#![cfg_attr(true, feature(a))]\n#![cfg_attr(any(), feature(b))]\n", "a:1 b:2[n]"},
		{"in a string", "#![doc = \"#![feature(no)]\"]\n#![doc = r#\"]\"\n\"#]\n#![feature(a)]\n", "a:4"},
		{"of another attribute", "#![allow(feature(x))]\n#![deny(a, b)]\n#![feature(c)]\n", "c:3"},
		{"not at the head", "use x;\n#![feature(a)]\n", ""},
		{"outer attribute", "#[feature(a)]\nfn f() {}\n", ""},
		{"cut short", "#![cfg_attr(all(x, feature(a", ""},
		{"cut short in a list", "#![feature(a", "a:1"},
		{"empty", "", ""},
	} {
		var got []string
		for _, f := range crateFeatures(c.source) {
			text := fmt.Sprintf("%s:%d", f.name, f.line)
			if f.on != always {
				text += "[" + f.on.String() + "]"
			}
			got = append(got, text)
		}
		if joined := strings.Join(got, " "); joined != c.want {
			t.Errorf("%s: got %q, want %q", c.name, joined, c.want)
		}
	}
}

func FuzzCrateFeatures(f *testing.F) {
	f.Add("#![cfg_attr(all(feature = \"f\", not(t)), feature(a, b))]\n//! x\n#![feature(c)]\n")
	f.Add("#![doc = r##\"x\"##]\n#![feature(\n a)]")
	f.Fuzz(func(t *testing.T, source string) {
		lines := strings.Split(source, "\n")
		for _, feature := range crateFeatures(source) {
			if feature.line < 1 || feature.line > len(lines) || !strings.Contains(lines[feature.line-1], feature.name) {
				t.Errorf("%q is reported on line %d, which does not contain it", feature.name, feature.line)
			}
			text := conditionText(feature.on)
			if again, err := syntax.ParseExpr(feature.on.String()); err == nil && conditionText(parseText(text)) != conditionText(again) {
				t.Errorf("condition %q parses as %q", text, conditionText(parseText(text)))
			}
		}
	})
}

func TestMakeLines(t *testing.T) {
	source := `# a comment \
X := -Zno
ifdef CONFIG_A
X := 1
ifeq ($(CONFIG_B),y)
X := 2
else ifneq ($(call rustc-min-version, 109300),y)
X := 3
else
X := 4
endif
endif
ifneq ($(or $(CONFIG_X86_64),$(CONFIG_X86_32)),)
X := 5
endif
ifndef config-build
ifneq ($(need-sub-make),1)
x-$(CONFIG_C) += 6 \
	7
endif
endif
ifeq ($(A)$(B),yy)
X := 8
endif
rule: private Y = 9
rule: z
	do 10
`
	want := map[string]string{
		"1": "CONFIG_A", "2": "CONFIG_A && CONFIG_B", "3": "CONFIG_A && !CONFIG_B && rustc < 1.93.0",
		"4": "CONFIG_A && !(CONFIG_B || rustc < 1.93.0)", "5": "CONFIG_X86_64 || CONFIG_X86_32", "6": "CONFIG_C", "7": "CONFIG_C",
		"8": `$(A)$(B) = "yy"`, "9": "", "10": "",
	}
	got := map[string]string{}
	var variables []string
	for _, line := range makeLines(strings.Split(source, "\n")) {
		words := strings.Fields(line.text)
		if len(words) > 0 && words[len(words)-1] != "z" {
			got[words[len(words)-1]] = conditionText(line.on)
			variables = append(variables, line.variable+"/"+line.rule)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if joined := strings.Join(variables, " "); joined != "X/ X/ X/ X/ X/ x-$(CONFIG_C)/ x-$(CONFIG_C)/ X/ Y/rule /rule" {
		t.Error(joined)
	}
}

func FuzzMakeLines(f *testing.F) {
	f.Add("ifdef A\nX = $(if $(CONFIG_B),-Za,-Zb)\nelse\nendif\nelse\nendif\n")
	f.Fuzz(func(t *testing.T, source string) {
		lines := strings.Split(source, "\n")
		file := ruleFile{name: "Makefile", on: always, lines: lines}
		for _, line := range makeLines(lines) {
			for _, u := range file.uses(line) {
				if u.Where.Line < 1 || u.Where.Line > len(lines) {
					t.Errorf("%s is reported on line %d of %d", u.Name, u.Where.Line, len(lines))
				}
			}
		}
	})
}

// usesTree is a much shortened tree with a use of every kind.
var usesTree = map[string]string{
	"Makefile": `VERSION = 7
PATCHLEVEL = 9
SUBLEVEL = 1
EXTRAVERSION =
export rust_common_flags := --edition=2021 \
			    -Zbinary_dep_depinfo=y
KBUILD_HOSTRUSTFLAGS := $(rust_common_flags) -Zallow-features=
# Allows it
# all.
export RUSTC_BOOTSTRAP := 1
include-$(CONFIG_KASAN) += scripts/Makefile.kasan
ifdef CONFIG_FRAME_POINTER
KBUILD_RUSTFLAGS += $(if $(call rustc-min-version,109800),,-Zllvm_module_flag=frame-pointer:u32:2:max)
endif
`,
	"Kbuild": "", "scripts/Kbuild.include": "",
	"init/Kconfig": `config RUSTC_HAS_FILE
	def_bool RUSTC_VERSION >= 108800
config RUST
	bool
`,
	"scripts/Makefile.kasan": `ifdef CONFIG_KASAN_GENERIC
RUSTFLAGS_KASAN := -Zsanitizer=kernel-address
endif
`,
	"scripts/Makefile.build": `rust_allowed_features := a,b
rust_common_cmd = \
	-Zallow-features=$(rust_allowed_features) \
	-Zcrate-attr='feature($(rust_allowed_features))'
      cmd_rustc_rsi_rs = \
	$(rust_common_cmd) -Zunpretty=expanded $< >$@
`,
	"scripts/Makefile.compiler": `# Usage: $(call rustc-option,-Cx,-Zx)
__rustc-option = $(call try-run, echo '[feature(no_core)]' | RUSTC_BOOTSTRAP=1 $(1))
`,
	"arch/x86/Makefile":    "KBUILD_RUSTFLAGS += --target=$(objtree)/scripts/target.json\n",
	"arch/x86/Makefile.um": "KBUILD_RUSTFLAGS += --target=$(objtree)/scripts/target.json\n",
	"arch/arm64/Makefile":  "KBUILD_RUSTFLAGS += -Zfixed-x18\nTAR += -Zx\n",
	"drivers/Makefile":     "X := tar -Zother\n",
	"rust/Makefile": `ifdef CONFIG_RUST
core-cfgs := \
    no_fp_fmt_parse
pin_init-cfgs := \
    kernel $(if $(call rustc-min-version,109000),new)
cmd_rustdoc = -Zunstable-options --generate-link-to-definition
cmd_rustdoc_test_kernel = -Zunstable-options \
	--test-builder x
$(obj)/core.o: $(RUST_LIB_SRC)/core/src/lib.rs
$(obj)/pin_init.o: $(src)/pin-init/src/lib.rs
$(obj)/kernel.o: $(src)/kernel/lib.rs
endif
`,
	"rust/kernel/lib.rs":        "#![feature(a)]\n#![cfg_attr(CONFIG_RUSTC_HAS_FILE, feature(c))]\n#![cfg_attr(CONFIG_OTHER, feature(d))]\n",
	"rust/pin-init/src/lib.rs":  "#![cfg_attr(kernel, feature(e))]\n#![cfg_attr(new, feature(f))]\n#![cfg_attr(std, feature(g))]\n#![cfg_attr(doc, feature(h))]\n#![cfg_attr(test, feature(i))]\n",
	"rust/pin-init/examples.rs": "#![feature(j)]\n",
	"samples/rust/x.rs":         "#![feature(k)]\n",
	"scripts/host.rs":           "#![feature(l)]\n",
	".hidden/lib.rs":            "#![feature(m)]\n",
}

func writeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadUses(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(writeTree(t, usesTree), link); err != nil {
		t.Fatal(err)
	}
	uses, err := ReadUses(link)
	if err != nil {
		t.Fatal(err)
	}
	if uses.Kernel.String() != "7.9.1" || uses.Source != "tree" {
		t.Errorf("read as %s, from %s", uses.Kernel, uses.Source)
	}
	var got []string
	for _, u := range uses.List {
		text := fmt.Sprintf("%s %s=%s %s", u.Kind, u.Name, u.Value, u.Where)
		for _, more := range [][2]string{{"arch", u.Arch}, {"if", u.If}, {"for", u.For}, {"unused", u.Unused}, {"note", u.Note}} {
			if more[1] != "" {
				text += "; " + more[0] + " " + more[1]
			}
		}
		got = append(got, text)
	}
	want := []string{
		"flag -Zbinary-dep-depinfo=y Makefile:6",
		"flag -Zallow-features= Makefile:7; for host programs",
		"bootstrap RUSTC_BOOTSTRAP= Makefile:10; note Allows it all.",
		"flag -Zllvm-module-flag=frame-pointer:u32:2:max Makefile:13; if CONFIG_FRAME_POINTER && rustc < 1.98.0",
		"flag -Zfixed-x18= arch/arm64/Makefile:1; arch arm64",
		"custom-target target.json=--target=$(objtree)/scripts/target.json arch/x86/Makefile:1; arch x86",
		"custom-target target.json=--target=$(objtree)/scripts/target.json arch/x86/Makefile.um:1; arch um",
		"build-core --cfg no_fp_fmt_parse= rust/Makefile:3",
		"flag -Zunstable-options= rust/Makefile:6; for make rustdoc",
		"rustdoc --generate-link-to-definition= rust/Makefile:6; for make rustdoc",
		"flag -Zunstable-options= rust/Makefile:7; if CONFIG_RUST_KERNEL_DOCTESTS",
		"doctest --test-builder= rust/Makefile:8; if CONFIG_RUST_KERNEL_DOCTESTS",
		"build-core core= rust/Makefile:9",
		"feature a= rust/kernel/lib.rs:1",
		"feature c= rust/kernel/lib.rs:2; if rustc >= 1.88.0",
		"feature d= rust/kernel/lib.rs:3; if CONFIG_OTHER",
		"feature j= rust/pin-init/examples.rs:1; unused Kbuild does not build the file",
		"feature e= rust/pin-init/src/lib.rs:1",
		"feature f= rust/pin-init/src/lib.rs:2; if rustc >= 1.90.0",
		"feature g= rust/pin-init/src/lib.rs:3; if std; unused no build sets the cfg",
		"feature h= rust/pin-init/src/lib.rs:4; for make rustdoc",
		"feature i= rust/pin-init/src/lib.rs:5; for make rusttest",
		"feature k= samples/rust/x.rs:1",
		"allowed a= scripts/Makefile.build:1",
		"allowed b= scripts/Makefile.build:1",
		"flag -Zallow-features=$(rust_allowed_features) scripts/Makefile.build:3",
		"flag -Zcrate-attr=feature($(rust_allowed_features)) scripts/Makefile.build:4",
		"flag -Zunpretty=expanded scripts/Makefile.build:6; for make *.rsi",
		"allowed no_core= scripts/Makefile.compiler:2; for tests of flags",
		"bootstrap RUSTC_BOOTSTRAP= scripts/Makefile.compiler:2; for tests of flags; note Usage: $(call rustc-option,-Cx,-Zx)",
		"flag -Zsanitizer=kernel-address scripts/Makefile.kasan:2; if CONFIG_KASAN && CONFIG_KASAN_GENERIC",
		"feature l= scripts/host.rs:1; for host programs",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNeeded(t *testing.T) {
	x86 := map[string]bool{"X86_64": true, "X86_32": false}
	for _, c := range []struct {
		use   Use
		rustc string
		want  Certainty
	}{
		{Use{}, "1.85.0", Always},
		{Use{Arch: "x86"}, "1.85.0", Always},
		{Use{Arch: "arm64"}, "1.85.0", Never},
		{Use{Unused: "x"}, "1.85.0", Never},
		{Use{For: ForRustdoc}, "1.85.0", OtherGoals},
		{Use{For: ForRustdoc, If: "rustc < 1.80.0"}, "1.85.0", Never},
		{Use{If: "CONFIG_X86_64"}, "1.85.0", Always},
		{Use{If: "CONFIG_X86_32"}, "1.85.0", Never},
		{Use{If: "!CONFIG_X86_32 && CONFIG_FOO"}, "1.85.0", ByConfig},
		{Use{If: "CONFIG_X86_32 && CONFIG_FOO"}, "1.85.0", Never},
		{Use{If: "rustc >= 1.85.0"}, "1.85.0", Always},
		{Use{If: "rustc >= 1.85.0"}, "1.84.1", Never},
		{Use{If: "rustc < 1.100.0"}, "1.97.0", Always},
		{Use{If: "rustc < 1.98.0"}, "", ByConfig},
		{Use{If: "what is (this"}, "1.85.0", ByConfig},
	} {
		var rustc version.Version
		if c.rustc != "" {
			rustc = version.MustParse(c.rustc)
		}
		if got := c.use.Needed("x86", x86, rustc); got != c.want {
			t.Errorf("%+v with rustc %s: got %d, want %d", c.use, c.rustc, got, c.want)
		}
	}
}

func TestKnownUses(t *testing.T) {
	for asked, source := range map[string]string{"6.12": "6.12.118", "6.12.50": "tree 6.12;", "7.2": "tree 7.2.12", "5.15": "no Rust before"} {
		uses, err := KnownUses(Release{Version: version.MustParse(asked)})
		if err != nil || !strings.Contains(uses.Source, source) {
			t.Errorf("%s: read from %q, %v; want %s", asked, uses.Source, err, source)
		}
	}
	if _, err := KnownUses(Release{Version: version.MustParse("6.16")}); err == nil {
		t.Error("6.16 is known, although no tree of it was ever read")
	}
}
