package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
)

// TestMain lets the test binary serve as another process: when a helper is named, it runs instead of the tests.
func TestMain(m *testing.M) {
	if name := os.Getenv("KRUSTUP_STORE_HELPER"); name != "" {
		helpers[name](os.Args[1:])
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// helper returns the command of another process that uses a store.
func helper(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Env = append(os.Environ(), "KRUSTUP_STORE_HELPER="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

// newDir is like t.TempDir, for trees with read-only directories.
func newDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Cleanup(func() {
		if err := RemoveTree(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// asNobody runs the rest of a test that root runs as an ordinary user, so that permissions apply, and returns a
// directory of that user.
func asNobody(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		return newDir(t)
	}
	const nobody = 65534
	dir, err := os.MkdirTemp("", "store-*")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chown(dir, nobody, nobody), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	// For this thread only: this also drops the capabilities with which root bypasses permission bits.
	runtime.LockOSThread()
	if err := unix.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Setfsuid(0); err != nil {
			t.Error(err)
		}
		runtime.UnlockOSThread()
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func open(t *testing.T, home string, behind ...string) *Store {
	t.Helper()
	s, err := Open(Options{Home: home, Base: behind})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func testID(text string) ID {
	id, err := NewID("rust", "1.85.1", trust.DigestOf([]byte(text)))
	if err != nil {
		panic(err)
	}
	return id
}

func testRecord() Record {
	return Record{
		Component: "rust", Version: version.MustParse("1.85.1"), Label: "1.85.1+dfsg1-1+deb13u1", Supplier: "debian",
		Suite: "trixie", Host: "x86_64", Layout: "debian",
		Artifacts: []Artifact{{Name: "rustc", Path: "pool/main/r/rustc.deb", Size: 7, Digest: trust.DigestOf([]byte("rustc")), SignedBy: "ABCD"}},
		Tools:     map[string]string{"rustc": "usr/bin/rustc"},
		Paths:     map[string]string{"sysroot": "usr"},
	}
}

// fill writes a small tree with everything that publishing has to handle: a program, a file, nested directories, links.
func fill(dir string) error {
	return errors.Join(
		os.MkdirAll(filepath.Join(dir, "usr/bin"), 0o755),
		os.MkdirAll(filepath.Join(dir, "usr/lib/deep"), 0o700),
		os.WriteFile(filepath.Join(dir, "usr/bin/rustc"), []byte("#!/bin/sh\necho rustc\n"), 0o755),
		os.WriteFile(filepath.Join(dir, "usr/lib/deep/data"), bytes.Repeat([]byte("x"), 1000), 0o644),
		os.Symlink("../bin/rustc", filepath.Join(dir, "usr/lib/link")),
		os.Symlink("nowhere", filepath.Join(dir, "usr/dangling")),
	)
}

func publish(s *Store, id ID) (Object, error) {
	st, err := s.Stage(id)
	if err != nil {
		return Object{}, err
	}
	if err := fill(st.Dir); err != nil {
		return Object{}, err
	}
	return st.Publish(context.Background(), testRecord())
}

func mustPublish(t *testing.T, s *Store, id ID) Object {
	t.Helper()
	o, err := publish(s, id)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func wantNotInstalled(t *testing.T, s *Store, id ID) {
	t.Helper()
	_, err := s.Lookup(id)
	var missing *NotInstalledError
	if !errors.As(err, &missing) || missing.ID != id {
		t.Fatalf("Lookup returned %v, expected a NotInstalledError for %s", err, id)
	}
}

func wantEmptyTmp(t *testing.T, s *Store) {
	t.Helper()
	entries, err := os.ReadDir(s.tmpDir())
	if err != nil || len(entries) != 0 {
		t.Fatalf("tmp/ contains %v (%v), expected nothing", entries, err)
	}
}

func TestOpenAndLookupWriteNothing(t *testing.T) {
	home := filepath.Join(newDir(t), "home")
	s := open(t, home)
	wantNotInstalled(t, s, testID("a"))
	wantNotInstalled(t, s, ID{})
	if objects, problems := s.Objects(); len(objects)+len(problems) != 0 {
		t.Errorf("objects %v, problems %v in a store that does not exist", objects, problems)
	}
	if _, ok := s.Set("x"); ok {
		t.Error("found a set in a store that does not exist")
	}
	if err := s.CleanStages(t.Context()); err != nil {
		t.Error(err)
	}
	if free, err := s.Free(); err != nil || free == 0 {
		t.Errorf("free space %d, %v", free, err)
	}
	if _, err := os.Lstat(home); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the home was created: %v", err)
	}
	if _, err := Open(Options{}); err == nil {
		t.Error("opened a store without a home")
	}
}

func TestPlaces(t *testing.T) {
	s := open(t, "/k")
	d := trust.DigestOf([]byte("hello"))
	for got, want := range map[string]string{
		s.ArchivePath(d):  "/k/archives/sha256/2c/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
		s.PartialPath(d):  "/k/partial/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
		s.CataloguesDir(): "/k/catalogues",
		s.ProofsDir():     "/k/proofs",
		s.LogsDir():       "/k/logs",
	} {
		if got != want {
			t.Errorf("%s, expected %s", got, want)
		}
	}
}

func TestPublishThenLookup(t *testing.T) {
	s := open(t, newDir(t))
	id := testID("a")
	made := mustPublish(t, s, id)
	found, err := s.Lookup(id)
	if err != nil {
		t.Fatal(err)
	}
	if found.Dir != filepath.Join(s.Home(), "objects", id.String()) || found.Dir != made.Dir || found.Record.Dir != made.Dir {
		t.Errorf("published at %s, found at %s", made.Dir, found.Dir)
	}
	if found.Record.Files != 2 || found.Record.Bytes != 1021 || found.InBase {
		t.Errorf("found %d files, %d bytes, behind %v; expected 2, 1021, false", found.Record.Files, found.Record.Bytes, found.InBase)
	}
	for name, want := range map[string]os.FileMode{
		"": os.ModeDir | 0o755, "usr": os.ModeDir | 0o755, "usr/lib/deep": os.ModeDir | 0o755, "usr/bin/rustc": 0o555,
		"usr/lib/deep/data": 0o444, RecordName: 0o444,
	} {
		info, err := os.Lstat(filepath.Join(found.Dir, name))
		if err != nil || info.Mode() != want {
			t.Errorf("%q has mode %v (%v), expected %v", name, info.Mode(), err, want)
		}
	}
	if out, err := exec.Command(filepath.Join(found.Dir, "usr/lib/link")).Output(); err != nil || string(out) != "rustc\n" {
		t.Errorf("its program printed %q, %v", out, err)
	}
	wantEmptyTmp(t, s)
	objects, problems := s.Objects()
	if len(objects) != 1 || objects[0].ID != id || len(problems) != 0 {
		t.Errorf("Objects returned %v, %v", objects, problems)
	}
}

func TestPublishRefuses(t *testing.T) {
	s := open(t, newDir(t))
	for name, spoil := range map[string]func(dir string, r *Record) error{
		"fifo":           func(dir string, _ *Record) error { return unix.Mkfifo(filepath.Join(dir, "pipe"), 0o644) },
		"own record":     func(dir string, _ *Record) error { return os.WriteFile(filepath.Join(dir, RecordName), nil, 0o644) },
		"linked record":  func(dir string, _ *Record) error { return os.Symlink("/etc/hostname", filepath.Join(dir, RecordName)) },
		"no component":   func(_ string, r *Record) error { r.Component = ""; return nil },
		"climbing tool":  func(_ string, r *Record) error { r.Tools["sh"] = "../../bin/sh"; return nil },
		"absolute place": func(_ string, r *Record) error { r.Paths["sysroot"] = "/usr"; return nil },
	} {
		t.Run(name, func(t *testing.T) {
			st, err := s.Stage(testID(name))
			if err != nil {
				t.Fatal(err)
			}
			r := testRecord()
			if err := spoil(st.Dir, &r); err != nil {
				t.Fatal(err)
			}
			if o, err := st.Publish(t.Context(), r); err == nil {
				t.Errorf("published %v", o)
			}
			wantNotInstalled(t, s, testID(name))
			if err := errors.Join(st.Discard(), st.Discard()); err != nil {
				t.Error(err)
			}
			if _, err := st.Publish(context.Background(), testRecord()); err == nil {
				t.Error("published a discarded stage")
			}
			wantEmptyTmp(t, s)
		})
	}
}

// Directories that are not objects: left by a process that was killed between two steps, or by a person who copied or
// damaged a tree.
func TestPublishReplacesNonObjects(t *testing.T) {
	for name, leave := range map[string]func(dir string) error{
		"no record":    func(dir string) error { return fill(dir) },
		"empty record": func(dir string) error { return os.WriteFile(filepath.Join(dir, RecordName), nil, 0o444) },
		"half a record": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, RecordName), []byte(`{"schema": 1, "id": `), 0o444)
		},
		"record is a link": func(dir string) error { return os.Symlink("/etc/hostname", filepath.Join(dir, RecordName)) },
		"record is a directory": func(dir string) error {
			return os.Mkdir(filepath.Join(dir, RecordName), 0o755)
		},
		"other's record": func(dir string) error {
			r := testRecord()
			r.Schema, r.ID, r.Dir, r.Tree = schema, testID("other"), dir, trust.DigestOf(nil)
			return writeRecord(dir, r)
		},
		"moved": func(dir string) error {
			r := testRecord()
			r.Schema, r.ID, r.Dir, r.Tree = schema, testID("a"), "/somewhere/else", trust.DigestOf(nil)
			return writeRecord(dir, r)
		},
		"read-only": func(dir string) error {
			return errors.Join(fill(dir), os.Chmod(filepath.Join(dir, "usr"), 0o555), os.Chmod(dir, 0o555))
		},
		"a file": func(dir string) error { return errors.Join(os.Remove(dir), os.WriteFile(dir, nil, 0o444)) },
		"a link": func(dir string) error { return errors.Join(os.Remove(dir), os.Symlink("/", dir)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, asNobody(t))
			id := testID("a")
			dir := filepath.Join(s.objectsDir(), id.String())
			if err := errors.Join(os.MkdirAll(dir, 0o755), leave(dir)); err != nil {
				t.Fatal(err)
			}
			if o, err := s.Lookup(id); err == nil {
				t.Fatalf("Lookup returned %v, expected an error", o)
			}
			if _, problems := s.Objects(); len(problems) != 1 {
				t.Errorf("Objects returned the problems %v, expected one", problems)
			}
			mustPublish(t, s, id)
			if _, err := s.Lookup(id); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(filepath.Join(dir, "usr/bin/rustc")); err != nil {
				t.Error(err)
			}
			wantEmptyTmp(t, s)
		})
	}
}

func TestPublishKeepsWhatIsInstalled(t *testing.T) {
	s := open(t, newDir(t))
	id := testID("a")
	before, err := os.Stat(mustPublish(t, s, id).Dir)
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(mustPublish(t, s, id).Dir)
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the object was replaced (%v): a running build would lose its tools", err)
	}
	wantEmptyTmp(t, s)
}

func TestReadOnlyHome(t *testing.T) {
	dir := asNobody(t)
	home := filepath.Join(dir, "home")
	s := open(t, home)
	if err := s.EnsureWritable(); err != nil {
		t.Fatal(err)
	}
	wantEmptyTmp(t, s)
	id := testID("a")
	mustPublish(t, s, id)
	set, err := s.WriteSet(t.Context(), "one", map[string]string{"rustc": "/x/rustc"}, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"objects", "tmp", "locks", "sets", ""} {
		if err := os.Chmod(filepath.Join(home, name), 0o555); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(filepath.Join(home, name), 0o755) })
	}
	if _, err := s.Lookup(id); err != nil {
		t.Errorf("Lookup: %v", err)
	}
	if again, err := s.WriteSet(t.Context(), "one", map[string]string{"rustc": "/x/rustc"}, []byte("{}")); err != nil || again != set {
		t.Errorf("writing the same set: %q, %v", again, err)
	}
	_, stageErr := s.Stage(testID("b"))
	_, setErr := s.WriteSet(t.Context(), "two", nil, nil)
	_, lockErr := s.Lock(t.Context(), "b", "test", nil)
	for what, err := range map[string]error{
		"EnsureWritable": s.EnsureWritable(), "Stage": stageErr, "WriteSet": setErr, "Lock": lockErr,
	} {
		var readOnly *ReadOnlyError
		if !errors.As(err, &readOnly) || readOnly.Home != home {
			t.Errorf("%s returned %v, expected a ReadOnlyError", what, err)
		}
	}
	if _, err := s.Lookup(id); err != nil {
		t.Errorf("Lookup after failed writes: %v", err)
	}
}

func TestMovedStore(t *testing.T) {
	dir := asNobody(t)
	old, now := filepath.Join(dir, "old"), filepath.Join(dir, "new")
	id := testID("a")
	mustPublish(t, open(t, old), id)
	if err := os.Symlink("old", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, filepath.Join(dir, "link")).Lookup(id); err != nil {
		t.Errorf("through a link to the home: %v", err)
	}
	if err := os.Rename(old, now); err != nil {
		t.Fatal(err)
	}
	s := open(t, now)
	_, err := s.Lookup(id)
	var moved *MovedError
	if !errors.As(err, &moved) || moved.Was != filepath.Join(old, "objects", id.String()) || moved.Is != filepath.Join(now, "objects", id.String()) {
		t.Fatalf("Lookup returned %v, expected a MovedError from %s to %s", err, old, now)
	}
	// It is rebuilt in its new place.
	if o := mustPublish(t, s, id); o.Dir != moved.Is {
		t.Errorf("published at %s, expected %s", o.Dir, moved.Is)
	}
	if o, err := s.Lookup(id); err != nil || o.Record.Dir != moved.Is {
		t.Errorf("after that, Lookup returned %v, %v", o, err)
	}
	wantEmptyTmp(t, s)
}

func TestBaseStores(t *testing.T) {
	first, second := newDir(t), newDir(t)
	shared, own := testID("shared"), testID("own")
	mustPublish(t, open(t, second), shared)
	if _, err := open(t, second).WriteSet(t.Context(), "theirs", nil, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	s := open(t, first, second)
	mustPublish(t, s, own)
	o, err := s.Lookup(shared)
	if err != nil || !o.InBase || !strings.HasPrefix(o.Dir, second) {
		t.Errorf("found %v, %v", o, err)
	}
	if o, err := s.Lookup(own); err != nil || o.InBase {
		t.Errorf("found %v, %v", o, err)
	}
	if dir, ok := s.Set("theirs"); !ok || !strings.HasPrefix(dir, second) {
		t.Errorf("found the set at %q, %v", dir, ok)
	}
	if objects, problems := s.Objects(); len(objects) != 2 || len(problems) != 0 {
		t.Errorf("Objects returned %v, %v", objects, problems)
	}
	// A damaged object in the home does not hide the intact one in a base store.
	if err := os.MkdirAll(filepath.Join(first, "objects", shared.String(), RecordName), 0o755); err != nil {
		t.Fatal(err)
	}
	if o, err := s.Lookup(shared); err != nil || !o.InBase {
		t.Errorf("found %v, %v", o, err)
	}
}

func TestCleanStagesStopsWithContext(t *testing.T) {
	s := open(t, newDir(t))
	st, err := s.Stage(testID("a"))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Discard()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.CleanStages(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("CleanStages returned %v", err)
	}
}
