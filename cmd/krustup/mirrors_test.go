package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/krustup/krustup/internal/mirrortest"
)

type otherMirrors struct{}

// mirrors are what a script has beside its Debian archive: empty until `publish` fills them.
type mirrors struct {
	rust   *mirrortest.RustDist
	kernel *mirrortest.KernelOrg
}

func newOtherMirrors(tb testing.TB) (mirrors, error) {
	return mirrors{mirrortest.NewRustDist(tb), mirrortest.NewKernelOrg(tb)}, nil
}

// rustTriple is what the Rust project calls this machine.
func rustTriple() string {
	return map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH] + "-unknown-linux-gnu"
}

// publish rust VERSION DATE [CHANNEL] [unsigned|gcc|without-PACKAGE] puts a release on the Rust dist server; publish spoil
// rust DIR changes the tarballs in a directory of it; publish kernel fills the mirror of kernel.org.
func cmdPublish(ts *testscript.TestScript, neg bool, args []string) {
	m := ts.Value(otherMirrors{}).(mirrors)
	switch {
	case neg:
	case len(args) == 1 && args[0] == "kernel":
		ts.Check(m.publishKernel())
		return
	case len(args) == 3 && args[0] == "spoil" && args[1] == "rust":
		ts.Check(spoil(filepath.Join(m.rust.Dir, args[2])))
		return
	case len(args) >= 3 && args[0] == "rust":
		ts.Check(m.publishRust(args[1], args[2], args[3:]))
		return
	}
	ts.Fatalf("usage: publish rust VERSION DATE [CHANNEL] [unsigned|gcc|without-PACKAGE] | publish kernel")
}

// spoil changes every tarball of a directory.
func spoil(dir string) error {
	found, err := filepath.Glob(filepath.Join(dir, "*.tar.*"))
	if err != nil || len(found) == 0 {
		return fmt.Errorf("%s: no tarballs (%v)", dir, err)
	}
	for _, name := range found {
		if err := os.WriteFile(name, []byte("spoilt"), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (m mirrors) publishRust(version, date string, more []string) error {
	const commit = "59807616e 2026-04-14"
	r := mirrortest.RustRelease{Version: version, Commit: commit, Date: date, Packages: mirrortest.RustTools(version, commit, rustTriple(), "22.1.2")}
	for _, word := range more {
		switch {
		case word == "unsigned":
			r.Keys = []*mirrortest.Key{}
		case word == "gcc":
			r.Packages = append(r.Packages, mirrortest.RustGCC(rustTriple())...)
		case len(word) > 8 && word[:8] == "without-":
			for i := range r.Packages {
				r.Packages[i].Missing = r.Packages[i].Missing || r.Packages[i].Name == word[8:]
			}
		default:
			r.Channel = word
		}
	}
	return m.rust.Publish(r)
}

func (m mirrors) publishKernel() error {
	machine := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	for _, v := range []string{"15.0.7", "19.1.7"} {
		stem := fmt.Sprintf("llvm-%s-%s", v, machine)
		var files []mirrortest.File
		for _, name := range []string{"clang", "clang++", "ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy", "llvm-objdump", "llvm-ranlib", "llvm-readelf", "llvm-strip"} {
			files = append(files, mirrortest.Program("bin/"+name, []byte(script(name, v))))
		}
		files = append(files, mirrortest.Text("lib/libclang.so", "libclang of "+v))
		if err := m.kernel.Add("tools/llvm/files", stem, stem, files); err != nil {
			return err
		}
	}
	if err := m.kernel.Add("linux/kernel/v6.x", "linux-6.6.17", "linux-6.6.17", []mirrortest.File{mirrortest.Text("Makefile", "VERSION = 6\n")}, m.kernel.Key); err != nil {
		return err
	}
	return m.kernel.Publish()
}
