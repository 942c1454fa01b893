// Package store keeps installed components on disk. An Object is one component's tree, read-only, with a Record of what
// it was made from; a Stage is the tree while it is being made; a Set is a directory of links to tools of several
// objects. A store stands in one home directory, and further stores may stand behind it, which are only read.
//
// Invariant: an object is installed when, and only when, a valid record.json is in its directory and names that
// directory. The record is the last file of a Stage to be written and one rename publishes the whole, so neither a
// killed process nor two at once can make half an object look like one.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/krustup/krustup/internal/trust"
)

// Options say where a store is.
type Options struct {
	Home   string   // made absolute; it need not exist
	Behind []string // further homes, looked up in this order after the first and never written
}

// Store is one home directory and those behind it. It holds no state: any number may be open on one home.
type Store struct {
	home   string
	behind []string
}

// Open only takes note of the directories. A home that is absent or read-only serves for every look-up.
func Open(opts Options) (*Store, error) {
	if opts.Home == "" {
		return nil, errors.New("opening the store: no home directory given")
	}
	home, err := filepath.Abs(opts.Home)
	if err != nil {
		return nil, fmt.Errorf("opening the store %s: %w", opts.Home, err)
	}
	s := &Store{home: home}
	for _, dir := range opts.Behind {
		if dir, err = filepath.Abs(dir); err != nil {
			return nil, fmt.Errorf("opening the store behind: %w", err)
		}
		if dir != home {
			s.behind = append(s.behind, dir)
		}
	}
	return s, nil
}

// Home gives the absolute home directory.
func (s *Store) Home() string { return s.home }

// homes gives all the homes, the one that may be written first.
func (s *Store) homes() []string { return append([]string{s.home}, s.behind...) }

func (s *Store) objectsDir() string { return filepath.Join(s.home, "objects") }
func (s *Store) setsDir() string    { return filepath.Join(s.home, "sets") }
func (s *Store) tmpDir() string     { return filepath.Join(s.home, "tmp") }
func (s *Store) locksDir() string   { return filepath.Join(s.home, "locks") }

// CataloguesDir is where suppliers keep what Update fetched.
func (s *Store) CataloguesDir() string { return filepath.Join(s.home, "catalogues") }

// ProofsDir is where proofs are kept.
func (s *Store) ProofsDir() string { return filepath.Join(s.home, "proofs") }

// LogsDir is where the output of builds is kept.
func (s *Store) LogsDir() string { return filepath.Join(s.home, "logs") }

// ArchivePath is where the verified file with that digest is kept, spread over 256 directories.
func (s *Store) ArchivePath(d trust.Digest) string { return archivePath(s.home, d) }

func archivePath(home string, d trust.Digest) string {
	return filepath.Join(home, "archives", "sha256", d.String()[:min(2, len(d.String()))], d.String())
}

// FindArchive looks for the file with that digest, or the one beside it whose name has a suffix, in the home first and
// then in the stores behind it. What it finds was verified when it came, and is to be verified again before it is used.
// path is "" when no store has it.
func (s *Store) FindArchive(d trust.Digest, suffix string) (path string, behind bool) {
	for i, home := range s.homes() {
		path := archivePath(home, d) + suffix
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, i > 0
		}
	}
	return "", false
}

// PartialDir is where files without a digest of their own, such as catalogues, are put together while they are fetched.
func (s *Store) PartialDir() string { return filepath.Join(s.home, "partial") }

// PartialPath is where the file with that digest is put together while it is fetched. Nothing in it is verified.
func (s *Store) PartialPath(d trust.Digest) string {
	return filepath.Join(s.home, "partial", d.String())
}

// ReadOnlyError says that the store cannot be written by this user, or at all.
type ReadOnlyError struct {
	Home string
	Err  error
}

func (e *ReadOnlyError) Error() string {
	return fmt.Sprintf("the store %s cannot be written: %v", e.Home, e.Err)
}

func (e *ReadOnlyError) Unwrap() error { return e.Err }

// writing turns the errors of a read-only store into a *ReadOnlyError, and gives others their context.
func (s *Store) writing(what string, err error) error {
	var known *ReadOnlyError
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, fs.ErrPermission), errors.Is(err, unix.EROFS):
		return &ReadOnlyError{Home: s.home, Err: err}
	}
	return fmt.Errorf("%s: %w", what, err)
}

// EnsureWritable makes the directories of the home and tries them. It gives a *ReadOnlyError when the home may only be
// read.
func (s *Store) EnsureWritable() error {
	dirs := []string{
		s.objectsDir(), s.setsDir(), s.tmpDir(), s.locksDir(), s.CataloguesDir(), s.ProofsDir(), s.LogsDir(),
		filepath.Join(s.home, "archives", "sha256"), filepath.Join(s.home, "partial"), filepath.Join(s.home, "roots"),
	}
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o777); err != nil { // the umask says who shares it
			return s.writing("making the store", err)
		}
	}
	// Permission bits do not tell of read-only mounts, quotas or other users' directories: a write does. What a killed
	// process leaves of this is an empty stage, which CleanStages removes.
	for _, dir := range []string{s.tmpDir(), s.objectsDir()} {
		probe, err := os.MkdirTemp(dir, stagePattern())
		if err != nil {
			return s.writing("trying the store", err)
		}
		_ = os.Remove(probe)
	}
	return nil
}

// Free gives the bytes that this user may still write to the store's file system.
func (s *Store) Free() (uint64, error) {
	for dir := s.home; ; dir = filepath.Dir(dir) {
		var st unix.Statfs_t
		err := unix.Statfs(dir, &st)
		if errors.Is(err, unix.ENOENT) && dir != filepath.Dir(dir) {
			continue // not made yet: it will stand on the file system of its parent
		}
		if err != nil {
			return 0, fmt.Errorf("asking for the free space of %s: %w", dir, err)
		}
		return st.Bavail * uint64(st.Frsize), nil
	}
}

// checkName refuses what could not be one directory entry of ours.
func checkName(kind, name string) error {
	plain := strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+~") == ""
	if !plain || name == "" || name[0] == '.' || len(name) > 200 {
		return fmt.Errorf("%s %q: expected up to 200 letters, digits or -_.+~, not beginning with a dot", kind, name)
	}
	return nil
}
