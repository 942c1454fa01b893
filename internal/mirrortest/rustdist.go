package mirrortest

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// RustBase is the start of every address in a channel manifest, on any mirror.
const RustBase = "https://static.rust-lang.org"

// RustDist is a Rust dist server in a directory, in the layout of static.rust-lang.org.
type RustDist struct{ Site }

// NewRustDist creates an empty dist server in a directory of the test, and serves it on loopback until the test ends.
func NewRustDist(tb testing.TB) *RustDist {
	tb.Helper()
	return &RustDist{servedSite(tb, "Rust releases made for a test")}
}

// RustRelease is one channel manifest and its files.
type RustRelease struct {
	Version  string // "1.95.0", "1.97.0-nightly", "1.96.0-beta.3"
	Commit   string // "59807616e 2026-04-14"
	Date     string // "2026-04-16"
	Channel  string // "stable", "beta", "nightly": becomes the newest of that channel; "": only under its own version
	Packages []RustPackage
	// Edit changes the text of the manifest before it is signed; nil: no change.
	Edit func(text string) string
	Keys []*Key // nil: the server's key; empty: not signed
}

// RustPackage is one package of a channel for one host.
type RustPackage struct {
	Name    string // "rustc", "rust-std", "rustfmt-preview"
	Target  string // "x86_64-unknown-linux-gnu", or "*"
	Version string // "": the release's version
	Missing bool   // the manifest names it as not available
	Files   []File // at the paths where they are installed
	Raw     []File // the tarball below its first directory, in place of Files: for what no packaging tool would write
	Data    []byte // the tarball itself, in place of Files and Raw

	// Packed holds the compressed tarballs by form, "gz" and "xz", in place of Files: for large packages.
	Packed map[string][]byte
}

// number returns the version as it is in file names: the version of a stable release, or else the channel.
func (r RustRelease) number() string {
	_, kind, _ := strings.Cut(r.Version, "-")
	kind, _, _ = strings.Cut(kind, ".")
	return cmp.Or(kind, r.Version)
}

// file returns the name of a package's tarballs without the extension.
func (r RustRelease) file(p RustPackage) string {
	name := strings.TrimSuffix(p.Name, "-preview") + "-" + r.number()
	if p.Target != "*" {
		name += "-" + p.Target
	}
	return name
}

// component returns the name of a package in its tarball.
func (p RustPackage) component() string {
	if p.Name == "rust-std" {
		return p.Name + "-" + p.Target
	}
	return p.Name
}

// tree returns the contents of the tarball below its first directory.
func (p RustPackage) tree(version string) []File {
	if p.Raw != nil {
		return p.Raw
	}
	var manifest strings.Builder
	files := []File{
		Text("components", p.component()+"\n"), Text("rust-installer-version", "3\n"), Text("version", version+"\n"),
		Program("install.sh", []byte("#!/bin/sh\necho this script must not be run >&2\nexit 1\n")),
	}
	for _, f := range p.Files {
		manifest.WriteString("file:" + f.Path + "\n")
		f.Path = path.Join(p.component(), f.Path)
		files = append(files, f)
	}
	return append(files, Text(path.Join(p.component(), "manifest.in"), manifest.String()))
}

// Publish writes a release: its tarballs, and its manifest under each of its names.
func (d *RustDist) Publish(r RustRelease) error {
	dir := filepath.Join(d.Dir, "dist", r.Date)
	sums := map[string]string{}
	for _, p := range r.Packages {
		if p.Missing {
			continue
		}
		packed := p.Packed
		if packed == nil {
			data, err := p.Data, error(nil)
			if data == nil {
				data, err = tarball(r.file(p)+"/", p.tree(r.Version))
			}
			if err != nil {
				return fmt.Errorf("package %s: %w", p.Name, err)
			}
			packed = map[string][]byte{}
			for _, form := range []string{"gz", "xz"} {
				if packed[form], _, err = compress(form, data); err != nil {
					return fmt.Errorf("package %s: %w", p.Name, err)
				}
			}
		}
		for form, data := range packed {
			name := r.file(p) + ".tar." + form
			sums[name] = sum(data)
			if err := write(filepath.Join(dir, name), data); err != nil {
				return err
			}
		}
	}
	text := r.manifest(sums)
	if r.Edit != nil {
		text = r.Edit(text)
	}
	return d.publishManifest(r, text)
}

// publishManifest writes a manifest, its digest and its signature under each of its names.
func (d *RustDist) publishManifest(r RustRelease, text string) error {
	keys := r.Keys
	if keys == nil {
		keys = []*Key{d.Key}
	}
	var names []string
	if r.number() == r.Version {
		names = append(names, "dist/channel-rust-"+r.Version+".toml")
	}
	if r.Channel != "" {
		names = append(names, "dist/channel-rust-"+r.Channel+".toml")
	}
	names = append(names, "dist/"+r.Date+"/channel-rust-"+cmp.Or(r.Channel, strings.TrimSuffix(r.number(), r.Version), "stable")+".toml")
	for _, name := range names {
		at := filepath.Join(d.Dir, filepath.FromSlash(name))
		if err := write(at, []byte(text)); err != nil {
			return err
		}
		if err := write(at+".sha256", []byte(sum([]byte(text))+"  "+path.Base(name)+"\n")); err != nil {
			return err
		}
		if len(keys) == 0 {
			continue
		}
		signature, err := Detached(strings.NewReader(text), epoch, keys...)
		if err != nil {
			return err
		}
		if err := write(at+".asc", signature); err != nil {
			return err
		}
	}
	return nil
}

// manifest returns the text of the channel manifest in the format that the Rust project's build-manifest writes.
func (r RustRelease) manifest(sums map[string]string) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "manifest-version = \"2\"\ndate = %q\n", r.Date)
	byName := map[string][]RustPackage{}
	hosts := map[string]bool{}
	for _, p := range r.Packages {
		byName[p.Name] = append(byName[p.Name], p)
		if p.Name == "rustc" {
			hosts[p.Target] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		list := byName[name]
		fmt.Fprintf(&b, "\n[pkg.%s]\nversion = %q\ngit_commit_hash = %q\n", name, cmp.Or(list[0].Version, r.Version)+" ("+r.Commit+")", strings.Repeat("5", 40))
		for _, p := range list {
			r.writeTarget(&b, p, sums)
		}
	}
	fmt.Fprintf(&b, "\n[pkg.rust]\nversion = %q\n", r.Version+" ("+r.Commit+")")
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		r.writeRust(&b, host)
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		if short, ok := strings.CutSuffix(name, "-preview"); ok {
			fmt.Fprintf(&b, "\n[renames.%s]\nto = %q\n", short, name)
		}
	}
	b.WriteString("\n[profiles]\nminimal = [\"rustc\", \"cargo\", \"rust-std\"]\n")
	b.WriteString("default = [\"rustc\", \"cargo\", \"rust-std\", \"rustfmt-preview\", \"clippy-preview\"]\n")
	b.WriteString("complete = [\"rustc\", \"cargo\", \"rust-std\", \"rustfmt-preview\", \"clippy-preview\", \"rust-src\"]\n")
	return b.String()
}

func (r RustRelease) writeTarget(b *bytes.Buffer, p RustPackage, sums map[string]string) {
	target := p.Target
	if target == "*" {
		target = `"*"`
	}
	fmt.Fprintf(b, "\n[pkg.%s.target.%s]\navailable = %v\n", p.Name, target, !p.Missing)
	if !p.Missing {
		for form, keys := range map[string][2]string{"gz": {"url", "hash"}, "xz": {"xz_url", "xz_hash"}} {
			name := r.file(p) + ".tar." + form
			fmt.Fprintf(b, "%s = %q\n%s = %q\n", keys[0], RustBase+"/dist/"+r.Date+"/"+name, keys[1], sums[name])
		}
	}
	b.WriteString("components = []\nextensions = []\n")
}

// writeRust writes the package "rust" for a host, which consists of all other packages. rustup installs it.
func (r RustRelease) writeRust(b *bytes.Buffer, host string) {
	fmt.Fprintf(b, "\n[pkg.rust.target.%s]\navailable = true\n", host)
	for _, p := range r.Packages {
		if p.Target != host && p.Target != "*" {
			continue
		}
		kind := "components"
		if p.Name == "rust-src" || p.Missing {
			kind = "extensions"
		}
		fmt.Fprintf(b, "\n[[pkg.rust.target.%s.%s]]\npkg = %q\ntarget = %q\nis_extension = %v\n", host, kind, p.Name, p.Target, kind == "extensions")
	}
}

// RustTools returns the packages of a release for a host. Their programs are scripts that print their name and version.
func RustTools(version, commit, host, llvm string) []RustPackage {
	say := func(name, more string) []byte {
		return []byte("#!/bin/sh\necho \"" + name + " " + version + " (" + commit + ")\"\n" + more)
	}
	// Write an object file that names its compiler in .ident, as rustc does.
	compile := "for a; do\n[ \"$last\" = -o ] && out=$a\n[ \"$a\" = -Zcodegen-backend=gcc ] && by=' with libgccjit'\nlast=$a\ndone\n" +
		"if [ -n \"$out\" ]; then echo \".ident \\\"rustc version " + version + "$by\\\"\" | as -o \"$out\"; exit; fi\n"
	verbose := fmt.Sprintf("case $1 in -vV|-Vv) printf 'binary: rustc\\nhost: %s\\nrelease: %s\\nLLVM version: %s\\n';; esac\n", host, version, llvm)
	return []RustPackage{
		{Name: "rustc", Target: host, Files: []File{
			Program("bin/rustc", say("rustc", verbose+compile)), Program("bin/rustdoc", say("rustdoc", "")),
			Text("lib/librustc_driver.so", "the driver of "+version), Text("share/doc/rustc/COPYRIGHT", "MIT or Apache"),
		}},
		{Name: "rust-std", Target: host, Files: []File{Text("lib/rustlib/"+host+"/lib/libcore.rlib", "core of "+version)}},
		{Name: "rust-src", Target: "*", Files: []File{Text("lib/rustlib/src/rust/library/core/src/lib.rs", "//! core of "+version)}},
		{Name: "rustfmt-preview", Target: host, Files: []File{Program("bin/rustfmt", say("rustfmt", "")), Program("bin/cargo-fmt", say("cargo-fmt", ""))}},
		{Name: "clippy-preview", Target: host, Files: []File{Program("bin/clippy-driver", say("clippy", "")), Program("bin/cargo-clippy", say("cargo-clippy", ""))}},
		{Name: "cargo", Target: host, Files: []File{Program("bin/cargo", say("cargo", ""))}},
	}
}

// RustGCC returns the packages of rustc_codegen_gcc for a host. Only nightly releases have them.
func RustGCC(host string) []RustPackage {
	backends := "lib/rustlib/" + host + "/codegen-backends/"
	return []RustPackage{
		{Name: "rustc-codegen-gcc-preview", Target: host, Files: []File{Text(backends+"librustc_codegen_gcc.so", "the backend")}},
		{Name: "gcc-" + host + "-preview", Target: host, Files: []File{Text(backends+"lib/"+host+"/libgccjit.so", "libgccjit")}},
	}
}

// Day returns the date that is the given number of days after text, a date such as "2026-04-16". It panics if text is
// not a date.
func Day(text string, days int) string {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic("mirrortest: " + err.Error())
	}
	return at.AddDate(0, 0, days).Format(time.DateOnly)
}
