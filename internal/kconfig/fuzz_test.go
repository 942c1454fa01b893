package kconfig_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/kconfig"
)

// FuzzExplain checks that Explain ends for any Kconfig file and configuration, and that its fixes are well formed.
func FuzzExplain(f *testing.F) {
	f.Add(small["init/Kconfig"]+"config HAVE_RUST\n\tdef_bool y\n", "CONFIG_MODULES=y\nCONFIG_MODVERSIONS=y\nCONFIG_KASAN=y\n")
	f.Add("config RUST\n\tbool \"r\"\n\tdepends on A || !B\nconfig A\n\ttristate \"a\"\n\tselect B if RUST\nconfig B\n\tbool\n\timply A\n\tdefault A = m\n", "CONFIG_A=m\n")
	f.Add("config RUST\n\tbool \"r\"\n\tdepends on RUST\n\tselect RUST\nchoice\n\tprompt \"c\"\nconfig X\n\tbool \"x\"\n\tdepends on !Y\nconfig Y\n\tbool \"y\"\n\tdepends on X\nendchoice\n", "CONFIG_X=y\nCONFIG_Y=y\n")
	root := f.TempDir()
	f.Fuzz(func(t *testing.T, text, lines string) {
		c, err := kconfig.ReadConfig(strings.NewReader(lines))
		if err != nil || len(text) > 1<<14 {
			return
		}
		if err := os.WriteFile(filepath.Join(root, "Kconfig"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		tree, err := kconfig.ReadTree(root, kconfig.Arch{SrcArch: "x86", Arch: "x86"})
		if err != nil {
			return
		}
		x, err := tree.Evaluate(c, kconfig.Facts{"RUST_IS_AVAILABLE": "y", "CC_IS_CLANG": "y"}).Explain("RUST")
		if err != nil {
			return
		}
		for _, fix := range x.Fixes {
			if len(fix.Changes) == 0 || fix.Changes[0].Symbol != "RUST" || len(fix.Lines) < len(fix.Changes) {
				t.Fatalf("%q: fix %v with lines %v", text, fix.Changes, fix.Lines)
			}
			if x.Value == "y" {
				t.Fatalf("%q: RUST is on, but there is a fix %v", text, fix.Changes)
			}
		}
	})
}
