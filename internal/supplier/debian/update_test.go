package debian

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/mirrortest"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// keysOf returns the suites and versions of the offers of rust and linux, sorted.
func keysOf(t testing.TB, s *Supplier, allowStale bool) []string {
	t.Helper()
	offers, _, err := s.Offers(toolchain.Query{Components: []toolchain.Component{toolchain.Rust, toolchain.Linux}, Host: amd64, AllowStale: allowStale})
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, o := range offers {
		keys = append(keys, o.Suite+" "+o.Version.String())
	}
	slices.Sort(keys)
	return keys
}

var allKeys = []string{"experimental 7.3-rc7", "sid 1.97.1", "trixie 1.85.1", "trixie 6.12.94", "trixie-backports 1.96.1", "trixie-security 6.12.107"}

// TestUpdateFailures checks each failure of the base suite. The old catalogue must be kept.
func TestUpdateFailures(t *testing.T) {
	const index = "/debian/dists/trixie/main/binary-amd64/"
	cases := []struct {
		name  string
		spoil func(a *mirrortest.Debian, now *clock)
		want  func(error) bool
		kind  FailureKind
		text  string // part of the message
	}{
		{"unsigned", func(a *mirrortest.Debian, _ *clock) { a.Suite("trixie").Keys = []*mirrortest.Key{} }, is[*trust.SignatureError], FailureUnverified, "InRelease"},
		{"wrong signer", func(a *mirrortest.Debian, _ *clock) {
			other, err := mirrortest.NewKey("Somebody else")
			if err != nil {
				panic(err)
			}
			a.Suite("trixie").Keys = []*mirrortest.Key{other}
		}, is[*trust.SignatureError], FailureUnverified, "InRelease"},
		{"changed after signing", func(a *mirrortest.Debian, _ *clock) {
			a.Server.Fault(mirrortest.Fault{Path: "/debian/dists/trixie/InRelease", Flip: true})
		}, is[*trust.SignatureError], FailureUnverified, "InRelease"},
		{"expired", func(a *mirrortest.Debian, now *clock) { now.now = a.Suite("trixie").ValidUntil.Add(time.Minute) }, is[*StaleError], FailureStale, "expired on"},
		{"replayed older file", func(a *mirrortest.Debian, _ *clock) {
			a.Suite("trixie").Date = a.Suite("trixie").Date.Add(-24 * time.Hour)
		}, is[*ReplayError], FailureUnverified, "older than"},
		{"date in the future", func(a *mirrortest.Debian, now *clock) { now.now = a.Suite("trixie").Date.Add(-25 * time.Hour) }, is[*FutureError], FailureUnverified, "is dated"},
		{"another suite", func(a *mirrortest.Debian, _ *clock) { a.Suite("trixie").Codename = "forky" }, is[*SuiteError], FailureUnverified, `"forky", expected "trixie"`},
		{"no index for the architecture", func(a *mirrortest.Debian, _ *clock) { a.Arches = []string{"arm64"} }, is[*IndexError], FailureUnverified, "main/binary-amd64/Packages"},
		{"changed bytes in the index", func(a *mirrortest.Debian, _ *clock) {
			a.Suite("trixie").Add(mirrortest.Deb{Name: "new", Version: "1"})
			a.Server.Fault(mirrortest.Fault{Path: index + "*", Flip: true})
			a.Server.Fault(mirrortest.Fault{Path: index + "by-hash/SHA256/*", Flip: true})
		}, is[*trust.DigestError], FailureUnverified, "SHA-256 is"},
		{"index cut short", func(a *mirrortest.Debian, _ *clock) {
			a.Suite("trixie").Add(mirrortest.Deb{Name: "new", Version: "1"})
			a.Server.Fault(mirrortest.Fault{Path: index + "*", Cut: 50})
			a.Server.Fault(mirrortest.Fault{Path: index + "by-hash/SHA256/*", Cut: 50})
		}, is[*fetch.UnreachableError], FailureUnreachable, ""},
		{"missing index", func(a *mirrortest.Debian, _ *clock) {
			a.Suite("trixie").Add(mirrortest.Deb{Name: "new", Version: "1"})
			a.Server.Fault(mirrortest.Fault{Path: index + "*", Status: http.StatusNotFound})
			a.Server.Fault(mirrortest.Fault{Path: index + "by-hash/SHA256/*", Status: http.StatusNotFound})
		}, is[*fetch.NotFoundError], FailureUnreachable, ""},
		{"missing Release", func(a *mirrortest.Debian, _ *clock) {
			a.Server.Fault(mirrortest.Fault{Path: "/debian/dists/trixie/InRelease", Status: http.StatusNotFound})
		}, is[*fetch.NotFoundError], FailureUnreachable, ""},
		{"server error", func(a *mirrortest.Debian, _ *clock) {
			a.Server.Fault(mirrortest.Fault{Path: "/debian/dists/trixie/InRelease", Status: http.StatusInternalServerError})
		}, is[*fetch.UnreachableError], FailureUnreachable, ""},
		{"oversize Release", func(a *mirrortest.Debian, _ *clock) {
			a.Server.Fault(mirrortest.Fault{Path: "/debian/dists/trixie/InRelease", Body: make([]byte, maxRelease+1)})
		}, is[*trust.SizeError], FailureUnverified, ""},
		{"package outside the archive", func(a *mirrortest.Debian, _ *clock) {
			a.Suite("trixie").Add(mirrortest.Deb{Name: "rustc", Version: "1?2"})
		}, is[*FormatError], FailureUnverified, "expected a path inside the archive"},
	}
	a := debianArchive(t)
	suite := *a.Suite("trixie")
	arches := a.Arches
	good := t.TempDir()
	s := newSupplier(t, a, good, nil)
	if _, err := update(t.Context(), s, false); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			*a.Suite("trixie"), a.Arches = suite, arches
			a.Server.Heal()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(good)); err != nil {
				t.Fatal(err)
			}
			now := &clock{time.Now()}
			c.spoil(a, now)
			a.Publish()
			s := newSupplier(t, a, dir, now.Now)
			_, err := update(t.Context(), s, false)
			if err == nil || !c.want(err) || !strings.Contains(err.Error(), c.text) || !strings.Contains(err.Error(), "trixie") {
				t.Errorf("got %T: %v; expected another type, or a message with %q", err, err, c.text)
			}
			if diff := cmp.Diff(allKeys, keysOf(t, newSupplier(t, a, dir, nil), false)); diff != "" {
				t.Errorf("the old catalogue was not kept: %s", diff)
			}
			status, err := s.Status(amd64)
			if err != nil || status[0].Part != "trixie" || status[0].Err == nil {
				t.Fatalf("status: %+v, %v; expected the failure", status, err)
			}
			// A *StaleError is read back as the same type.
			failed, ok := errors.AsType[*FailedError](status[0].Err)
			if c.kind == FailureStale && !is[*StaleError](status[0].Err) || c.kind != FailureStale && (!ok || failed.Kind != c.kind) {
				t.Errorf("recorded %#v, expected a failure of kind %q", status[0].Err, c.kind)
			}
		})
	}
}

// TestUpdateRecovers checks that the record of a failure is removed after a successful update.
func TestUpdateRecovers(t *testing.T) {
	a := debianArchive(t)
	s := newSupplier(t, a, t.TempDir(), nil)
	a.Server.Fault(mirrortest.Fault{Path: "/debian/dists/trixie/InRelease", Times: 1, Status: http.StatusNotFound})
	if _, err := update(t.Context(), s, false); !is[*fetch.NotFoundError](err) {
		t.Errorf("got %v, expected a *NotFoundError", err)
	}
	if _, err := update(t.Context(), s, false); err != nil {
		t.Fatal(err)
	}
	status, err := s.Status(amd64)
	if err != nil || status[0].Err != nil || status[0].Date.IsZero() {
		t.Errorf("status: %+v, %v; expected that the failure was removed", status, err)
	}
	if diff := cmp.Diff(allKeys, keysOf(t, s, false)); diff != "" {
		t.Error(diff)
	}
}

func TestUpdateFetchesOnce(t *testing.T) {
	a := debianArchive(t)
	s := updated(t, a)
	if n := a.Server.Count("/debian*/dists/*/main/binary-amd64/by-hash/SHA256/*"); n != 6 {
		t.Errorf("the first update requested %d indexes by their digest, expected 6", n)
	}
	if n := a.Server.Count("/debian*/dists/*/main/binary-amd64/Packages*"); n != 0 {
		t.Errorf("the first update requested %d indexes by their name, expected 0", n)
	}
	a.Server.Forget()
	if _, err := update(t.Context(), s, false); err != nil {
		t.Fatal(err)
	}
	for _, r := range a.Server.Requests() {
		if !strings.HasSuffix(r.Path, "/InRelease") {
			t.Errorf("the second update requested %s", r.Path)
		}
	}
	if diff := cmp.Diff(allKeys, keysOf(t, s, false)); diff != "" {
		t.Error(diff)
	}
}

func TestUpdateWithoutByHash(t *testing.T) {
	for name, change := range map[string]func(*mirrortest.Suite){
		"not announced":  func(s *mirrortest.Suite) { s.ByHash = false },
		"files missing":  func(s *mirrortest.Suite) { s.HideByHash = true },
		"only gzip":      func(s *mirrortest.Suite) { s.Forms = []string{"gz"} },
		"not compressed": func(s *mirrortest.Suite) { s.Forms = []string{"none"}; s.ByHash = false },
	} {
		t.Run(name, func(t *testing.T) {
			a := debianArchive(t)
			change(a.Suite("trixie"))
			if err := os.RemoveAll(filepath.Join(a.Dir, "debian/dists/trixie")); err != nil {
				t.Fatal(err)
			}
			a.Publish()
			if diff := cmp.Diff(allKeys, keysOf(t, updated(t, a), false)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestOtherSuiteFails checks that the failure of a suite other than the base suite is noted and reported by later
// calls, and that its offers are left out.
func TestOtherSuiteFails(t *testing.T) {
	a := debianArchive(t)
	a.Suite("sid").ValidUntil = time.Now().Add(-time.Minute)
	a.Server.Fault(mirrortest.Fault{Path: "/debian/dists/trixie-backports/InRelease", Status: http.StatusNotFound})
	a.Publish()
	dir := t.TempDir()
	s := newSupplier(t, a, dir, nil)
	notes, err := update(t.Context(), s, false)
	if err != nil || len(notes) != 2 {
		t.Fatalf("%v, notes %q; expected two notes", err, notes)
	}
	// Another process reports the failure that this one recorded.
	s = newSupplier(t, a, dir, nil)
	offers, unread, err := s.Offers(toolchain.Query{Components: []toolchain.Component{toolchain.Rust}, Host: amd64})
	if err != nil || len(offers) != 1 || len(unread) != 2 {
		t.Fatalf("%d offers, %v, %v; expected one offer and two suites unread", len(offers), unread, err)
	}
	if unread[0].Suite != "trixie-backports" || !is[*FailedError](unread[0].Err) || !strings.Contains(unread[0].Err.Error(), "404") {
		t.Errorf("got %s: %v; expected status 404 for backports", unread[0].Suite, unread[0].Err)
	}
	if unread[1].Suite != "sid" || !is[*StaleError](unread[1].Err) {
		t.Errorf("got %s: %v; expected that sid has expired", unread[1].Suite, unread[1].Err)
	}
}

func TestStaleIsAcceptedAndMarked(t *testing.T) {
	a := debianArchive(t)
	a.Suite("sid").ValidUntil = time.Now().Add(-time.Minute)
	a.Publish()
	s := newSupplier(t, a, t.TempDir(), nil)
	if _, err := update(t.Context(), s, true); err != nil {
		t.Fatal(err)
	}
	query := toolchain.Query{Components: []toolchain.Component{toolchain.Rust}, Host: amd64, AllowStale: true}
	offers, unread, err := s.Offers(query)
	if err != nil || len(unread) != 0 || len(offers) != 3 {
		t.Fatalf("%d offers, %v, %v; expected three and all suites read", len(offers), unread, err)
	}
	for _, o := range offers {
		if o.Stale != (o.Suite == "sid") {
			t.Errorf("%s: stale is %v", o.Key, o.Stale)
		}
		if _, err := s.Complete(o); err != nil {
			t.Errorf("%s: %v", o.Key, err)
		}
	}
	query.AllowStale = false
	offers, unread, err = s.Offers(query)
	if err != nil || len(offers) != 2 || len(unread) != 1 || !is[*StaleError](unread[0].Err) {
		t.Errorf("when not allowed: %d offers, %v, %v; expected two, and sid unread because it has expired", len(offers), unread, err)
	}
	// The suite is valid again: it is no longer marked as stale, although no index has changed.
	a.Suite("sid").Date, a.Suite("sid").ValidUntil = time.Now(), time.Now().Add(time.Hour)
	a.Publish()
	if _, err := update(t.Context(), s, false); err != nil {
		t.Fatal(err)
	}
	if offers, _, _ := s.Offers(query); len(offers) != 3 {
		t.Errorf("%d offers once sid is valid, expected three", len(offers))
	}
}

func TestStaleBase(t *testing.T) {
	a := debianArchive(t)
	a.Suite("trixie").ValidUntil = time.Now().Add(-time.Minute)
	a.Publish()
	s := newSupplier(t, a, t.TempDir(), nil)
	query := toolchain.Query{Components: []toolchain.Component{toolchain.Rust}, Host: amd64}
	if _, err := update(t.Context(), s, false); !is[*StaleError](err) {
		t.Errorf("update: %v, expected a *StaleError", err)
	}
	if _, _, err := s.Offers(query); !is[*toolchain.NoCatalogueError](err) {
		t.Errorf("offers: %v, expected a *NoCatalogueError", err)
	}
	if _, err := update(t.Context(), s, true); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Offers(query); !is[*StaleError](err) {
		t.Errorf("offers: %v, expected a *StaleError", err)
	}
	query.AllowStale = true
	if offers, _, err := s.Offers(query); err != nil || len(offers) == 0 {
		t.Errorf("%d offers, %v", len(offers), err)
	}
}

// TestExpiresInTheStore checks that Valid-Until is also checked when a catalogue is used: a catalogue that has expired
// since it was fetched is treated like one that had expired before.
func TestExpiresInTheStore(t *testing.T) {
	a := debianArchive(t)
	a.Suite("trixie").ValidUntil = time.Time{} // as that of a stable release
	a.Publish()
	now, dir := &clock{time.Now()}, t.TempDir()
	if _, err := update(t.Context(), newSupplier(t, a, dir, now.Now), false); err != nil {
		t.Fatal(err)
	}
	query := toolchain.Query{Components: []toolchain.Component{toolchain.Rust}, Host: amd64}
	now.now = a.Suite("sid").ValidUntil
	s := newSupplier(t, a, dir, now.Now)
	if offers, unread, err := s.Offers(query); err != nil || len(offers) != 3 || len(unread) != 0 {
		t.Errorf("at its last second: %d offers, %v, %v", len(offers), unread, err)
	}
	now.now = now.now.Add(time.Second)
	s = newSupplier(t, a, dir, now.Now)
	offers, unread, err := s.Offers(query)
	if err != nil || len(offers) != 1 || len(unread) == 0 {
		t.Fatalf("%d offers, %v, %v; expected those of trixie alone", len(offers), unread, err)
	}
	for _, u := range unread {
		if stale, ok := errors.AsType[*StaleError](u.Err); !ok || !stale.Kept || !strings.Contains(stale.Error(), "the stored catalogue of suite "+u.Suite+" expired on") {
			t.Errorf("%s: %v, expected a *StaleError of a stored catalogue", u.Suite, u.Err)
		}
	}
	if aged, err := s.Aged(amd64); err != nil || len(aged) != len(unread) {
		t.Errorf("aged: %v, %v, expected %d suites", aged, err, len(unread))
	}
	query.AllowStale = true
	offers, unread, err = s.Offers(query)
	if err != nil || len(offers) != 3 || len(unread) != 0 {
		t.Fatalf("accepted: %d offers, %v, %v", len(offers), unread, err)
	}
	for _, o := range offers {
		if o.Stale != (o.Suite != "trixie") {
			t.Errorf("%s: stale is %v", o.Key, o.Stale)
		}
		if _, err := s.Complete(o); err != nil {
			t.Errorf("%s: %v", o.Key, err)
		}
	}
}

func TestBaseExpiresInTheStore(t *testing.T) {
	a := debianArchive(t)
	now, dir := &clock{time.Now()}, t.TempDir()
	if _, err := update(t.Context(), newSupplier(t, a, dir, now.Now), false); err != nil {
		t.Fatal(err)
	}
	now.now = now.now.Add(365 * 24 * time.Hour)
	s := newSupplier(t, a, dir, now.Now)
	query := toolchain.Query{Components: []toolchain.Component{toolchain.Rust}, Host: amd64}
	_, _, err := s.Offers(query)
	if stale, ok := errors.AsType[*StaleError](err); !ok || !stale.Kept || stale.Suite != "trixie" {
		t.Errorf("offers: %v, expected the *StaleError of trixie", err)
	}
	if diff := cmp.Diff(allKeys, keysOf(t, s, true)); diff != "" {
		t.Error(diff)
	}
}

// TestLaterSuiteNeedsEarlier changes one suite so that it needs a package of an unchanged suite that was in no
// catalogue before.
func TestLaterSuiteNeedsEarlier(t *testing.T) {
	a := debianArchive(t)
	s := updated(t, a)
	a.Suite("trixie-backports").Date = time.Now()
	a.Suite("trixie-backports").Add(mirrortest.Deb{Name: "patchelf", Version: "0.19-1~bpo13+1", Depends: "unrelated"})
	a.Publish()
	if _, err := update(t.Context(), s, false); err != nil {
		t.Fatal(err)
	}
	offers, _, err := s.Offers(toolchain.Query{Components: []toolchain.Component{toolchain.Patchelf}, Host: amd64})
	if err != nil || len(offers) != 1 {
		t.Fatalf("%v, %v", offers, err)
	}
	recipe, err := s.Complete(offers[0])
	if err != nil || !slices.ContainsFunc(recipe.Artifacts, func(a toolchain.Artifact) bool { return a.Name == "unrelated 1" }) {
		t.Errorf("%v, %v; expected the package of the earlier suite", recipe.Artifacts, err)
	}
}

// TestManifestChanges checks that a catalogue built for another manifest is rebuilt without the network.
func TestManifestChanges(t *testing.T) {
	a := debianArchive(t)
	s := updated(t, a)
	s.roots = trust.DigestOf([]byte("of another release of krustup"))
	query := toolchain.Query{Components: everything, Host: amd64}
	if offers, unread, err := s.Offers(query); !is[*toolchain.NoCatalogueError](err) || len(offers) != 0 || len(unread) != 6 {
		t.Errorf("before the update: %d offers, %v, %v; expected a *NoCatalogueError", len(offers), unread, err)
	}
	a.Server.Forget()
	if _, err := update(t.Context(), s, false); err != nil {
		t.Fatal(err)
	}
	if offers, unread, err := s.Offers(query); err != nil || len(offers) == 0 || len(unread) != 0 {
		t.Errorf("after the update: %d offers, %v, %v", len(offers), unread, err)
	}
	m, err := readMeta(s.dir("trixie", "amd64"))
	if err != nil || m.Roots != s.roots {
		t.Errorf("%+v, %v; expected a catalogue for the new manifest", m, err)
	}
	if n := a.Server.Count("/debian/dists/*/main/*/*"); n != 0 {
		t.Errorf("requested %d indexes that were already stored", n)
	}
}

// TestManifestChangesForOneSuite leaves one suite with a catalogue built for another manifest. After an interruption,
// another update is needed; if the suite's index is damaged, it is not.
func TestManifestChangesForOneSuite(t *testing.T) {
	a := debianArchive(t)
	s := updated(t, a)
	dir := s.dir("sid", "amd64")
	m, err := readMeta(dir)
	if err != nil {
		t.Fatal(err)
	}
	m.Roots = trust.DigestOf([]byte("of another release of krustup"))
	if err := m.write(dir); err != nil {
		t.Fatal(err)
	}
	query := toolchain.Query{Components: []toolchain.Component{toolchain.Rust}, Host: amd64}
	if _, _, err := s.Offers(query); !is[*toolchain.NoCatalogueError](err) {
		t.Errorf("got %v, expected a *NoCatalogueError", err)
	}
	if err := writeFailure(dir, time.Now(), &trust.DigestError{Name: "index"}); err != nil {
		t.Fatal(err)
	}
	s.forget("amd64")
	offers, unread, err := s.Offers(query)
	if err != nil || len(offers) != 2 || len(unread) != 1 || unread[0].Suite != "sid" {
		t.Errorf("%d offers, %v, %v; expected those of the other suites", len(offers), unread, err)
	}
}

// TestDamagedStoredIndex flips a bit of a stored index: the damage is detected before the index is decompressed, and
// the index is fetched again.
func TestDamagedStoredIndex(t *testing.T) {
	a := debianArchive(t)
	s := updated(t, a)
	dir := s.dir("trixie", "amd64")
	m, err := readMeta(dir)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, m.Index.Name))
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(filepath.Join(dir, m.Index.Name), data, 0o644); err != nil {
		t.Fatal(err)
	}
	s.roots = trust.DigestOf([]byte("so that the index is read again"))
	if _, err := update(t.Context(), s, false); !is[*trust.DigestError](err) {
		t.Errorf("got %v, expected a *DigestError", err)
	}
	if _, err := update(t.Context(), s, false); err != nil {
		t.Errorf("the damaged index was not fetched again: %v", err)
	}
}

func TestDamagedStoredCatalogue(t *testing.T) {
	a := debianArchive(t)
	s := updated(t, a)
	dir := s.dir("trixie", "amd64")
	m, err := readMeta(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, m.Packages.Name), []byte("Package: rustc\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	query := toolchain.Query{Components: []toolchain.Component{toolchain.Rust}, Host: amd64}
	if _, _, err := s.Offers(query); !is[*trust.DigestError](err) {
		t.Errorf("got %v, expected a *DigestError", err)
	}
	if _, err := update(t.Context(), s, false); err != nil {
		t.Fatal(err)
	}
	if offers, _, err := s.Offers(query); err != nil || len(offers) != 3 {
		t.Errorf("after an update: %d offers, %v", len(offers), err)
	}
}

// TestLostIndex removes the stored index of a suite that cannot be refreshed, or makes a directory of it: only that suite
// is not updated, and its catalogue is kept.
func TestLostIndex(t *testing.T) {
	for what, spoil := range map[string]func(string) error{
		"missing":    os.Remove,
		"unreadable": func(name string) error { return errors.Join(os.Remove(name), os.Mkdir(name, 0o755)) },
	} {
		t.Run(what, func(t *testing.T) {
			a := debianArchive(t)
			s := updated(t, a)
			m, err := readMeta(s.dir("sid", "amd64"))
			if err != nil {
				t.Fatal(err)
			}
			if err := spoil(filepath.Join(s.dir("sid", "amd64"), m.Index.Name)); err != nil {
				t.Fatal(err)
			}
			a.Server.Fault(mirrortest.Fault{Path: "/debian/dists/sid/InRelease", Status: http.StatusInternalServerError})
			a.Suite("trixie").Add(mirrortest.Deb{Name: "new", Version: "1"})
			a.Suite("trixie").Date = a.Suite("trixie").Date.Add(time.Minute)
			a.Publish()
			notes, err := update(t.Context(), s, false)
			if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "suite sid: ") || !strings.Contains(notes[0], "500") || !strings.Contains(notes[0], m.Index.Name) {
				t.Fatalf("%v, notes %q; expected one, about sid, with both reasons", err, notes)
			}
			if m, err := readMeta(s.dir("trixie", "amd64")); err != nil || !m.Date.Equal(a.Suite("trixie").Date.Truncate(time.Second)) {
				t.Errorf("trixie was not updated: %+v, %v", m, err)
			}
			if diff := cmp.Diff(allKeys, keysOf(t, s, false)); diff != "" {
				t.Error(diff)
			}
			a.Server.Heal()
			if notes, err := update(t.Context(), s, false); err != nil || len(notes) != 0 {
				t.Errorf("the index was not fetched again: %v, %q", err, notes)
			}
		})
	}
}

// TestReplayOverAnotherFormat checks that a catalogue of another version of krustup is replaced, but not by an older one.
func TestReplayOverAnotherFormat(t *testing.T) {
	a := debianArchive(t)
	s := updated(t, a)
	dir := s.dir("trixie", "amd64")
	m, err := readMeta(dir)
	if err != nil {
		t.Fatal(err)
	}
	m.Schema = metaSchema + 1
	if err := m.write(dir); err != nil {
		t.Fatal(err)
	}
	date := a.Suite("trixie").Date
	a.Suite("trixie").Date = date.Add(-time.Hour)
	a.Publish()
	if _, err := update(t.Context(), s, false); !is[*ReplayError](err) {
		t.Errorf("got %v, expected a *ReplayError", err)
	}
	a.Suite("trixie").Date = date
	a.Publish()
	if _, err := update(t.Context(), s, false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(allKeys, keysOf(t, s, false)); diff != "" {
		t.Error(diff)
	}
}

// TestUnreadableSuite damages the catalogue of a suite other than the base suite: the others are still used and updated.
func TestUnreadableSuite(t *testing.T) {
	a := debianArchive(t)
	s := updated(t, a)
	if err := os.WriteFile(filepath.Join(s.dir("sid", "amd64"), "meta.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.forget("amd64")
	query := toolchain.Query{Components: []toolchain.Component{toolchain.Rust}, Host: amd64}
	for _, updated := range []bool{false, true} {
		offers, unread, err := s.Offers(query)
		if err != nil || len(offers) != 2 || len(unread) != 1 || unread[0].Suite != "sid" || !is[*store.UnreadableError](unread[0].Err) {
			t.Errorf("updated %v: %d offers, %v, %v; expected those of the other suites", updated, len(offers), unread, err)
		}
		if notes, err := update(t.Context(), s, false); err != nil || len(notes) != 1 || !strings.Contains(notes[0], "meta.json") {
			t.Errorf("%v, %q, expected a note", err, notes)
		}
	}
}

func TestUpdateCancelled(t *testing.T) {
	a := debianArchive(t)
	a.Server.Fault(mirrortest.Fault{Delay: time.Minute})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	dir := t.TempDir()
	if _, err := update(ctx, newSupplier(t, a, dir, nil), false); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, expected context.DeadlineExceeded", err)
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Name() == "failed.json" {
			t.Errorf("an interruption was recorded as a failure: %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestUpdatesAtOnce runs several updates and readers of one directory at once. Each must find a complete catalogue.
func TestUpdatesAtOnce(t *testing.T) {
	a := debianArchive(t)
	dir := t.TempDir()
	var group sync.WaitGroup
	for range 4 {
		s := newSupplier(t, a, dir, nil)
		group.Go(func() {
			if _, err := update(t.Context(), s, false); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(allKeys, keysOf(t, s, false)); diff != "" {
				t.Error(diff)
			}
		})
	}
	group.Wait()
}

func TestFileMirror(t *testing.T) {
	a := debianArchive(t)
	s := newSupplier(t, a, t.TempDir(), nil)
	s.opts.Mirrors = []Mirror{{Archive: "debian", URL: a.FileURL(), From: "test"}}
	if notes, err := update(t.Context(), s, false); err != nil || len(notes) > 0 {
		t.Fatalf("%v, %q", err, notes)
	}
	if diff := cmp.Diff(allKeys, keysOf(t, s, false)); diff != "" {
		t.Error(diff)
	}
	if n := len(a.Server.Requests()); n != 0 {
		t.Errorf("%d requests over HTTP", n)
	}
}

// TestPinnedKeys checks that without Options.Keyring only Debian's own keys are accepted.
func TestPinnedKeys(t *testing.T) {
	a := debianArchive(t)
	s := newSupplier(t, a, t.TempDir(), nil)
	real, err := New(Options{Catalogues: s.opts.Catalogues, Partial: s.opts.Partial, Client: s.opts.Client, Mirrors: []Mirror{{Archive: "debian", URL: a.URL(), From: "test"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := update(t.Context(), real, false); !is[*trust.SignatureError](err) {
		t.Errorf("got %v, expected a *SignatureError", err)
	}
	for archive, ring := range real.keyrings {
		for _, fp := range ring.Pinned() {
			found := slices.ContainsFunc(real.manifest.Keys, func(k manifests.DebianKey) bool {
				return k.Fingerprint == fp.String() && k.Owner == ring.Owner(fp) && slices.Contains(k.Archives, archive)
			})
			if !found {
				t.Errorf("%s: key %s of %q differs from the manifest", archive, fp, ring.Owner(fp))
			}
		}
	}
}

// TestRefusedIndexIsNotDecoded reads an index whose digest is right but which is not an xz file.
func TestRefusedIndexIsNotDecoded(t *testing.T) {
	a := debianArchive(t)
	s := updated(t, a)
	dir := s.dir("sid", "amd64")
	m, err := readMeta(dir)
	if err != nil {
		t.Fatal(err)
	}
	garbage := []byte("this is not xz")
	m.Index = storedFile{Name: "index-garbage.xz", Digest: trust.DigestOf(garbage), Size: int64(len(garbage))}
	if err := os.WriteFile(filepath.Join(dir, m.Index.Name), garbage, 0o644); err != nil {
		t.Fatal(err)
	}
	st := &state{suite: s.manifest.Suites[4], dir: dir, old: m}
	err = s.withIndex(t.Context(), st, func(name string, r *indexReader) error {
		_, err := readGraph(name, r)
		return err
	})
	if !is[*archive.FormatError](err) || !isIndexError(err) {
		t.Errorf("got %v, expected an *archive.FormatError", err)
	}
}
