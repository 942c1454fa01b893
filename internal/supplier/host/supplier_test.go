package host_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/supplier/host"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// machine is a directory with scripts in place of tools.
type machine struct {
	t    *testing.T
	root string
}

func (m machine) program(path, script string) {
	m.t.Helper()
	m.file(path, "#!/bin/sh\n"+script+"\n", 0o755)
}

func (m machine) file(path, text string, mode os.FileMode) {
	m.t.Helper()
	path = filepath.Join(m.root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		m.t.Fatal(err)
	}
}

// rustc adds a toolchain whose rustc prints a release and a commit date, with rust-src if source is set.
func (m machine) rustc(dir, release, date string, source bool) {
	m.t.Helper()
	m.program(dir+"/bin/rustc", "case $1 in\n--print) cd $(dirname $0)/.. && pwd;;\n*) printf 'rustc "+release+" (x "+date+")\\ncommit-date: "+date+"\\nrelease: "+release+"\\nLLVM version: 22.1.2\\n';;\nesac")
	m.program(dir+"/bin/rustdoc", "")
	m.program(dir+"/bin/cargo", "echo cargo")
	if source {
		m.file(dir+"/lib/rustlib/src/rust/library/core/src/lib.rs", "//! core", 0o644)
	}
}

func newMachine(t *testing.T) (machine, *host.Supplier) {
	t.Helper()
	m := machine{t, t.TempDir()}
	m.rustc("rustup/toolchains/stable-x", "1.95.0", "2026-04-14", true)
	m.rustc("rustup/toolchains/nightly-x", "1.97.0-nightly", "2026-05-19", true)
	m.rustc("rustup/toolchains/bare-x", "1.90.0", "2025-09-18", false)
	m.program("bin/rustup", "exit 1")
	if err := os.Link(filepath.Join(m.root, "bin/rustup"), filepath.Join(m.root, "bin/rustc")); err != nil {
		t.Fatal(err)
	}
	m.program("bin/bindgen", "echo bindgen 0.71.1")
	m.program("bin/pahole", "echo v1.30")
	for _, name := range []string{"clang", "ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy", "llvm-objdump", "llvm-ranlib", "llvm-readelf", "llvm-strip"} {
		m.program("llvm-19/bin/"+name, "echo Debian clang version 19.1.7 '(3)'")
	}
	m.file("llvm-19/lib/libclang-19.so.1", "", 0o644)
	m.program("llvm-18/bin/clang", "echo clang version 18.1.8")
	for _, name := range []string{"gcc", "ar", "as", "ld", "nm", "objcopy", "objdump", "ranlib", "readelf", "strip"} {
		m.program("bin/aarch64-linux-gnu-"+name, "echo 14.2.0")
	}
	m.program("bin/riscv64-linux-gnu-gcc", "echo 14.2.0")
	m.program("bin/hangs-gcc", "exit 1")
	at := func(path string) string { return filepath.Join(m.root, path) }
	s, err := host.New(host.Options{Catalogues: t.TempDir(), Look: host.Places{
		Path: []string{at("bin"), at("nowhere")}, Rustup: at("rustup"), LLVM: []string{at("llvm-18/bin"), at("llvm-19/bin")}, Libclang: at("llvm-19/lib/libclang-19.so.1"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return m, s
}

func here(t *testing.T) toolchain.Host {
	t.Helper()
	h, err := toolchain.ParseHost(runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

var everything = []toolchain.Component{toolchain.Rust, toolchain.Cargo, toolchain.Bindgen, toolchain.LLVM, toolchain.GCC, toolchain.Pahole}

func query(t *testing.T) toolchain.Query {
	t.Helper()
	target, err := targets.Find("arm64")
	if err != nil {
		t.Fatal(err)
	}
	return toolchain.Query{Components: everything, Host: here(t), Target: target}
}

func TestFound(t *testing.T) {
	m, s := newMachine(t)
	if _, _, err := s.Offers(query(t)); err == nil {
		t.Fatal("Offers succeeded without a catalogue")
	} else if _, ok := errors.AsType[*toolchain.NoCatalogueError](err); !ok {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), here(t), toolchain.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	offers, unread, err := s.Offers(query(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range offers {
		if !o.Untrusted || o.Supplier != "host" {
			t.Errorf("offer %+v is not marked as untrusted or has another supplier", o)
		}
		got = append(got, strings.Join([]string{string(o.Component), o.Version.String(), o.Channel, o.LLVM.String(), o.Libclang.String()}, " "))
	}
	slices.Sort(got)
	want := []string{
		"bindgen 0.71.1   19", "cargo 1.90.0   ", "cargo 1.95.0   ", "cargo 1.97.0-nightly nightly-2026-05-19  ", "gcc 14.2.0   ",
		"llvm 19.1.7   19.1.7", "pahole 1.30   ", "rust 1.95.0  22.1.2 ", "rust 1.97.0-nightly nightly-2026-05-19 22.1.2 ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("offers\n%s\nexpected\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var why []string
	for _, u := range unread {
		why = append(why, u.String())
	}
	text := strings.Join(why, "\n")
	for _, part := range []string{"unusable: rust 1.90.0 (rustup bare-x): it has no rust-src", "llvm 18.1.8", "ld.lld is missing in the directory of clang"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
	recipes(t, m, s, offers)
}

func recipes(t *testing.T, m machine, s *host.Supplier, offers []toolchain.Offer) {
	t.Helper()
	for component, want := range map[toolchain.Component][2]string{
		toolchain.Rust: {"rustc", "rustup/toolchains/stable-x/bin/rustc"}, toolchain.LLVM: {"ld.lld", "llvm-19/bin/ld.lld"},
		toolchain.GCC: {"aarch64-linux-gnu-gcc", "bin/aarch64-linux-gnu-gcc"},
	} {
		at := slices.IndexFunc(offers, func(o toolchain.Offer) bool { return o.Component == component })
		r, err := s.Complete(offers[at])
		if err != nil || r.Layout != toolchain.LayoutHost || "/"+r.Tools[want[0]] != filepath.Join(m.root, want[1]) {
			t.Errorf("%s: %+v, %v", component, r, err)
		}
		for key, rel := range r.Paths {
			if filepath.IsAbs(rel) {
				t.Errorf("%s: path %s is %s, expected a path relative to /", component, key, rel)
			}
		}
	}
	if _, err := s.Complete(toolchain.Offer{Component: toolchain.Rust, Key: "rust 9"}); err == nil {
		t.Error("Complete of an unknown offer succeeded")
	}
}

// A tool that changed after Update is not offered.
func TestChanged(t *testing.T) {
	m, s := newMachine(t)
	if err := s.Update(t.Context(), here(t), toolchain.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(m.root, "bin/bindgen"), later, later); err != nil {
		t.Fatal(err)
	}
	q := query(t)
	q.Components = []toolchain.Component{toolchain.Bindgen}
	offers, unread, err := s.Offers(q)
	if err != nil || len(offers) != 0 || len(unread) != 1 || !strings.Contains(unread[0].Err.Error(), "krustup update --supplier host") {
		t.Errorf("%v, %v, %v", offers, unread, err)
	}
}

func TestAnotherHost(t *testing.T) {
	_, s := newMachine(t)
	other, err := toolchain.ParseHost(map[string]string{"amd64": "arm64", "arm64": "amd64"}[runtime.GOARCH])
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), other, toolchain.UpdateOptions{}); err == nil {
		t.Error("Update succeeded for another host")
	}
	q := query(t)
	q.Host = other
	if offers, unread, err := s.Offers(q); err != nil || len(offers) != 0 || len(unread) != 1 {
		t.Errorf("%v, %v, %v", offers, unread, err)
	}
}
