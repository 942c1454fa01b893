package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/krustup/krustup/internal/mirrortest"
)

type otherMirrors struct{}

// mirrors are the mirrors of a script other than its Debian archive. They are empty until `publish` fills them.
type mirrors struct {
	rust   *mirrortest.RustDist
	kernel *mirrortest.KernelOrg
}

func newOtherMirrors(tb testing.TB) (mirrors, error) {
	return mirrors{mirrortest.NewRustDist(tb), mirrortest.NewKernelOrg(tb)}, nil
}

// rustTriple returns the Rust target triple of this machine.
func rustTriple() string {
	return map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH] + "-unknown-linux-gnu"
}

// cmdPublish implements "publish":
//
//	publish rust VERSION DATE [CHANNEL] [WORD…]   add a release to the Rust dist server
//	publish kernel [unsigned|stranger]            fill the mirror of kernel.org
//	publish spoil rust|kernel DIR                 overwrite the tarballs in a directory of a mirror
//	publish lose rust|kernel DIR                  remove them
func cmdPublish(ts *testscript.TestScript, neg bool, args []string) {
	m := ts.Value(otherMirrors{}).(mirrors)
	switch {
	case neg || len(args) == 0:
	case args[0] == "kernel":
		ts.Check(m.publishKernel(args[1:]))
		return
	case len(args) == 3 && (args[0] == "spoil" || args[0] == "lose"):
		dir := map[string]string{"rust": m.rust.Dir, "kernel": m.kernel.Dir}[args[1]]
		ts.Check(spoil(filepath.Join(dir, args[2]), args[0] == "lose"))
		return
	case len(args) >= 3 && args[0] == "rust":
		ts.Check(m.publishRust(args[1], args[2], args[3:]))
		return
	}
	ts.Fatalf("usage: publish rust VERSION DATE [CHANNEL] [unsigned|stranger|gcc|bare|clash|without-PACKAGE] | publish kernel [unsigned|stranger] | publish spoil|lose rust|kernel DIR")
}

// spoil overwrites every tarball in a directory, or removes it if lose is set.
func spoil(dir string, lose bool) error {
	found, err := filepath.Glob(filepath.Join(dir, "*.tar.?z"))
	if err != nil || len(found) == 0 {
		return fmt.Errorf("%s: no tarballs (%v)", dir, err)
	}
	for _, name := range found {
		if lose {
			err = os.Remove(name)
		} else {
			err = os.WriteFile(name, []byte("spoilt"), 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// stranger returns a key that is not pinned.
func stranger() ([]*mirrortest.Key, error) {
	key, err := mirrortest.NewKey("A stranger")
	return []*mirrortest.Key{key}, err
}

func (m mirrors) publishRust(version, date string, more []string) (err error) {
	const commit = "59807616e 2026-04-14"
	r := mirrortest.RustRelease{Version: version, Commit: commit, Date: date, Packages: mirrortest.RustTools(version, commit, rustTriple(), "22.1.2")}
	for _, word := range more {
		lacking, lacks := strings.CutPrefix(word, "without-")
		switch {
		case word == "unsigned":
			r.Keys = []*mirrortest.Key{}
		case word == "stranger":
			if r.Keys, err = stranger(); err != nil {
				return err
			}
		case word == "gcc":
			r.Packages = append(r.Packages, mirrortest.RustGCC(rustTriple())...)
		case word == "bare": // a component without a manifest of its files
			r.Packages[0].Raw = []mirrortest.File{mirrortest.Text("components", "rustc\n"), mirrortest.Text("rust-installer-version", "3\n"), mirrortest.Program("rustc/bin/rustc", nil)}
		case word == "clash": // two packages with the same file
			last := &r.Packages[4]
			last.Files = append(last.Files, mirrortest.Program("bin/rustc", []byte("#!/bin/sh\n")))
		case lacks:
			for i := range r.Packages {
				r.Packages[i].Missing = r.Packages[i].Missing || r.Packages[i].Name == lacking
			}
		default:
			r.Channel = word
		}
	}
	return m.rust.Publish(r)
}

func (m mirrors) publishKernel(more []string) (err error) {
	m.kernel.Keys = nil
	switch {
	case slices.Contains(more, "unsigned"):
		m.kernel.Keys = []*mirrortest.Key{}
	case slices.Contains(more, "stranger"):
		if m.kernel.Keys, err = stranger(); err != nil {
			return err
		}
	}
	machine := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	for _, v := range []string{"15.0.7", "19.1.7"} {
		stem := fmt.Sprintf("llvm-%s-%s", v, machine)
		if err := m.kernel.Add("tools/llvm/files", stem, stem, kernelLLVM(v)); err != nil {
			return err
		}
	}
	stem := "llvm-22.1.6-rust-1.95.0-" + machine
	files := kernelLLVM("22.1.6")
	for _, p := range mirrortest.RustTools("1.95.0", "59807616e 2026-04-14", rustTriple(), "22.1.6") {
		files = append(files, p.Files...)
	}
	if err := m.kernel.Add("tools/llvm/rust/files", stem, stem, files); err != nil {
		return err
	}
	if err := m.kernel.Add("linux/kernel/v6.x", "linux-6.6.17", "linux-6.6.17", []mirrortest.File{mirrortest.Text("Makefile", "VERSION = 6\n")}, m.kernel.Key); err != nil {
		return err
	}
	return m.kernel.Publish()
}

// kernelLLVM returns the files of kernel.org's LLVM.
func kernelLLVM(version string) []mirrortest.File {
	var files []mirrortest.File
	for _, name := range []string{"clang", "clang++", "ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy", "llvm-objdump", "llvm-ranlib", "llvm-readelf", "llvm-strip"} {
		files = append(files, mirrortest.Program("bin/"+name, []byte(script(name, version))))
	}
	return append(files, mirrortest.Text("lib/libclang.so", "libclang of "+version))
}
