package kconfig_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/kconfig"
)

func TestReadConfig(t *testing.T) {
	const text = `#
# Automatically generated file; DO NOT EDIT.
# Linux/arm64 7.3.4 Kernel Configuration
#
CONFIG_CC_VERSION_TEXT="gcc (Debian 12.2.0-14) \"x\" \\"
CONFIG_RUSTC_VERSION=109801
CONFIG_64BIT=y
CONFIG_E100=m
# CONFIG_EXPOLINE is not set
CONFIG_PHYS=0x80000000
CONFIG_INITRAMFS_SOURCE=""
CONFIG_E100=y
# end of CONFIG_NOTHING menu
`
	want := map[string]string{
		"CC_VERSION_TEXT": `gcc (Debian 12.2.0-14) "x" \`, "RUSTC_VERSION": "109801", "64BIT": "y", "E100": "y",
		"EXPOLINE": "n", "PHYS": "0x80000000", "INITRAMFS_SOURCE": "",
	}
	got := map[string]string{}
	c := config(t, text)
	for _, name := range c.Symbols() {
		got[name] = c.Value(name)
	}
	if diff := cmp.Diff(want, got); diff != "" || len(c.Warnings) > 0 {
		t.Errorf("(-want +got):\n%s\nwarnings %v", diff, c.Warnings)
	}
	if v := (kconfig.Config{}).Value("A"); v != "" {
		t.Errorf("the zero Config has A=%s", v)
	}
}

// TestReadConfigIgnores checks that what conf only warns of is ignored with a warning that has the line, and that a
// quotation of it is short.
func TestReadConfigIgnores(t *testing.T) {
	const expected = ", expected CONFIG_X=value or # CONFIG_X is not set"
	cases := []struct{ text, values, warnings string }{
		{"CONFIG_A=y\nRUST=y\n", "A=y", `line 2: unexpected data: "RUST=y"` + expected},
		{"CONFIG_A\n", "", `line 1: unexpected data: "CONFIG_A"` + expected},
		{"\n  CONFIG_A=y\n", "", `line 2: unexpected data: "  CONFIG_A=y"` + expected},
		{"\ufeffCONFIG_A=y\nCONFIG_B=y", "B=y", `line 1: unexpected data: "\ufeffCONFIG_A=y"` + expected},
		{"CONFIG_A=y\r\n# CONFIG_B is not set\r\n", "A=y B=n", ""},
		{"# CONFIG_B is not set ", "", ""},
		{"#CONFIG_B is not set\n #\n", "", `line 2: unexpected data: " #"` + expected},
		{"CONFIG_A=y\x00z\n\x00CONFIG_B=y\n", "A=y", ""},
		{"CONFIG_A=y\nCONFIG_A=n\nCONFIG_A=m\n", "A=m", ""},
		{strings.Repeat("z", 3<<20), "", `line 1: unexpected data: "` + strings.Repeat("z", 40) + `"… (3145728 bytes)` + expected},
	}
	for _, c := range cases {
		got := config(t, c.text)
		var values, warnings []string
		for _, name := range got.Symbols() {
			values = append(values, name+"="+got.Value(name))
		}
		for _, w := range got.Warnings {
			warnings = append(warnings, w.String())
		}
		if strings.Join(values, " ") != c.values || strings.Join(warnings, "; ") != c.warnings {
			t.Errorf("%.40q: got %v, %v", c.text, values, warnings)
		}
	}
	if _, err := kconfig.ReadConfig(strings.NewReader(strings.Repeat("#", 65<<20))); err == nil || !strings.Contains(err.Error(), "line 1: larger than") {
		t.Errorf("got %v", err)
	}
}
