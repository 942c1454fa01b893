package kbuild

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

const debianLabel = "rustc 1.85.1 (4eb161250 2025-03-15) (built from a source tarball)"

// Configurations as in Debian's headers of Linux 7.3.4, which writes strings without quotes, and in 6.12's .config.
const (
	headers73 = `#
# Automatically generated file; DO NOT EDIT.
# Linux/x86 7.3.4 Kernel Configuration
#
CONFIG_PAHOLE_VERSION=130
CONFIG_RUSTC_VERSION=108501
CONFIG_RUST=y
CONFIG_RUSTC_VERSION_TEXT=` + debianLabel + `
CONFIG_BINDGEN_VERSION_TEXT=bindgen 0.71.1
CONFIG_HAVE_RUST=y
CONFIG_CLANG_VERSION=0
CONFIG_CC_IS_GCC=y
CONFIG_GCC_VERSION=140200
CONFIG_X86=y
CONFIG_X86_64=y
CONFIG_64BIT=y
CONFIG_MODULES=y
`
	built612 = `# Linux/arm64 6.12.0-rc3 Kernel Configuration
CONFIG_CC_IS_CLANG=y
CONFIG_CLANG_VERSION=200108
CONFIG_ARM64=y
CONFIG_64BIT=y
CONFIG_CPU_LITTLE_ENDIAN=y
# CONFIG_CPU_BIG_ENDIAN is not set
CONFIG_RUST=y
CONFIG_RUSTC_VERSION_TEXT="rustc 1.95.0 (59807616e 2026-04-14)"
CONFIG_MODULES=y
`
)

// builtKernel creates a directory with a configuration and the metadata of one rustc, without metadata for an empty
// label.
func builtKernel(t *testing.T, name, config, label string) string {
	t.Helper()
	dir := t.TempDir()
	for _, sub := range []string{"include/config", "rust"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, filepath.Join(dir, "Makefile"), "all:\n")
	writeFile(t, filepath.Join(dir, name), config)
	for _, crate := range needed {
		if label != "" {
			writeFile(t, filepath.Join(dir, crate), metadata(9, 8, label))
		}
	}
	return dir
}

func TestReadBuilt(t *testing.T) {
	b, err := ReadBuilt(builtKernel(t, "include/config/auto.conf", headers73, debianLabel))
	if err != nil {
		t.Fatal(err)
	}
	target, err := b.Target()
	if err != nil || target.Name != "x86_64" || b.CC != toolchain.GNU || b.Compiler.String() != "14.2.0" || b.Bindgen.String() != "0.71.1" ||
		b.Pahole.String() != "1.30" || b.Kernel.String() != "7.3.4" || b.Rustc.Text != debianLabel || len(b.Metadata) != 2 || b.Usable() != nil {
		t.Errorf("target %s, %+v, %v, %v", target.Name, b, err, b.Usable())
	}
	b, err = ReadBuilt(builtKernel(t, ".config", built612, "rustc 1.95.0 (59807616e 2026-04-14)"))
	if err != nil {
		t.Fatal(err)
	}
	target, err = b.Target()
	if err != nil || target.Name != "arm64" || b.CC != toolchain.Clang || b.Compiler.String() != "20.1.8" || b.Kernel.String() != "6.12-rc3" || b.Config != ".config" {
		t.Errorf("target %s, %+v, %v", target.Name, b, err)
	}
}

func TestReadBuiltRefuses(t *testing.T) {
	change := func(old, replacement string) string { return strings.Replace(headers73, old, replacement, 1) }
	for _, tt := range []struct{ config, label, want string }{
		{change("7.3.4 Kernel", "7.3.4"), debianLabel, "no line names the kernel"},
		{change("CONFIG_RUST=y", "RUST=y"), debianLabel, `line 7: unexpected data: "RUST=y"`},
		{change("TEXT="+debianLabel, "TEXT=clang 19"), debianLabel, `line 8: CONFIG_RUSTC_VERSION_TEXT: "clang 19"`},
		{headers73, "rustc 1.96.1 (4eb161250 2025-03-15)", "rust/libcore.rmeta was made by rustc 1.96.1 (4eb161250 2025-03-15), and include/config/auto.conf by rustc 1.85.1"},
	} {
		if b, err := ReadBuilt(builtKernel(t, "include/config/auto.conf", tt.config, tt.label)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v, %v; expected an error with %q", b, err, tt.want)
		}
	}
	if _, err := ReadBuilt(t.TempDir()); !errors.As(err, new(*NotBuiltError)) {
		t.Errorf("an empty directory: %v", err)
	}
	for _, tt := range []struct {
		config, label, want string
		missing             bool
	}{
		{change("CONFIG_RUST=y\n", ""), debianLabel, "built without Rust", false},
		{change("CONFIG_MODULES=y\n", ""), debianLabel, "built without modules", false},
		{headers73, "", "there is no rust/*.rmeta: Linux 7.3.4 was built with Rust, by " + debianLabel, true},
	} {
		b, err := ReadBuilt(builtKernel(t, "include/config/auto.conf", tt.config, tt.label))
		if err != nil {
			t.Fatal(err)
		}
		unusable, ok := errors.AsType[*MetadataError](b.Usable())
		if !ok || !strings.Contains(unusable.Reason, tt.want) || unusable.Missing != tt.missing {
			t.Errorf("%v, expected %q", unusable, tt.want)
		}
		if _, err := b.Requests(toolchain.Request{}); !errors.As(err, new(*MetadataError)) {
			t.Errorf("requests for unusable metadata: %v", err)
		}
	}
}

func TestBuiltRequests(t *testing.T) {
	b, err := ReadBuilt(builtKernel(t, "include/config/auto.conf", headers73, debianLabel))
	if err != nil {
		t.Fatal(err)
	}
	target, err := targets.Find("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	list, err := b.Requests(toolchain.Request{Target: target, With: map[toolchain.Component]toolchain.Wish{toolchain.Bindgen: {Range: version.MustParseRange("0.72")}}})
	if err != nil {
		t.Fatal(err)
	}
	// The user names bindgen, so only GCC can be left open.
	var demands []string
	for _, req := range list {
		text := ""
		for _, d := range req.Requirements.Demands {
			text += string(d.Tool) + " " + d.Version.String() + " " + d.Where.String() + "; "
		}
		demands = append(demands, text)
		if req.Rustc.Text != debianLabel || req.CC != toolchain.GNU {
			t.Errorf("rustc %q, built with %s", req.Rustc.Text, req.CC)
		}
	}
	const rest = "rustc 1.85.1 include/config/auto.conf:8; pahole 1.30 include/config/auto.conf:5; "
	if want := []string{rest + "gcc 14.2.0 include/config/auto.conf:13; ", rest}; !slices.Equal(demands, want) {
		t.Errorf("demands %q, expected %q", demands, want)
	}
	for _, req := range []toolchain.Request{
		{Target: target, With: map[toolchain.Component]toolchain.Wish{toolchain.Rust: {Range: version.MustParseRange("1.96.1")}}},
		{Target: target, With: map[toolchain.Component]toolchain.Wish{toolchain.Rust: {Channel: "nightly"}}},
		{Target: target, CC: toolchain.Clang},
		{},
	} {
		if _, err := b.Requests(req); !errors.As(err, new(*MetadataError)) {
			t.Errorf("%+v: %v, expected a *MetadataError", req, err)
		}
	}
}

// metadata returns the head of an .rmeta file: a format version, where the root is, and the label of rustc.
func metadata(format byte, position int, label string) string {
	return "rust\x00\x00\x00" + string(format) + strings.Repeat("\x2a", position) + string(rune(len(label))) + label + "\xc1\x02\xe3\x04more"
}
