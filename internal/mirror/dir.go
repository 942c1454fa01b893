package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// workName is the directory in a mirror that holds unfinished downloads and the lock that excludes other writers.
const workName = ".krustup-mirror"

// NotMirrorError reports a directory that has files but no index. krustup did not write it and must not change it.
type NotMirrorError struct{ Dir string }

// Error names the index that is missing.
func (e *NotMirrorError) Error() string {
	return fmt.Sprintf("%s: it is not empty and has no %s: krustup did not write it", e.Dir, IndexName)
}

// Result describes what writing a mirror or a bundle did.
type Result struct {
	Files   int      // number of files of the slice
	Bytes   int64    // their size
	Fetched int      // number of files that came from suppliers
	Moved   int64    // their size in bytes
	Pruned  []string // paths that were removed
	Changed []string // paths that were to be removed, but kept because their content is not what krustup wrote
}

// Write adds the slice to the mirror in dir; with prune, it removes the files of earlier slices. Files that are already
// in dir are verified and not fetched again. The mirror can be in use meanwhile: each file is renamed into place when
// it is complete, and before any file that refers to it. After a failure or a cancellation, the next Write continues
// where this one stopped. The error is a *NotMirrorError if krustup did not write dir.
func Write(ctx context.Context, in *install.Installer, s Slice, dir string, prune bool) (Result, error) {
	w, err := openDir(ctx, dir, func(h lock.Holder) { in.Watch.Waiting(dir, h) })
	if err != nil {
		return Result{}, err
	}
	defer w.unlock()
	if s.Lock, err = w.lock(s.Lock, prune); err != nil {
		return Result{}, err
	}
	small, err := s.small()
	if err != nil {
		return Result{}, err
	}
	files := s.planned(small)
	// From here on the index lists every file that an interrupted run can leave behind, so that a later prune finds it.
	if err := w.writeIndex(w.old.with(files)); err != nil {
		return Result{}, err
	}
	b := &copier{
		in:      in,
		dest:    func(a toolchain.Artifact) string { return filepath.Join(dir, a.MirrorPath()) },
		partial: func(a toolchain.Artifact) string { return filepath.Join(w.work, "partial", a.Digest.String()) },
	}
	if err := b.all(ctx, "mirroring "+term.Count(len(s.Artifacts), "file", "files"), s.Artifacts); err != nil {
		return Result{}, err
	}
	if ctx.Err() != nil { // once more, before anything names what is new
		return Result{}, fmt.Errorf("writing the mirror: %w", context.Cause(ctx))
	}
	if err := w.writeSmall(small); err != nil {
		return Result{}, err
	}
	result := Result{Files: len(files), Fetched: int(b.fetched.Load()), Moved: b.bytes.Load()}
	if err := w.finish(files, prune, &result); err != nil {
		return Result{}, err
	}
	return result, nil
}

// planned returns the index entries of a slice's files, marked as pending.
func (s Slice) planned(small []content) []File {
	var files []File
	for _, c := range small {
		f := c.file()
		f.Pending = true
		files = append(files, f)
	}
	for _, a := range s.Artifacts {
		files = append(files, File{Path: a.MirrorPath(), Size: a.Size, Digest: a.Digest, Pending: true})
	}
	return files
}

// dirWriter writes to a mirror. It holds the mirror's lock until unlock is called.
type dirWriter struct {
	dir, work string
	old       Index
	unlock    func() error
}

func openDir(ctx context.Context, dir string, waiting func(lock.Holder)) (*dirWriter, error) {
	w := &dirWriter{dir: dir, work: filepath.Join(dir, workName)}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening the mirror: %w", err)
	}
	ours := slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == IndexName || e.Name() == workName })
	if len(entries) > 0 && !ours {
		return nil, &NotMirrorError{dir}
	}
	if err := os.MkdirAll(filepath.Join(w.work, "partial"), 0o755); err != nil {
		return nil, fmt.Errorf("opening the mirror: %w", err)
	}
	if w.unlock, err = lock.Lock(ctx, filepath.Join(w.work, "lock"), lock.Options{Reason: "writing mirror " + dir, Waiting: waiting}); err != nil {
		return nil, fmt.Errorf("opening the mirror: %w", err)
	}
	name := filepath.Join(dir, IndexName)
	data, err := os.ReadFile(name)
	if err == nil {
		w.old, err = parseIndex(name, data)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.unlock()
		return nil, err
	}
	return w, nil
}

// lock returns the mirror's lock with the new sets added; with prune, it returns only the new sets.
func (w *dirWriter) lock(sets toolchain.Lock, prune bool) (toolchain.Lock, error) {
	old, err := toolchain.ReadLock(filepath.Join(w.dir, toolchain.LockName))
	if prune || errors.Is(err, fs.ErrNotExist) {
		return sets, nil
	}
	if err != nil {
		return toolchain.Lock{}, err
	}
	for _, key := range sets.Keys() {
		if set, ok := sets.Get(key); ok {
			old.Put(set)
		}
	}
	return old, nil
}

func (w *dirWriter) writeIndex(x Index) error {
	data, err := x.encode()
	if err != nil {
		return err
	}
	return replace(filepath.Join(w.dir, IndexName), data)
}

// replace writes a file unless it has that content already.
func replace(name string, data []byte) error {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, data) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("writing the mirror: %w", err)
	}
	return disk.ReplaceFile(name, data)
}

func (w *dirWriter) writeSmall(list []content) error {
	for _, c := range list {
		if err := replace(filepath.Join(w.dir, c.path), c.data); err != nil {
			return err
		}
	}
	return nil
}

// finish removes files that are no longer needed if prune is set, and writes the final index.
func (w *dirWriter) finish(files []File, prune bool, result *Result) error {
	for i := range files {
		info, err := os.Stat(filepath.Join(w.dir, files[i].Path))
		if err != nil {
			return fmt.Errorf("writing the mirror: %w", err)
		}
		files[i].Size, files[i].Pending = info.Size(), false
		result.Bytes += info.Size()
	}
	index := w.old.with(files)
	if prune {
		index = Index{Files: slices.Clone(files)}
		if err := w.prune(w.old, index, result); err != nil {
			return err
		}
	}
	if err := w.writeIndex(index); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(w.work, "partial")); err != nil {
		return fmt.Errorf("cleaning the mirror: %w", err)
	}
	return nil
}

// prune removes the files of the old index that the new one does not name, and directories that become empty. It keeps
// a file whose content is not what krustup wrote: somebody else changed it.
func (w *dirWriter) prune(old, kept Index, result *Result) error {
	root, err := os.OpenRoot(w.dir)
	if err != nil {
		return fmt.Errorf("pruning the mirror: %w", err)
	}
	defer root.Close()
	named := map[string]bool{}
	for _, f := range kept.Files {
		named[f.Path] = true
	}
	for _, f := range old.Files {
		if named[f.Path] {
			continue
		}
		same, err := hasDigest(root, f)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return fmt.Errorf("pruning the mirror: %w", err)
		case !same:
			result.Changed = append(result.Changed, f.Path)
			continue
		}
		if err := root.Remove(f.Path); err != nil {
			return fmt.Errorf("pruning the mirror: %w", err)
		}
		result.Pruned = append(result.Pruned, f.Path)
		for dir := path.Dir(f.Path); dir != "."; dir = path.Dir(dir) {
			if root.Remove(dir) != nil { // it is not empty
				break
			}
		}
	}
	return nil
}

func hasDigest(root *os.Root, f File) (bool, error) {
	file, err := root.Open(f.Path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	verifier := trust.NewVerifier(io.Discard, f.Path, f.Digest, info.Size())
	if _, err := io.Copy(verifier, file); err != nil {
		return false, err
	}
	return verifier.Verify() == nil, nil
}
