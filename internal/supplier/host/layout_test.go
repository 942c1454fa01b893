package host_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/supplier/host"
	"github.com/krustup/krustup/toolchain"
)

// find returns what a machine offers, as "llvm 19.1.7 libclang=19.1.7", and the reasons of what it does not.
func find(t *testing.T, look host.Places) (offers []toolchain.Offer, texts []string, unusable string, s *host.Supplier) {
	t.Helper()
	s, err := host.New(host.Options{Catalogues: t.TempDir(), Look: look})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), here(t), toolchain.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	offers, unread, err := s.Offers(query(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range offers {
		text := string(o.Component) + " " + o.Version.String()
		if !o.Libclang.IsZero() {
			text += " libclang " + o.Libclang.String()
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	for _, u := range unread {
		unusable += u.String() + "\n"
	}
	return offers, texts, unusable, s
}

func (m machine) clang(dir, suffix, v string) {
	for _, name := range []string{"clang", "ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy", "llvm-objdump", "llvm-ranlib", "llvm-readelf", "llvm-strip"} {
		m.program(dir+"/"+name+suffix, "echo clang version "+v)
	}
}

// Where distributions put clang and its libclang.
func TestLayouts(t *testing.T) {
	for _, tt := range []struct{ name, bin, suffix, libclang, want string }{
		{"Debian", "usr/lib/llvm-19/bin", "", "usr/lib/llvm-19/lib/libclang-19.so.1", "llvm 19.1.7 libclang 19.1.7"},
		{"Fedora", "usr/bin", "", "usr/lib64/libclang.so.19.1", "llvm 19.1.7 libclang 19.1.7"},
		{"openSUSE", "usr/bin", "-19", "usr/lib64/libclang.so.19.1.7", "llvm 19.1.7 libclang 19.1.7"},
		{"Gentoo", "usr/lib/llvm/19/bin", "", "usr/lib/llvm/19/lib64/libclang.so.19.1.7", "llvm 19.1.7 libclang 19.1.7"},
		{"Alpine", "usr/lib/llvm19/bin", "", "usr/lib/llvm19/lib/libclang.so.13", "llvm 19.1.7 libclang 19.1.7"},
		{"Debian, multiarch", "usr/bin", "-19", "usr/lib/x86_64-linux-gnu/libclang-19.so.19", "llvm 19.1.7 libclang 19.1.7"},
		{"of another version", "usr/bin", "", "usr/lib64/libclang.so.18.1.8", "llvm 19.1.7"},
		{"none", "usr/bin", "", "usr/lib/libfoo.so", "llvm 19.1.7"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := machine{t, t.TempDir()}
			m.clang(tt.bin, tt.suffix, "19.1.7")
			m.file(tt.libclang, "", 0o644)
			offers, texts, unusable, s := find(t, host.Places{Path: []string{filepath.Join(m.root, "usr/bin")}, LLVM: []string{filepath.Join(m.root, tt.bin)}})
			if !slices.Equal(texts, []string{tt.want}) {
				t.Fatalf("got %q, expected %q\n%s", texts, tt.want, unusable)
			}
			r, err := s.Complete(offers[0])
			if _, own := r.Paths[toolchain.PathLLVMBin]; err != nil || own != (tt.suffix == "") || r.Tools["llvm-nm"] == "" {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

// The companions of a rustc are of its version, under the names that Kbuild has for them.
func TestVersionedRust(t *testing.T) {
	m := machine{t, t.TempDir()}
	m.rustc("usr", "1.75.0", "2023-12-21", true)
	m.program("usr/bin/rustdoc", "echo rustdoc 1.75.0")
	m.program("usr/bin/clippy-driver", "echo clippy 0.1.90")
	m.rustc("usr/lib/rust-1.85", "1.85.1", "2025-03-15", false)
	m.program("usr/lib/rust-1.85/bin/rustdoc", "echo rustdoc 1.85.1")
	m.program("usr/bin/rustc-1.85", "exec "+m.root+"/usr/lib/rust-1.85/bin/rustc \"$@\"")
	m.program("usr/bin/rustdoc-1.85", "echo rustdoc 1.85.1")
	m.file("usr/src/rustc-1.85.1/library/core/src/lib.rs", "", 0o644)
	offers, texts, unusable, s := find(t, host.Places{Path: []string{filepath.Join(m.root, "usr/bin")}})
	if want := []string{"cargo 1.75.0", "rust 1.75.0", "rust 1.85.1"}; !slices.Equal(texts, want) {
		t.Fatalf("got %q, expected %q\n%s", texts, want, unusable)
	}
	for _, o := range offers {
		if o.Component != toolchain.Rust {
			continue
		}
		r, err := s.Complete(o)
		if err != nil {
			t.Fatal(err)
		}
		suffix := map[string]string{"1.85.1": "-1.85"}[o.Version.String()]
		if filepath.Base(r.Tools["rustc"]) != "rustc"+suffix || filepath.Base(r.Tools["rustdoc"]) != "rustdoc"+suffix || r.Tools["clippy-driver"] != "" {
			t.Errorf("%s: %v", o.Version, r.Tools)
		}
	}
}

// GCC under the names of distributions, for the machine's own target and for others.
func TestVersionedGCC(t *testing.T) {
	for _, tt := range []struct{ name, gcc, prefix, triple string }{
		{"Debian, versioned", "aarch64-linux-gnu-gcc-14", "aarch64-linux-gnu-", "aarch64-linux-gnu"},
		{"Gentoo", "aarch64-unknown-linux-gnu-gcc", "aarch64-unknown-linux-gnu-", "aarch64-unknown-linux-gnu"},
		{"own, versioned", "gcc-14", "", "aarch64-redhat-linux"},
		{"own", "gcc", "", "aarch64-redhat-linux"},
	} {
		m := machine{t, t.TempDir()}
		m.program("bin/"+tt.gcc, "case $1 in -dumpmachine) echo aarch64-redhat-linux ;; *) echo 14.2.1 ;; esac")
		for _, name := range []string{"ar", "as", "ld", "nm", "objcopy", "objdump", "ranlib", "readelf", "strip"} {
			m.program("bin/"+tt.prefix+name, "")
		}
		offers, texts, unusable, s := find(t, host.Places{Path: []string{filepath.Join(m.root, "bin")}})
		if !slices.Equal(texts, []string{"gcc 14.2.1"}) {
			t.Errorf("%s: %q\n%s", tt.name, texts, unusable)
			continue
		}
		r, err := s.Complete(offers[0])
		if err != nil || filepath.Base(r.Tools[tt.triple+"-gcc"]) != tt.gcc || filepath.Base(r.Tools[tt.triple+"-ld"]) != tt.prefix+"ld" {
			t.Errorf("%s: %+v, %v", tt.name, r, err)
		}
	}
}

// Each program that cannot be used is named with the reason, and none holds the search up.
func TestUnusable(t *testing.T) {
	m := machine{t, t.TempDir()}
	m.program("a/rustc", "echo error: no override and no default toolchain set >&2; exit 1")
	m.file("a/rustc-1.80", "", 0o644)
	m.file("a/rustc-1.81", "\x7fELF\x02\x01\x01\x00of another machine", 0o755)
	m.program("a/bindgen", "")
	m.program("a/pahole", "echo 1.30")
	m.program("a/clang", "echo a clang")
	m.program("a/x86_64-linux-gnu-gcc", "exit 1")
	m.program("b/pahole", "sleep 60")
	m.program("b/rustup", "exit 1")
	m.program("b/rustc", "exec \"$(dirname $0)/rustup\"")
	_, texts, unusable, _ := find(t, host.Places{Path: []string{filepath.Join(m.root, "a"), filepath.Join(m.root, "b")}})
	if len(texts) != 0 {
		t.Errorf("offers %q", texts)
	}
	for _, want := range []string{
		"a/rustc: it does not run: exit status 1: error: no override and no default toolchain set",
		"a/rustc-1.80: it does not run: the file is not executable",
		"a/rustc-1.81: it does not run: exec format error",
		"a/bindgen: it prints no version",
		`a/pahole: its version text is "1.30", expected one such as "v1.30"`,
		`a/clang: its version text is "a clang", expected one such as "clang version 19.1.7"`,
		"a/x86_64-linux-gnu-gcc: it does not run: exit status 1",
		"b/pahole: it does not run: no answer to --version within 10s",
		"b/rustc: it does not run: exit status 1",
	} {
		if !strings.Contains(unusable, want) {
			t.Errorf("%q is missing in\n%s", want, unusable)
		}
	}
}
