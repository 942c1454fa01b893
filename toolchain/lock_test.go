package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/krustup/krustup/internal/lock"
)

func TestLock(t *testing.T) {
	var lock Lock
	for _, target := range []string{"x86_64", "arm64", "s390x", "arm64"} {
		set, err := Resolve(request(t, "7.2", target, trixie...), rules(t))
		if err != nil {
			t.Fatal(err)
		}
		lock.Put(set)
	}
	data, err := lock.Encode()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), LockName)
	writeFile(t, path, string(data))
	read, err := ReadLock(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := read.Encode()
	if err != nil || string(again) != string(data) {
		t.Errorf("the lock changes when it is read and encoded again (%v):\n%s", err, cmp.Diff(string(data), string(again)))
	}
	var order []string
	for _, k := range read.Keys() {
		order = append(order, k.Target)
	}
	if !slices.Equal(order, []string{"arm64", "s390x", "x86_64"}) {
		t.Errorf("sets in order %v, expected them sorted by target", order)
	}
	set, err := read.SetFor(path, request(t, "7.2", "s390x", trixie...), rules(t))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := Resolve(request(t, "7.2", "s390x", trixie...), rules(t))
	if set.Key != want.Key {
		t.Error("the set has the key of another request")
	}
	for i, p := range set.Picks {
		if ObjectID(p) != ObjectID(want.Picks[i]) {
			t.Errorf("%s: object %s, expected %s", p.Offer.Component, ObjectID(p), ObjectID(want.Picks[i]))
		}
	}
}

func TestLockSetFor(t *testing.T) {
	var lock Lock
	for _, target := range []string{"x86_64", "arm64"} {
		set, err := Resolve(request(t, "7.2", target, trixie...), rules(t))
		if err != nil {
			t.Fatal(err)
		}
		lock.Put(set)
	}
	for _, tt := range []struct {
		name, kernel, target, with string
		cc                         Compiler
		match                      bool
		want                       string
	}{
		{"it satisfies the request", "7.2", "x86_64", "rust=1.85.1", Clang, true, ""},
		{"another target", "7.2", "riscv64", "", Either, false, "has no set for target riscv64"},
		{"another compiler", "7.2", "x86_64", "", GNU, false, "has no set for target x86_64"},
		{"a kernel with other demands", "6.8", "x86_64", "", Either, false, "rust 1.85.1 is locked, but Linux 6.8 requires rustc = 1.74.1"},
		{"a user with other demands", "7.2", "x86_64", "rust=1.96.1", Either, false, "rust 1.85.1 is locked, but --with rust=1.96.1"},
		{"a kernel without Rust", "5.10", "x86_64", "", Either, false, "has no Rust support"},
		{"a demand on a component that the set lacks", "7.2", "x86_64", "gcc=14", Either, false, "has no gcc"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := request(t, tt.kernel, tt.target)
			req.CC, req.MatchLLVM = tt.cc, tt.match
			if tt.with != "" {
				c, r, err := ParseWith(tt.with)
				if err != nil {
					t.Fatal(err)
				}
				req.With[c] = r
			}
			_, err := lock.SetFor("krustup.lock", req, rules(t))
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, expected %q", err, tt.want)
			}
		})
	}
}

func TestUpdateLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), LockName)
	var sets []Set
	for _, target := range []string{"x86_64", "arm64", "s390x", "riscv64"} {
		set, err := Resolve(request(t, "7.2", target, trixie...), rules(t))
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, set)
	}
	var group errgroup.Group
	for _, set := range sets {
		group.Go(func() error {
			changed, err := UpdateLock(t.Context(), path, nil, func(l *Lock) { l.Put(set) })
			if err == nil && !changed {
				err = errors.New("adding a set did not change the lock")
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	lock, err := ReadLock(path)
	if err != nil || len(lock.Sets) != len(sets) {
		t.Errorf("%d sets (%v) after %d were added concurrently", len(lock.Sets), err, len(sets))
	}
	if changed, err := UpdateLock(t.Context(), path, nil, func(l *Lock) { l.Put(sets[0]) }); changed || err != nil {
		t.Errorf("adding the same set again: changed %v, %v", changed, err)
	}
}

// A lock is not written after an interruption: neither one that ends the wait for another krustup, nor one that comes
// while the change is made.
func TestUpdateLockInterrupted(t *testing.T) {
	path := filepath.Join(t.TempDir(), LockName)
	set, err := Resolve(request(t, "7.2", "arm64", trixie...), rules(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped by hand")
	held, err := lock.Lock(t.Context(), filepath.Join(filepath.Dir(path), ".krustup.lock.lock"), lock.Options{Reason: "elsewhere", Remove: true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = UpdateLock(ctx, path, func(h lock.Holder) {
		if h.Reason != "elsewhere" {
			t.Errorf("waits for %v", h)
		}
		cancel(stop)
	}, func(l *Lock) { l.Put(set) })
	if !errors.Is(err, stop) {
		t.Errorf("the wait ended with %v", err)
	}
	if err := held(); err != nil {
		t.Error(err)
	}
	ctx, cancel = context.WithCancelCause(t.Context())
	calls := 0
	_, err = UpdateLock(ctx, path, nil, func(l *Lock) {
		if calls++; calls == 2 { // with the lock held
			cancel(stop)
		}
		l.Put(set)
	})
	if !errors.Is(err, stop) || calls != 2 {
		t.Errorf("the change ended with %v after %d calls", err, calls)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 0 {
		t.Errorf("left %v, %v", entries, err)
	}
}

func FuzzReadLock(f *testing.F) {
	f.Add("schema = 1\n")
	f.Add("schema = 2\n[[set]]\ntarget = 'arm64'\nhost = 'x86_64'\ncc = 'gcc'\nkernel = '7.2'\n[set.with]\nqemu = ''\n[[set.demand]]\ntool = 'rustc'\nversion = '1.85.0'\nwhere = 'a:1'\n[[set.hazard]]\nbad = '>= 1.95'\n")
	f.Add("schema = 1\n[[set]]\ntarget = 'arm64'\nhost = 'x86_64'\ncc = 'clang'\nkernel = '7.2'\n[[set.pick]]\ncomponent = 'rust'\nversion = '1.0.0-'\n")
	f.Fuzz(func(t *testing.T, text string) {
		lock, err := decodeLock("krustup.lock", []byte(text))
		if err != nil {
			return
		}
		data, err := lock.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeLock("krustup.lock", data); err != nil {
			t.Errorf("an encoded lock cannot be read: %v\n%s", err, data)
		}
	})
}

func TestLockRefused(t *testing.T) {
	set, err := Resolve(request(t, "7.2", "x86_64", trixie...), rules(t))
	if err != nil {
		t.Fatal(err)
	}
	var lock Lock
	lock.Put(set)
	good, err := lock.Encode()
	if err != nil {
		t.Fatal(err)
	}
	digest := set.Picks[0].Recipe.Artifacts[0].Digest.String()
	for name, edit := range map[string]func(string) string{
		"newer format":         func(s string) string { return strings.Replace(s, "schema = 2", "schema = 3", 1) },
		"unknown key":          func(s string) string { return "extra = true\n" + s },
		"another digest":       func(s string) string { return strings.Replace(s, digest, strings.Repeat("0", 64), 1) },
		"a path with ..":       func(s string) string { return strings.Replace(s, "'pool/", "'../../pool/", 1) },
		"an unknown component": func(s string) string { return strings.Replace(s, "component = 'rust'", "component = 'sudo'", 1) },
		"truncated":            func(s string) string { return s[:len(s)/2] },
		"truncated at its end": func(s string) string { return s[:strings.Index(s, "[[set.pick]]")] },
		"a pick twice": func(s string) string {
			first := strings.Index(s, "[[set.pick]]")
			return s + s[first:first+strings.Index(s[first+1:], "[[set.pick]]")]
		},
		"an invalid version": func(s string) string {
			return strings.Replace(s, "version = '1.85.1'", "version = '1.0.0-"+strings.Repeat("x", 250)+"'", 1)
		},
		"another layout": func(s string) string { return strings.Replace(s, "layout = 'debian'", "layout = 'zip'", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			text := edit(string(good))
			if text == string(good) {
				t.Fatal("the edit changed nothing")
			}
			path := filepath.Join(t.TempDir(), LockName)
			writeFile(t, path, text)
			_, err := ReadLock(path)
			if _, ok := errors.AsType[*LockError](err); !ok || !strings.HasPrefix(err.Error(), path+":") {
				t.Errorf("got %v, expected a *LockError that names the file", err)
			}
		})
	}
}

// TestLockFormats checks that locks of all formats can be read. testdata has one file for each, written by the krustup
// of that time.
func TestLockFormats(t *testing.T) {
	for schema := 1; schema <= LockSchema; schema++ {
		t.Run(fmt.Sprint(schema), func(t *testing.T) {
			path := fmt.Sprintf("testdata/lock-%d.toml", schema)
			lock, err := ReadLock(path)
			if err != nil {
				t.Fatal(err)
			}
			req := request(t, "6.12", "x86_64")
			req.CC = GNU
			set, err := lock.SetFor(path, req, rules(t))
			if err != nil {
				t.Fatal(err)
			}
			if got := tools(set); got != "bindgen 0.71.1+19.1.7, gcc 14.2.0, pahole 1.30, patchelf 0.18.0, rust 1.85.1/19.1.7" {
				t.Errorf("picks: %s", got)
			}
			if known := set.Asked.known(); known != (schema > 1) {
				t.Errorf("the lock records its demands: %v, expected only formats after 1 to do so", known)
			}
			if schema > 1 && set.Asked.With[Rust].String() != "1.85.1" {
				t.Errorf("with %v", set.Asked.With)
			}
			if schema < LockSchema {
				return
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			again, err := lock.Encode()
			if err != nil || string(again) != string(data) {
				t.Errorf("the lock changes when it is read and encoded again (%v):\n%s", err, cmp.Diff(string(data), string(again)))
			}
		})
	}
}

// TestLockAdds checks that adding sets does not change a line of the others.
func TestLockAdds(t *testing.T) {
	lock, err := ReadLock("testdata/lock-2.toml")
	if err != nil {
		t.Fatal(err)
	}
	before, err := lock.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"arm64", "s390x"} {
		set, err := Resolve(request(t, "7.2", target, trixie...), rules(t))
		if err != nil {
			t.Fatal(err)
		}
		lock.Put(set)
	}
	after, err := lock.Encode()
	if err != nil {
		t.Fatal(err)
	}
	_, sets, _ := strings.Cut(string(before), "[[set]]")
	if !strings.HasSuffix(string(after), "[[set]]"+sets) {
		t.Error("the bytes of the earlier set changed")
	}
}

func TestLockCheck(t *testing.T) {
	lockFor := func(release string) Lock {
		var lock Lock
		req := request(t, release, "x86_64", trixie...)
		set, err := Resolve(req, rules(t))
		if err != nil {
			t.Fatal(err)
		}
		lock.Put(set)
		return lock
	}
	old := lockFor("7.2")
	old.Sets[0].Demands, old.Sets[0].Hazards = nil, nil // as in format 1
	broken := lockFor("7.2")
	broken.Sets[0].Picks[0].Version = "0.65.1"
	for _, tt := range []struct {
		name, kernel string
		lock         Lock
		match        bool
		want         []string // parts of the changed demands and of the unmet one
	}{
		{"the same kernel", "7.2", lockFor("7.2"), false, nil},
		{"another kernel", "6.12", lockFor("7.2"), false, []string{
			"bindgen >= 0.71.1 is now >= 0.65.1 (scripts/min-tool-version.sh", "rustc >= 1.85.0 is now >= 1.78.0 (scripts/min-tool-version.sh",
		}},
		{"a kernel that pins", "6.8", lockFor("6.12"), false, []string{"rustc >= 1.78.0 is now = 1.74.1", "hazard receiver-trait is new: rustc >= 1.85.0 (", "hazard core-edition is new: rustc >= 1.97.1 and perhaps >= 1.89.0, < 1.97.1 (", "hazard alloc-fork is new: perhaps rustc != 1.74.1 (", "rust 1.85.1 is locked, but Linux 6.8 requires rustc = 1.74.1"}},
		{"a kernel without Rust", "5.10", lockFor("7.2"), false, []string{"Linux 5.10 has no Rust support"}},
		{"format 1, the same kernel", "7.2", old, false, nil},
		{"format 1, another kernel", "6.12", old, false, []string{"a lock of format 1 does not record them"}},
		{"a pick that is too old", "7.2", broken, false, []string{"bindgen 0.65.1 is locked, but Linux 7.2 requires bindgen >= 0.71.1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := request(t, tt.kernel, "x86_64", trixie...)
			req.CC, req.MatchLLVM = Clang, tt.match
			got, err := tt.lock.Check("krustup.lock", req, rules(t))
			if err != nil {
				t.Fatal(err)
			}
			text := got.Unmet
			for _, m := range got.Moved {
				text += "\n" + m.String()
			}
			if got.Holds() != (len(tt.want) == 0) {
				t.Errorf("Holds() is %v: %s", got.Holds(), text)
			}
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("expected %q in\n%s", want, text)
				}
			}
		})
	}
	if _, err := lockFor("7.2").Check("krustup.lock", request(t, "7.2", "arm64"), rules(t)); err == nil || !strings.Contains(err.Error(), "it has x86_64 on x86_64 with clang") {
		t.Errorf("a target that is not locked: %v", err)
	}
}

// TestRelock starts from a lock of trixie's offers and resolves with later offers.
func TestRelock(t *testing.T) {
	was, err := Resolve(request(t, "7.2", "x86_64", trixie...), rules(t))
	if err != nil {
		t.Fatal(err)
	}
	var locked Lock
	locked.Put(was)
	was, _ = locked.Get(was.LockKey()) // with only what a lock records
	point := append(slices.Clone(trixie), "rust 1.85.2/19 @0", "llvm 19.1.8 @0", "bindgen 0.71.2+19.1.7 @0", "pahole 1.31 @0")
	gone := []string{"rust 1.96.1/22 @0", "llvm 22.1.8 @0", "bindgen 0.72.1+22.1.8 @0", "pahole 1.31 @0", "patchelf 0.19.0 @0"}
	const before = "bindgen 0.71.1+19.1.7, llvm 19.1.7, pahole 1.30, patchelf 0.18.0, rust 1.85.1/19"
	for _, tt := range []struct {
		name   string
		offers []string
		kernel string
		move   []Component
		want   string
		forced []Component // moved without a request
	}{
		{"no move requested", point, "7.2", nil, before, nil},
		{"no move requested, and no offers", nil, "7.2", nil, before, nil},
		{"one moves", point, "7.2", []Component{Rust}, "bindgen 0.71.1+19.1.7, llvm 19.1.7, pahole 1.30, patchelf 0.18.0, rust 1.85.2/19", nil},
		{"two move", point, "7.2", []Component{LLVM, Pahole}, "bindgen 0.71.1+19.1.7, llvm 19.1.8, pahole 1.31, patchelf 0.18.0, rust 1.85.1/19", nil},
		{"all move", point, "7.2", append(slices.Clone(Selectable), Patchelf), "bindgen 0.71.2+19.1.7, llvm 19.1.8, pahole 1.31, patchelf 0.18.0, rust 1.85.2/19", nil},
		{"nothing newer", trixie, "7.2", []Component{Rust}, before, nil},
		{"one moves and forces another to", gone, "7.2", []Component{LLVM}, "bindgen 0.72.1+22.1.8, llvm 22.1.8, pahole 1.30, patchelf 0.18.0, rust 1.85.1/19", []Component{Bindgen}},
		{"picks that are no longer offered stay", gone, "7.2", []Component{Rust}, "bindgen 0.71.1+19.1.7, llvm 19.1.7, pahole 1.30, patchelf 0.18.0, rust 1.96.1/22", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, err := Relock(request(t, tt.kernel, "x86_64", tt.offers...), rules(t), was, tt.move)
			if err != nil {
				t.Fatal(err)
			}
			if got := tools(set); got != tt.want {
				t.Errorf("picked\n%s\nexpected\n%s", got, tt.want)
			}
			var forced []Component
			for _, ch := range PickChanges(was, set, tt.move) {
				if !ch.Asked {
					forced = append(forced, ch.Component)
					if because := ch.Because[0].Text; because != "its libclang 19.1.7 does not match clang 22.1.8" {
						t.Errorf("%s was forced to move because %s", ch.Component, because)
					}
				}
				if len(ch.Because) == 0 {
					t.Errorf("%s changed without a reason", ch.Component)
				}
			}
			if !slices.Equal(forced, tt.forced) {
				t.Errorf("forced moves %v, expected %v", forced, tt.forced)
			}
			if tt.want != before {
				return
			}
			var a, b Lock
			a.Put(was)
			b.Put(set)
			then, _ := a.Encode()
			now, _ := b.Encode()
			if string(then) != string(now) {
				t.Errorf("the lock changed although nothing moved:\n%s", cmp.Diff(string(then), string(now)))
			}
		})
	}
}

// tools returns a set's picks as text, with the LLVM in rustc and the libclang of bindgen.
func tools(s Set) string {
	var list []string
	for _, p := range s.Picks {
		o := p.Offer
		text := fmt.Sprintf("%s %s", o.Component, o.Version)
		if !o.Libclang.IsZero() && o.Component == Bindgen {
			text += "+" + o.Libclang.String()
		}
		if !o.LLVM.IsZero() {
			text += "/" + o.LLVM.String()
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// TestRelockSuppliers checks that picks of a supplier that is not in the request any more do not stay.
func TestRelockSuppliers(t *testing.T) {
	was, err := Resolve(request(t, "7.2", "x86_64", trixie...), rules(t))
	if err != nil {
		t.Fatal(err)
	}
	req := request(t, "7.2", "x86_64")
	other := &shelf{name: "rust-lang"}
	for _, text := range trixie {
		other.offers = append(other.offers, offer(t, "rust-lang", text))
	}
	req.Suppliers = []Supplier{other}
	set, err := Relock(req, rules(t), was, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range set.Picks {
		if p.Offer.Supplier != "rust-lang" {
			t.Errorf("%s is from %s, expected rust-lang", p.Offer.Component, p.Offer.Supplier)
		}
	}
	req.Suppliers = append(req.Suppliers, request(t, "7.2", "x86_64", trixie...).Suppliers...)
	if set, err = Relock(req, rules(t), was, nil); err != nil || len(PickChanges(was, set, nil)) != 0 {
		t.Errorf("another order of suppliers moves locked picks: %v, %v", err, PickChanges(was, set, nil))
	}
}
