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
	want := kconfig.Config{
		"CC_VERSION_TEXT": `gcc (Debian 12.2.0-14) "x" \`, "RUSTC_VERSION": "109801", "64BIT": "y", "E100": "y",
		"EXPOLINE": "n", "PHYS": "0x80000000", "INITRAMFS_SOURCE": "",
	}
	got, err := kconfig.ReadConfig(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadConfigRefuses(t *testing.T) {
	cases := map[string]string{
		"CONFIG_A=y\nRUST=y\n":                   `line 2: "RUST=y": expected CONFIG_X=value`,
		"CONFIG_A\n":                             "line 1:",
		"\nCONFIG_=y\n":                          "line 2:",
		"CONFIG_A B=y\n":                         "line 1:",
		"CONFIG_S=\"open\n":                      "line 1: CONFIG_S: \"open: expected a closing quote",
		"CONFIG_S=\"a\"b\"\n":                    "text after the closing quote",
		"CONFIG_S=\"\\\"\n":                      "expected a closing quote",
		"CONFIG_A=" + strings.Repeat("y", 2<<20): "line 1: bufio.Scanner: token too long",
	}
	for text, want := range cases {
		_, err := kconfig.ReadConfig(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, expected %q", text, err, want)
		}
	}
}
