package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// Kit is a mirror or a bundle that an installation takes its files from.
type Kit struct {
	Name       string // as the user wrote it, without credentials
	URL        string // base address of the mirror; for a bundle, there are files only after Unpack
	Catalogues string // directory for the catalogues read from it; those of the store are not changed
	Network    bool   // it is on a server

	store  *store.Store
	client *fetch.Client
	bundle string // the bundle's file, "" for a mirror
	remote string // address of a bundle that must still be fetched
	dir    string // where the bundle is unpacked
	index  *Index
	note   func(format string, args ...any)
	remove func() error
}

// NotFoundError reports a kit that does not exist, could not be read, or is neither a mirror nor a bundle.
type NotFoundError struct {
	Name string
	Err  error
}

func (e *NotFoundError) Error() string { return fmt.Sprintf("%s: %v", e.Name, e.Err) }

// Unwrap returns the error of the file system or the server.
func (e *NotFoundError) Unwrap() error { return e.Err }

// Open returns a kit. name is a bundle's file, a mirror's directory, or the http, https or file address of either. Open
// fetches and unpacks nothing. note is called before operations that take long. The caller must call Close when the
// installation is done. A kit that does not exist is a *NotFoundError.
func Open(name string, st *store.Store, client *fetch.Client, note func(format string, args ...any)) (*Kit, error) {
	k := &Kit{Name: name, store: st, client: client, note: note}
	if err := k.locate(name); err != nil {
		return nil, err
	}
	work, remove, err := st.Scratch()
	if err != nil {
		return nil, err
	}
	k.remove, k.dir, k.Catalogues = remove, filepath.Join(work, "bundle"), filepath.Join(work, "catalogues")
	if k.remote != "" {
		k.bundle = filepath.Join(work, "bundle"+bundleSuffix)
	}
	if k.bundle != "" {
		k.URL = fileURL(k.dir)
	}
	return k, nil
}

func (k *Kit) locate(name string) error {
	if strings.Contains(name, "://") {
		address, err := fetch.ParseMirror(name, "https://ci.example/mirror")
		if err != nil {
			return &NotFoundError{"--from", err}
		}
		u, err := url.Parse(address)
		if err != nil {
			return &NotFoundError{name, err}
		}
		k.Name, k.Network = u.Redacted(), u.Scheme != "file"
		switch {
		case !k.Network:
			return k.locate(u.Path)
		case strings.HasSuffix(u.Path, bundleSuffix):
			k.remote = address
		default:
			k.URL = address
		}
		return nil
	}
	abs, err := filepath.Abs(name)
	if err != nil {
		return &NotFoundError{name, err}
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &NotFoundError{name, errors.New("no such file or directory")}
	case err != nil:
		return &NotFoundError{name, err}
	case info.IsDir():
		k.URL = fileURL(abs)
	case info.Mode().IsRegular():
		k.bundle = abs
	default:
		return &NotFoundError{name, errors.New("it is not a regular file or a directory")}
	}
	return nil
}

// Close removes everything that was fetched or unpacked.
func (k *Kit) Close() error { return k.remove() }

// Lock reads the kit's lock. The error is a *fetch.NotFoundError if a mirror on a server has no lock, and an
// *IndexError if a bundle has none.
func (k *Kit) Lock(ctx context.Context) (toolchain.Lock, error) {
	name := k.Name + ": " + toolchain.LockName
	if k.bundle == "" {
		data, err := k.client.Bytes(ctx, k.URL+"/"+toolchain.LockName, maxIndex)
		if err != nil {
			return toolchain.Lock{}, err
		}
		return toolchain.ParseLock(name, data)
	}
	// Unpack only the lock, to a directory of its own: the rest of the bundle may not be needed.
	dir := k.dir + ".lock"
	if _, err := k.unpack(ctx, dir, IndexName, toolchain.LockName); err != nil {
		return toolchain.Lock{}, err
	}
	data, err := os.ReadFile(filepath.Join(dir, toolchain.LockName))
	if err != nil {
		return toolchain.Lock{}, &IndexError{k.Name, "it has no " + toolchain.LockName}
	}
	return toolchain.ParseLock(name, data)
}

// Unpack unpacks a bundle, fetching it first if necessary, and verifies every file against the bundle's index. It does
// nothing for a mirror, or if the bundle is unpacked already.
func (k *Kit) Unpack(ctx context.Context) error {
	if k.bundle == "" || k.index != nil {
		return nil
	}
	if err := k.fetch(ctx); err != nil {
		return err
	}
	if err := k.room(); err != nil {
		return err
	}
	index, err := k.unpack(ctx, k.dir)
	if err != nil {
		return err
	}
	for _, f := range index.Files {
		if !exists(filepath.Join(k.dir, f.Path)) {
			return &IndexError{k.Name, f.Path + " is in its index, but missing"}
		}
	}
	k.index = &index
	return nil
}

// room returns a *toolchain.SpaceError if the disk has less free space than the size of the bundle. The unpacked files
// are hardly larger, because they are compressed already.
func (k *Kit) room() error {
	info, err := os.Stat(k.bundle)
	if err != nil {
		return &NotFoundError{k.Name, err}
	}
	free, err := k.store.Free()
	if err == nil && free < uint64(info.Size()) {
		err = &install.SpaceError{Dir: k.store.Home(), Need: uint64(info.Size()), Free: free}
	}
	return err
}

// fetch downloads a bundle that is on a server, once. Its content is verified when it is unpacked.
func (k *Kit) fetch(ctx context.Context) error {
	if k.remote == "" {
		return nil
	}
	k.note("fetching %s", k.Name)
	if err := k.client.Save(ctx, k.remote, k.bundle, archive.DefaultMaxBytes); err != nil {
		return err
	}
	k.remote = ""
	return nil
}

// bundleSuffix is the end of a bundle's file name.
const bundleSuffix = ".tar.zst"

// ratio bounds the size of an unpacked bundle, as a multiple of its own size. Nearly all of its files are compressed
// already, so a higher ratio is a sign of a hostile bundle.
const ratio = 8

// unpack unpacks the wanted files of a bundle, or all if none are named, into dir, and verifies each against the index.
func (k *Kit) unpack(ctx context.Context, dir string, wanted ...string) (Index, error) {
	if err := k.fetch(ctx); err != nil {
		return Index{}, err
	}
	f, err := os.Open(k.bundle)
	if err != nil {
		return Index{}, &NotFoundError{k.Name, err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Index{}, &NotFoundError{k.Name, err}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Index{}, fmt.Errorf("unpacking %s: %w", k.Name, err)
	}
	opts := archive.Options{Archive: k.Name, Keep: wanted, MaxBytes: ratio*info.Size() + 1<<30, MaxFiles: 100_000}
	if _, err := archive.UnpackTarFile(ctx, f, archive.Zstd, dir, opts); err != nil {
		return Index{}, err
	}
	data, err := os.ReadFile(filepath.Join(dir, IndexName))
	if errors.Is(err, fs.ErrNotExist) {
		return Index{}, &IndexError{k.Name, "it has no " + IndexName + ": it is not a krustup bundle"}
	}
	if err != nil {
		return Index{}, fmt.Errorf("unpacking %s: %w", k.Name, err)
	}
	index, err := parseIndex(k.Name+": "+IndexName, data)
	if err != nil {
		return Index{}, err
	}
	return index, k.verify(dir, index)
}

// verify checks that the index lists every file below dir, and that size and digest match.
func (k *Kit) verify(dir string, index Index) error {
	return filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		f, ok := index.find(rel)
		switch {
		case !entry.Type().IsRegular():
			return &archive.HostileError{Archive: k.Name, Entry: rel, Reason: "a bundle may contain only regular files"}
		case rel == IndexName:
			return nil
		case !ok:
			return &archive.HostileError{Archive: k.Name, Entry: rel, Reason: "the bundle's index does not list it"}
		}
		err = trust.VerifyFile(name, f.Digest, f.Size)
		if digest, ok := errors.AsType[*trust.DigestError](err); ok {
			digest.Name = k.Name + ": " + rel
		}
		if size, ok := errors.AsType[*trust.SizeError](err); ok {
			size.Name = k.Name + ": " + rel
		}
		return err
	})
}

// MissingError lists files that an installation needs and that are neither in the kit nor in the store.
type MissingError struct {
	Name  string
	Files []install.PlannedFile
}

// Error returns one line for each file, with its digest and the path that a mirror has it at.
func (e *MissingError) Error() string {
	text := "missing in " + e.Name + " and in the store:"
	for _, f := range e.Files {
		text += fmt.Sprintf("\n  %s (SHA-256 %s), expected at %s", f.Name, f.Digest, f.Artifact.MirrorPath())
	}
	return text
}

// Has checks against the kit's index, before anything is fetched, that the kit has all files. It returns a
// *MissingError if files are missing, and a *trust.DigestError if one has another digest.
func (k *Kit) Has(ctx context.Context, files []install.PlannedFile) error {
	if len(files) == 0 {
		return nil
	}
	if err := k.readIndex(ctx); err != nil {
		return err
	}
	lacks := &MissingError{Name: k.Name}
	for _, want := range files {
		f, ok := k.index.find(want.Artifact.MirrorPath())
		switch {
		case !ok:
			lacks.Files = append(lacks.Files, want)
		case f.Digest != want.Digest:
			return &trust.DigestError{Name: k.Name + ": " + f.Path, Want: want.Digest, Got: f.Digest}
		}
	}
	if len(lacks.Files) > 0 {
		return lacks
	}
	return nil
}

// readIndex reads the index once and keeps it.
func (k *Kit) readIndex(ctx context.Context) error {
	if err := k.Unpack(ctx); err != nil || k.index != nil {
		return err
	}
	data, err := k.client.Bytes(ctx, k.URL+"/"+IndexName, maxIndex)
	if _, missing := errors.AsType[*fetch.NotFoundError](err); missing {
		return &NotFoundError{k.Name, fmt.Errorf("it has no %s: krustup mirror did not write it", IndexName)}
	}
	if err != nil {
		return err
	}
	index, err := parseIndex(k.Name+": "+IndexName, data)
	if err != nil {
		return err
	}
	k.index = &index
	return nil
}
