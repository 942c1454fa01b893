package debian

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/mirrortest"
	"github.com/krustup/krustup/toolchain"
)

var amd64, arm64 = host("amd64"), host("arm64")

func host(name string) toolchain.Host {
	h, err := toolchain.ParseHost(name)
	if err != nil {
		panic(err)
	}
	return h
}

// rustDebs returns the packages of a rustc as Debian has them, linked with an LLVM of the same archive.
func rustDebs(version, series, llvm string) []mirrortest.Deb {
	deb := func(name, depends string) mirrortest.Deb {
		return mirrortest.Deb{Name: name, Version: version, Source: "rustc", Depends: depends}
	}
	src := deb("rust-src", "")
	src.Arch = "all"
	src.Files = []mirrortest.File{mirrortest.Text("usr/src/rustc-"+version+"/library/core/src/lib.rs", "")}
	rustc := deb("rustc", "libc6 (>= 2.38), libstd-rust-dev (= "+version+"), gcc, libc-dev, binutils (>= 2.26)")
	rustc.Source = ""
	rustc.Files = []mirrortest.File{mirrortest.Program("usr/bin/rustc", []byte("#!/bin/sh\n"))}
	return []mirrortest.Deb{
		rustc, src, deb("rustfmt", "libc6, libstd-rust-"+series+" (= "+version+")"), deb("rust-clippy", "libc6, libstd-rust-"+series+" (= "+version+")"),
		deb("libstd-rust-dev", "libstd-rust-"+series+" (= "+version+")"), deb("libstd-rust-"+series, "libc6 (>= 2.39), libllvm"+llvm),
	}
}

// debianArchive returns a small archive with the suites that the manifest names.
func debianArchive(t testing.TB) *mirrortest.Debian {
	t.Helper()
	a := model().Copy(t)
	a.Publish()
	return a
}

// model returns the archive that debianArchive copies. Its directory is deleted as soon as it is published, because the
// copies have their own.
var model = sync.OnceValue(func() *mirrortest.Debian {
	dir, err := os.MkdirTemp("", "krustup-archive-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	a, err := mirrortest.MakeDebian(dir)
	if err != nil {
		panic(err)
	}
	stable := a.Suite("trixie").Add(rustDebs("1.85.1+dfsg1-1", "1.85", "19")...)
	stable.Add(
		mirrortest.Deb{Name: "libc6", Version: "2.41-12", Source: "glibc", Depends: "libgcc-s1", PreDepends: "debconf (>= 0.5) | debconf-2.0"},
		mirrortest.Deb{Name: "libgcc-s1", Version: "14.2.0-19", Depends: "gcc-14-base (= 14.2.0-19), libc6 (>= 2.35)"},
		mirrortest.Deb{Name: "libllvm19", Version: "1:19.1.7-3+b1", Source: "llvm-toolchain-19 (1:19.1.7-3)", Depends: "libc6 (>= 2.38), libz3-4"},
		mirrortest.Deb{Name: "libz3-4", Version: "4.13.3-1", Depends: "libc6"},
		mirrortest.Deb{Name: "bindgen", Version: "0.71.1-6", Depends: "libc6, libclang-dev"},
		mirrortest.Deb{Name: "libclang1-19", Version: "1:19.1.7-3+b1", Depends: "libc6, libllvm19 (>= 1:19.1.0)"},
		mirrortest.Deb{Name: "pahole", Version: "1.30-1", Depends: "libc6, libelf1"},
		mirrortest.Deb{Name: "libelf1t64", Version: "0.192-4", Provides: "libelf1 (= 0.192-4)", Depends: "libc6"},
		mirrortest.Deb{Name: "linux-source-6.12", Version: "6.12.94-1", Arch: "all", Source: "linux", Depends: "binutils, xz-utils"},
		mirrortest.Deb{Name: "gcc-14-aarch64-linux-gnu", Version: "14.2.0-19cross1", Depends: "libc6, binutils-aarch64-linux-gnu (>= 2.39), libgcc-14-dev-arm64-cross"},
		mirrortest.Deb{Name: "gcc-14-x86-64-linux-gnu", Version: "14.2.0-19", Depends: "libc6, binutils-x86-64-linux-gnu"},
		mirrortest.Deb{Name: "libgcc-14-dev-arm64-cross", Version: "14.2.0-19cross1", Arch: "all", Depends: "libgomp1-arm64-cross"},
		mirrortest.Deb{Name: "libgomp1-arm64-cross", Version: "14.2.0-19cross1", Arch: "all"},
		mirrortest.Deb{Name: "binutils-aarch64-linux-gnu", Version: "2.44-3", Depends: "libc6"},
		mirrortest.Deb{Name: "binutils-x86-64-linux-gnu", Version: "2.44-3", Depends: "libc6"},
		mirrortest.Deb{Name: "gcc", Version: "4:14.2.0-1"}, mirrortest.Deb{Name: "debconf", Version: "1.5"},
		mirrortest.Deb{Name: "unrelated", Version: "1", Depends: "libc6"},
	)
	a.Suite("trixie-updates").Add(mirrortest.Deb{Name: "libz3-4", Version: "4.13.3-1+deb13u1", Depends: "libc6"})
	a.Suite("trixie-security").Add(mirrortest.Deb{Name: "linux-source-6.12", Version: "6.12.107-1", Arch: "all", Source: "linux"})
	a.Suite("trixie-backports").Add(rustDebs("1.96.1+dfsg1-2~bpo13+1", "1.96", "19")...)
	sid := a.Suite("sid").Add(rustDebs("1.97.1+dfsg1-1", "1.97", "22")...)
	sid.Add(
		mirrortest.Deb{Name: "libc6", Version: "2.43-7", Source: "glibc", Depends: "libgcc-s1"},
		mirrortest.Deb{Name: "libllvm22", Version: "1:22.1.8-3", Depends: "libc6 (>= 2.42), libz3-4"},
		mirrortest.Deb{Name: "libclang1-22", Version: "1:22.1.8-3", Depends: "libc6, libllvm22"},
		mirrortest.Deb{Name: "bindgen", Version: "0.72.1-1+b3", Source: "rust-bindgen-cli (0.72.1-1)", Depends: "libc6, libclang-dev"},
		mirrortest.Deb{Name: "gcc-16-aarch64-linux-gnu", Version: "16.2.0-3cross1", Depends: "libc6, binutils-aarch64-linux-gnu (>= 2.39)"},
		mirrortest.Deb{Name: "binutils-aarch64-linux-gnu", Version: "2.46-1", Depends: "libc6"},
		mirrortest.Deb{Name: "rust-src", Version: "1.98.0+dfsg1-1", Source: "rustc", Arch: "all"},
	)
	a.Suite("experimental").Add(mirrortest.Deb{Name: "linux-source-7.3", Version: "7.3~rc7-1~exp1", Arch: "all", Source: "linux"})
	if err := a.Publish(); err != nil {
		panic(err)
	}
	return a
})

// clock is a clock that a test can set.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newSupplier(t testing.TB, a *mirrortest.Debian, dir string, now func() time.Time) *Supplier {
	t.Helper()
	client, err := fetch.New(fetch.Options{Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{
		Catalogues: filepath.Join(dir, "catalogues"), Partial: filepath.Join(dir, "partial"), Client: client,
		Mirrors: []Mirror{{Archive: "debian", URL: a.URL(), From: "test"}}, Keyring: a.Keyring, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// update runs Update and returns its notes.
func update(ctx context.Context, s *Supplier, allowStale bool) ([]string, error) {
	var notes []string
	done := make(chan struct{})
	lines := make(chan string)
	go func() {
		for line := range lines {
			notes = append(notes, line)
		}
		close(done)
	}()
	err := s.Update(ctx, amd64, toolchain.UpdateOptions{AllowStale: allowStale, Note: func(format string, args ...any) {
		lines <- fmt.Sprintf(format, args...)
	}})
	close(lines)
	<-done
	return notes, err
}

// updated returns a supplier with new catalogues.
func updated(t testing.TB, a *mirrortest.Debian) *Supplier {
	t.Helper()
	s := newSupplier(t, a, t.TempDir(), nil)
	if notes, err := update(t.Context(), s, false); err != nil || len(notes) > 0 {
		t.Fatalf("%v, %q", err, notes)
	}
	return s
}
