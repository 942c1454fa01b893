package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/mirrortest"
	"github.com/krustup/krustup/internal/supplier/debian"
	"github.com/krustup/krustup/internal/supplier/kernelorg"
	"github.com/krustup/krustup/internal/supplier/rustlang"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// unfetched completes an offer whose manifest was not fetched with an empty recipe instead of an error. Which releases
// exist is in krustup's data, so resolving needs no manifest.
type unfetched struct{ toolchain.Supplier }

func (s unfetched) Complete(o toolchain.Offer) (toolchain.Recipe, error) {
	r, err := s.Supplier.Complete(o)
	if _, ok := errors.AsType[*toolchain.NoCatalogueError](err); ok {
		return toolchain.Recipe{Layout: toolchain.LayoutTar}, nil
	}
	return r, err
}

// allSuppliers returns the default suppliers: first for Debian, rust-lang with every known release of Rust, and
// kernel-org with kernel.org's real list of LLVM.
func allSuppliers(t *testing.T, first toolchain.Supplier, client *fetch.Client) []toolchain.Supplier {
	t.Helper()
	host, err := toolchain.ParseHost("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	dist := mirrortest.NewRustDist(t)
	known, err := manifests.RustLangSupplier()
	if err != nil {
		t.Fatal(err)
	}
	newest := known.Releases[0]
	if err := dist.Publish(mirrortest.RustRelease{
		Version: newest.Version.String(), Commit: "x " + newest.Date, Date: newest.Date, Channel: "stable",
		Packages: mirrortest.RustTools(newest.Version.String(), "x", "x86_64-unknown-linux-gnu", "1"),
	}); err != nil {
		t.Fatal(err)
	}
	pub := t.TempDir()
	list, err := os.ReadFile("../../internal/supplier/kernelorg/testdata/llvm-sha256sums.asc")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(pub, "tools/llvm/files"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(pub, "tools/llvm/files/sha256sums.asc"), list, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(rustlang.MirrorVariable, dist.URL())
	t.Setenv(kernelorg.MirrorVariable, "file://"+pub)
	dir := t.TempDir()
	rust, err := rustlang.New(rustlang.Options{Catalogues: dir, Client: client, Keyring: dist.Keyring})
	if err != nil {
		t.Fatal(err)
	}
	korg, err := kernelorg.New(kernelorg.Options{Catalogues: dir, Client: client})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(rust.Update(t.Context(), host, toolchain.UpdateOptions{}), korg.Update(t.Context(), host, toolchain.UpdateOptions{Parts: []string{"llvm", "llvm-rust"}})); err != nil {
		t.Fatal(err)
	}
	return []toolchain.Supplier{first, unfetched{rust}, unfetched{korg}}
}

// choice is the set that is chosen for one kernel and one target, or the error.
type choice struct {
	release, target string
	set             toolchain.Set
	err             error
}

// pick returns the version and the origin of a component, such as "1.73.0 rust-lang", or "" if the set lacks it.
func (c choice) pick(component toolchain.Component) string {
	p, ok := c.set.Pick(component)
	if !ok {
		return ""
	}
	where := p.Offer.Supplier
	if where == debian.Name {
		where = p.Offer.Suite
	}
	return p.Offer.Version.String() + " " + where
}

// choices resolves every known kernel release, for every target for which it supports Rust.
func choices(t *testing.T, suppliers []toolchain.Supplier) []choice {
	t.Helper()
	host, err := toolchain.ParseHost("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := manifests.Kernels()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := manifests.LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	var all []choice
	for _, row := range rows {
		for _, target := range targets.All() {
			r, err := kernel.Known(kernel.Release{Version: exactly(row.Release.String())}, kernel.Arch{SrcArch: target.SrcArch, Arch: target.Arch})
			if err != nil {
				t.Fatal(err)
			}
			set, err := toolchain.Resolve(toolchain.Request{Requirements: r, Target: target, Host: host, Suppliers: suppliers}, rules)
			if _, none := errors.AsType[*toolchain.NoRustError](err); none {
				continue
			}
			all = append(all, choice{row.Release.String(), target.Name, set, err})
		}
	}
	return all
}

// exactly parses a release as that release alone: "6.6" would stand for the newest of its series.
func exactly(release string) versions.Version {
	if strings.Count(release, ".") == 1 && !strings.Contains(release, "-") {
		release += ".0"
	}
	return versions.MustParse(release)
}

// TestKernelsOfEveryAge resolves every known kernel release from an old Debian archive and otherwise complete
// suppliers.
func TestKernelsOfEveryAge(t *testing.T) {
	client, err := fetch.New(fetch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := newArchiveOf(t, "amd64")
	first, err := debian.New(debian.Options{
		Catalogues: t.TempDir(), Partial: t.TempDir(), Client: client, Keyring: a.Keyring,
		Mirrors: []debian.Mirror{{Archive: "debian", URL: a.URL(), From: "test"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(debian.MirrorVariable, "")
	host, err := toolchain.ParseHost("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Update(t.Context(), host, toolchain.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	suppliers := allSuppliers(t, first, client)
	withoutDebian(t, host, suppliers[1:])
	all := choices(t, suppliers)
	if len(all) < 60 {
		t.Fatalf("%d choices, expected at least 60", len(all))
	}
	got := map[string]choice{}
	for _, c := range all {
		if c.err != nil {
			t.Errorf("%s for %s: %v", c.release, c.target, c.err)
		}
		got[c.release+" "+c.target] = c
	}
	pins := map[string][2]string{
		"6.1.192": {"1.62.0", "0.56.0"}, "6.2": {"1.62.0", "0.56.0"}, "6.5": {"1.68.2", "0.56.0"}, "6.6": {"1.71.1", "0.65.1"}, "6.6.17": {"1.73.0", "0.65.1"},
		"6.7.3": {"1.73.0", "0.65.1"}, "6.8": {"1.74.1", "0.65.1"}, "6.9.3": {"1.76.0", "0.65.1"}, "6.10": {"1.78.0", "0.65.1"},
	}
	for release, want := range pins {
		c := got[release+" x86_64"]
		if c.pick(toolchain.Rust) != want[0]+" rust-lang" || c.pick(toolchain.Bindgen) != want[1]+" rust-lang" {
			t.Errorf("%s: rustc %s, bindgen %s, expected %v", release, c.pick(toolchain.Rust), c.pick(toolchain.Bindgen), want)
		}
	}
	// bindgen 0.56 does not work with libclang 16 and later.
	if llvm := got["6.1.192 x86_64"].pick(toolchain.LLVM); llvm != "15.0.7 kernel-org" {
		t.Errorf("6.1 got LLVM %s, expected 15.0.7 from kernel-org", llvm)
	}
	if llvm := got["6.6.17 x86_64"].pick(toolchain.LLVM); !strings.HasPrefix(llvm, "19.") {
		t.Errorf("6.6.17 got LLVM %s, expected 19", llvm)
	}
	checkHazards(t, all)
}

// withoutDebian resolves kernels from the Rust project and kernel.org only. It expects the newest rustc that does not
// break the kernel, and the binary of bindgen's own release where there is one.
func withoutDebian(t *testing.T, host toolchain.Host, suppliers []toolchain.Supplier) {
	t.Helper()
	rules, err := manifests.LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	x86, err := targets.Find("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	for release, want := range map[string][2]string{
		"6.10": {"1.78.0 rust-lang", "0.65.1 rust-lang"}, "6.12.107": {"1.98.1 rust-lang", "0.69.5 rust-lang"},
		"6.17": {"1.92.0 rust-lang", "0.69.5 rust-lang"}, "6.18.2": {"1.94.1 rust-lang", "0.69.5 rust-lang"}, "6.19": {"1.94.1 rust-lang", "0.69.5 rust-lang"},
	} {
		r, err := kernel.Known(kernel.Release{Version: exactly(release)}, kernel.Arch{SrcArch: x86.SrcArch, Arch: x86.Arch})
		if err != nil {
			t.Fatal(err)
		}
		set, err := toolchain.Resolve(toolchain.Request{Requirements: r, Target: x86, Host: host, Suppliers: suppliers}, rules)
		c := choice{set: set}
		if err != nil || c.pick(toolchain.Rust) != want[0] || c.pick(toolchain.Bindgen) != want[1] {
			t.Errorf("%s without Debian: rustc %s, bindgen %s (%v), expected %v", release, c.pick(toolchain.Rust), c.pick(toolchain.Bindgen), err, want)
		}
	}
}

// checkHazards checks that no choice contains a rustc that is known to break its kernel.
func checkHazards(t *testing.T, all []choice) {
	t.Helper()
	seen := 0
	for _, c := range all {
		target, err := targets.Find(c.target)
		if err != nil {
			t.Fatal(err)
		}
		r, err := kernel.Known(kernel.Release{Version: exactly(c.release)}, kernel.Arch{SrcArch: target.SrcArch, Arch: target.Arch})
		if err != nil {
			t.Fatal(err)
		}
		p, _ := c.set.Pick(toolchain.Rust)
		for _, h := range r.Hazards {
			if h.Tool == kernel.Rustc && h.Effect == manifests.Fails {
				seen++
				if h.Bad.Contains(p.Offer.Version) {
					t.Errorf("%s for %s got rustc %s: %s", c.release, c.target, p.Offer.Version, h.What)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no kernel has a known hazard of rustc: the check does not work")
	}
}

// recordedChoices contains the input of docs/choices.md: krustup's catalogue of each suite of Debian that had not
// expired.
const recordedChoices = "testdata/choices"

// TestChoicesTable checks that docs/choices.md is what krustup resolves from the recorded catalogues. With
// KRUSTUP_CHOICES=write, which `make docs` sets, it first records those of Debian's real archive, and writes the file.
func TestChoicesTable(t *testing.T) {
	const doc = "../../docs/choices.md"
	write := os.Getenv("KRUSTUP_CHOICES") == "write"
	client, err := fetch.New(fetch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if write {
		recordChoices(t, client)
	}
	dir, date := replayedChoices(t)
	first, err := debian.New(debian.Options{
		Catalogues: dir, Client: client, Now: func() time.Time { return date },
		Mirrors: []debian.Mirror{{Archive: "debian", URL: "file:///nowhere", From: "test"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	text := table(date.Format("2006-01-02"), choices(t, allSuppliers(t, first, client)))
	if write {
		if err := os.WriteFile(doc, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, string(got)); diff != "" {
		t.Errorf("docs/choices.md is not what krustup resolves: run `make docs` (-resolved +file):\n%s", diff)
	}
}

// recordChoices updates from the configured mirror of Debian and records the catalogues, without the mirror's URL.
func recordChoices(t *testing.T, client *fetch.Client) {
	t.Helper()
	dir := t.TempDir()
	real, err := debian.New(debian.Options{Catalogues: dir, Partial: t.TempDir(), Client: client})
	if err != nil {
		t.Fatal(err)
	}
	host, err := toolchain.ParseHost("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	if err := real.Update(t.Context(), host, toolchain.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "debian/*/amd64/meta.json"))
	if err != nil || len(found) == 0 {
		t.Fatalf("catalogues %v, %v", found, err)
	}
	if err := os.RemoveAll(recordedChoices); err != nil {
		t.Fatal(err)
	}
	for _, name := range found {
		meta, catalogue := readMeta(t, name)
		meta["url"] = ""
		data, err := json.MarshalIndent(meta, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(filepath.Dir(name), catalogue))
		if err != nil {
			t.Fatal(err)
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write(text); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(recordedChoices, meta["suite"].(string))
		if err := errors.Join(z.Close(), os.MkdirAll(to, 0o755), os.WriteFile(filepath.Join(to, "meta.json"), append(data, '\n'), 0o644),
			os.WriteFile(filepath.Join(to, "catalogue.gz"), packed.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

// replayedChoices returns a directory with the recorded catalogues, and the date of the base suite's Release file.
func replayedChoices(t *testing.T) (dir string, date time.Time) {
	t.Helper()
	dir = t.TempDir()
	found, err := filepath.Glob(filepath.Join(recordedChoices, "*", "meta.json"))
	if err != nil || len(found) == 0 {
		t.Fatalf("%s contains no catalogues (%v)", recordedChoices, err)
	}
	for _, name := range found {
		meta, catalogue := readMeta(t, name)
		packed, err := os.Open(filepath.Join(filepath.Dir(name), "catalogue.gz"))
		if err != nil {
			t.Fatal(err)
		}
		defer packed.Close()
		z, err := gzip.NewReader(packed)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, "debian", meta["suite"].(string), "amd64")
		if err := errors.Join(os.MkdirAll(to, 0o755), os.WriteFile(filepath.Join(to, catalogue), text, 0o644)); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(to, os.DirFS(filepath.Dir(name))); err != nil {
			t.Fatal(err)
		}
		if meta["suite"] == "trixie" {
			if date, err = time.Parse(time.RFC3339, meta["date"].(string)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir, date
}

// readMeta returns a catalogue's meta.json, and the name of the file of packages that it states.
func readMeta(t *testing.T, name string) (meta map[string]any, catalogue string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &meta); err != nil {
		t.Fatal(err)
	}
	return meta, meta["packages"].(map[string]any)["name"].(string)
}

const choicesHead = `# What each kernel gets

<!-- Written by "make docs"; do not edit. -->

The sets that ` + "`krustup resolve --kernel RELEASE --target TARGET`" + ` chooses on x86_64, with clang where the target supports
it. They come from Debian as of %s without the suites that had expired, from every Rust release that krustup
knows, and from kernel.org's list of LLVM of 20 July 2026. Suppliers are in the default order, so a tool is Debian's if
Debian has one that fits. The name after a version is Debian's suite, or another supplier. A bindgen of rust-lang is
built from its crates. Targets that get the same set share a row.

| Linux | targets | rustc | bindgen | C compiler |
| --- | --- | --- | --- | --- |
`

// table returns the text of docs/choices.md.
func table(date string, all []choice) string {
	var b strings.Builder
	fmt.Fprintf(&b, choicesHead, date)
	type row struct{ release, tools string }
	targetsOf := map[row][]string{}
	var order []row
	for _, c := range all {
		r := row{c.release, strings.Join([]string{c.pick(toolchain.Rust), c.pick(toolchain.Bindgen), c.compiler()}, " | ")}
		if c.err != nil {
			r.tools = "none | none | " + c.why()
		}
		if len(targetsOf[r]) == 0 {
			order = append(order, r)
		}
		targetsOf[r] = append(targetsOf[r], c.target)
	}
	for _, r := range order {
		list := targetsOf[r]
		slices.Sort(list)
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.release, strings.Join(list, ", "), r.tools)
	}
	return b.String()
}

// compiler returns the C compiler of the set, such as "LLVM 19.1.7 trixie".
func (c choice) compiler() string {
	switch {
	case c.pick(toolchain.LLVM) != "":
		return "LLVM " + c.pick(toolchain.LLVM)
	case c.pick(toolchain.GCC) != "":
		return "GCC " + c.pick(toolchain.GCC)
	}
	return "the host's"
}

// why returns the reason why there is no set, in one line.
func (c choice) why() string {
	noSet, ok := errors.AsType[*toolchain.NoSetError](c.err)
	if !ok || len(noSet.Collisions) == 0 {
		return strings.ReplaceAll(c.err.Error(), "\n", " ")
	}
	first := noSet.Collisions[0]
	return strings.TrimSpace(first.First.Text + " " + first.Second.Text)
}
