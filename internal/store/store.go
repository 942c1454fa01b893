// Package store keeps installed components on disk. An Object is the read-only tree of one component, with a Record of
// its inputs. A Stage is such a tree while it is being built. A set is a directory of links to the tools of several
// objects. A store has one home directory. It can have base stores (Options.Base), which are only read.
//
// Invariant: an object is installed if and only if its directory has a valid record.json that names that directory.
// The record is the last file of a Stage to be written, and one rename publishes the whole tree, so neither a killed
// process nor concurrent processes can make an incomplete object look installed.
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

// Options are the directories of a store.
type Options struct {
	Home string   // made absolute; it need not exist
	Base []string // homes of base stores, searched in this order after Home and never written
}

// Store is a home directory and its base stores. It holds no state: any number may be open on one home.
type Store struct {
	home   string
	behind []string
}

// Open returns the store with these directories, without accessing them. A missing or read-only home is sufficient for
// look-ups.
func Open(opts Options) (*Store, error) {
	if opts.Home == "" {
		return nil, errors.New("opening the store: no home directory given")
	}
	home, err := filepath.Abs(opts.Home)
	if err != nil {
		return nil, fmt.Errorf("opening the store %s: %w", opts.Home, err)
	}
	s := &Store{home: home}
	for _, dir := range opts.Base {
		if dir, err = filepath.Abs(dir); err != nil {
			return nil, fmt.Errorf("opening a base store: %w", err)
		}
		if dir != home {
			s.behind = append(s.behind, dir)
		}
	}
	return s, nil
}

// Home returns the home directory, as an absolute path.
func (s *Store) Home() string { return s.home }

// homes returns all homes, the writable one first.
func (s *Store) homes() []string { return append([]string{s.home}, s.behind...) }

// Directories are the names of what krustup creates in the home.
var Directories = []string{"archives", "catalogues", "locks", "logs", "objects", "partial", "proofs", "roots", "sets", "tmp", "used"}

func (s *Store) objectsDir() string { return filepath.Join(s.home, "objects") }
func (s *Store) setsDir() string    { return filepath.Join(s.home, "sets") }
func (s *Store) tmpDir() string     { return filepath.Join(s.home, "tmp") }
func (s *Store) locksDir() string   { return filepath.Join(s.home, "locks") }

// CataloguesDir returns the directory of the metadata that suppliers fetched.
func (s *Store) CataloguesDir() string { return filepath.Join(s.home, "catalogues") }

// ProofsDir returns the directory of proofs.
func (s *Store) ProofsDir() string { return filepath.Join(s.home, "proofs") }

// LogsDir returns the directory of the output of builds.
func (s *Store) LogsDir() string { return filepath.Join(s.home, "logs") }

// ArchivePath returns the path of the verified file with that digest. Files are spread over 256 directories.
func (s *Store) ArchivePath(d trust.Digest) string { return archivePath(s.home, d) }

func archivePath(home string, d trust.Digest) string {
	return filepath.Join(home, "archives", "sha256", d.String()[:min(2, len(d.String()))], d.String())
}

// FindArchive looks for the file with that digest, or for the file whose name is that with a suffix, in the home first
// and then in the base stores. The file was verified when it was fetched, and has to be verified again before it is
// used. path is "" if no store has the file; behind reports whether it is in a base store.
func (s *Store) FindArchive(d trust.Digest, suffix string) (path string, behind bool) {
	for i, home := range s.homes() {
		path := archivePath(home, d) + suffix
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, i > 0
		}
	}
	return "", false
}

// PartialDir returns the directory for downloads in progress of files without a known digest, such as catalogues.
func (s *Store) PartialDir() string { return filepath.Join(s.home, "partial") }

// PartialPath returns the path of the download in progress of the file with that digest. Its contents are not verified.
func (s *Store) PartialPath(d trust.Digest) string {
	return filepath.Join(s.home, "partial", d.String())
}

// ReadOnlyError reports that this user cannot write to the store.
type ReadOnlyError struct {
	Home string
	Err  error
}

func (e *ReadOnlyError) Error() string {
	return fmt.Sprintf("the store %s cannot be written: %v", e.Home, e.Err)
}

// Unwrap returns the error of the system, which matches fs.ErrPermission or unix.EROFS.
func (e *ReadOnlyError) Unwrap() error { return e.Err }

// writing turns errors of a read-only store into a *ReadOnlyError, and adds context to others.
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

// EnsureWritable creates the directories of the home and writes to them as a test. It returns a *ReadOnlyError if the
// home is read-only.
func (s *Store) EnsureWritable() error {
	dirs := []string{
		s.objectsDir(), s.setsDir(), s.tmpDir(), s.locksDir(), s.CataloguesDir(), s.ProofsDir(), s.LogsDir(),
		filepath.Join(s.home, "archives", "sha256"), filepath.Join(s.home, "partial"), s.rootsDir(),
	}
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o777); err != nil { // the umask determines who can share it
			return s.writing("creating the store", err)
		}
	}
	// Permission bits do not reveal read-only mounts, quotas or other users' directories, but a write does. A process
	// that is killed here leaves an empty stage, which CleanStages removes.
	for _, dir := range []string{s.tmpDir(), s.objectsDir()} {
		probe, err := os.MkdirTemp(dir, stagePattern())
		if err != nil {
			return s.writing("testing whether the store is writable", err)
		}
		_ = os.Remove(probe)
	}
	return nil
}

// Free returns the number of bytes that this user can still write to the store's file system.
func (s *Store) Free() (uint64, error) {
	free, _, err := FreeAt(s.home)
	return free, err
}

// FreeAt returns the number of bytes that this user can still write to the file system of dir, which need not exist yet,
// and the number of its device.
func FreeAt(dir string) (free, device uint64, err error) {
	for ; ; dir = filepath.Dir(dir) {
		var st unix.Statfs_t
		var at unix.Stat_t
		err := unix.Statfs(dir, &st)
		if errors.Is(err, unix.ENOENT) && dir != filepath.Dir(dir) {
			continue // not created yet: it will be on the file system of its parent
		}
		if err == nil {
			err = unix.Stat(dir, &at)
		}
		if err != nil {
			return 0, 0, fmt.Errorf("reading the free space of %s: %w", dir, err)
		}
		return st.Bavail * uint64(st.Frsize), uint64(at.Dev), nil
	}
}

// checkName returns an error unless name is safe as one component of a path. kind is for the message.
func checkName(kind, name string) error {
	plain := strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+~") == ""
	if !plain || name == "" || name[0] == '.' || len(name) > 200 {
		return fmt.Errorf("%s %q: expected up to 200 letters, digits or -_.+~, not starting with a dot", kind, name)
	}
	return nil
}
