package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"sync"
	"time"
)

// wholeFile is the size up to which a file is read into memory and handed to a writer; larger ones are written by the
// goroutine that reads them.
const wholeFile = 1 << 20

// file unpacks a regular file. The same name twice in one archive is an update, as tar -r makes them: the later counts.
func (u *unpacking) file(h *tar.Header, name string) error {
	folder, base, err := u.tree.split(name)
	if err != nil {
		return err
	}
	switch was := u.tree.seen[name]; was {
	case nothing:
		u.tree.seen[name] = aFile
		u.tree.files++
	case aFile:
		// Removed, not written over: the earlier may have a hard link, which keeps the earlier content.
		u.writers.settle()
		if err := folder.root.Remove(base); err != nil {
			return err
		}
	default:
		return u.refuse(h, "the archive has "+was.String()+" of that name, and now a file")
	}
	f := newFile{folder: folder, base: base, name: name, size: h.Size, mode: 0o644, modified: h.ModTime}
	if h.Mode&0o100 != 0 {
		f.mode = 0o755
	}
	u.kept += h.Size
	if h.Size > wholeFile {
		f.body = &tarBody{u}
		return u.writers.write(f)
	}
	f.content = u.writers.buffer(int(h.Size))
	if _, err := io.ReadFull(u.tar, f.content.data); err != nil {
		return u.readError(err)
	}
	f.content.Reset(f.content.data)
	f.body = f.content
	u.writers.add(f)
	return nil
}

// hardLink makes a second name for a file of this archive; the format knows no others.
func (u *unpacking) hardLink(h *tar.Header, name string) error {
	target, reason := cleanName(h.Linkname)
	if reason != "" {
		return u.refuse(h, fmt.Sprintf("hard link to %q: %s", h.Linkname, reason))
	}
	old, reason := u.place(target)
	if reason != "" {
		return u.refuse(h, fmt.Sprintf("hard link to %q: %s", h.Linkname, reason))
	}
	if old == "" {
		return fmt.Errorf("hard link %s needs %s, which is left out: keep both or neither", name, h.Linkname)
	}
	if u.tree.seen[old] != aFile || old == name {
		return u.refuse(h, fmt.Sprintf("hard link to %q, which is no file that came before in the archive", h.Linkname))
	}
	folder, base, err := u.tree.split(name)
	if err != nil {
		return err
	}
	u.writers.settle()
	switch was := u.tree.seen[name]; was {
	case nothing:
		u.tree.seen[name] = aFile
		u.tree.files++
	case aFile:
		if err := folder.root.Remove(base); err != nil {
			return err
		}
	default:
		return u.refuse(h, "the archive has "+was.String()+" of that name, and now a hard link")
	}
	return u.linkFile(old, folder, base)
}

func (u *unpacking) linkFile(old string, folder *folder, base string) error {
	name := path.Join(folder.name, base)
	err := u.tree.root.Link(old, name)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	// An earlier archive's file of that name stays if it is the same.
	source, err := u.tree.root.Open(old)
	if err != nil {
		return err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	f := newFile{folder: folder, base: base, name: name, size: info.Size(), mode: info.Mode().Perm(), body: source}
	return u.writers.compare(f)
}

// newFile is a regular file on its way to the disk.
type newFile struct {
	folder   *folder
	base     string // in folder
	name     string // in the tree
	size     int64
	mode     fs.FileMode
	modified time.Time
	body     io.Reader
	content  *content // body, when it is in memory
}

// content is a file in memory. It is written with one call.
type content struct {
	bytes.Reader
	data []byte
}

// tarBody reads the current entry and tells bad input from a full disk: the copy knows only one error.
type tarBody struct{ u *unpacking }

func (b *tarBody) Read(p []byte) (int, error) {
	n, err := b.u.tar.Read(p)
	if err != nil && err != io.EOF {
		err = b.u.readError(err)
	}
	return n, err
}

// writers are the goroutines that write files. The first error ends the context of the whole run.
type writers struct {
	archive string
	ctx     context.Context
	fail    context.CancelCauseFunc
	queue   chan newFile
	running sync.WaitGroup // the goroutines
	pending sync.WaitGroup // the files in the queue or in hand
	pool    sync.Pool      // of *content
}

func startWriters(ctx context.Context, fail context.CancelCauseFunc, opts Options) *writers {
	w := &writers{archive: opts.Archive, ctx: ctx, fail: fail}
	// The queue bounds the memory: as many files of wholeFile bytes, and as many open folders.
	w.queue = make(chan newFile, 4*opts.Jobs)
	w.pool.New = func() any { return new(content) }
	for range opts.Jobs {
		w.running.Go(w.run)
	}
	return w
}

// run goes on taking files after an error, without writing them, so that nobody waits for it for ever.
func (w *writers) run() {
	for f := range w.queue {
		if w.ctx.Err() == nil {
			if err := w.write(f); err != nil {
				w.fail(err)
			}
		}
		f.folder.release()
		w.pool.Put(f.content)
		w.pending.Done()
	}
}

func (w *writers) add(f newFile) {
	f.folder.hold()
	w.pending.Add(1)
	w.queue <- f
}

// settle waits until all files so far are on the disk.
func (w *writers) settle() { w.pending.Wait() }

func (w *writers) stop() {
	close(w.queue)
	w.running.Wait()
}

// buffer gives memory for a file of size bytes.
func (w *writers) buffer(size int) *content {
	c := w.pool.Get().(*content)
	c.data = slices.Grow(c.data[:0], size)[:size]
	return c
}

// write makes the file. O_EXCL fails on anything that stands there, a link included, and follows nothing.
func (w *writers) write(f newFile) error {
	out, err := f.folder.root.OpenFile(f.base, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.mode)
	if errors.Is(err, fs.ErrExist) {
		return w.compare(f)
	}
	if err != nil {
		return err
	}
	var buf []byte
	if f.content == nil {
		buf = make([]byte, min(f.size, 4*bufferSize))
	}
	// Without ReadFrom, which copies with a small buffer of its own.
	_, err = io.CopyBuffer(struct{ io.Writer }{out}, f.body, buf)
	if err == nil {
		err = out.Chmod(f.mode) // whatever the umask took away
	}
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = f.folder.root.Chtimes(f.base, f.modified, f.modified)
	}
	return err
}

// compare accepts the file of an earlier archive in the place of f if it is the same.
func (w *writers) compare(f newFile) error {
	conflict := &ConflictError{Archive: w.archive, Path: f.name, Want: aFile.String()}
	info, err := f.folder.root.Lstat(f.base)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		conflict.Found = describe(info)
		return conflict
	}
	if info.Size() != f.size || info.Mode().Perm() != f.mode {
		conflict.Found = fmt.Sprintf("a file of %d bytes and mode %#o", info.Size(), info.Mode().Perm())
		conflict.Want = fmt.Sprintf("one of %d bytes and mode %#o", f.size, f.mode)
		return conflict
	}
	there, err := f.folder.root.Open(f.base)
	if err != nil {
		return err
	}
	defer there.Close()
	same, err := sameBytes(there, f.body)
	if err == nil && !same {
		conflict.Found, conflict.Want = "a file", "one of other content"
		return conflict
	}
	return err
}

// sameBytes compares two readers to the end of both.
func sameBytes(a, b io.Reader) (bool, error) {
	bufA, bufB := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		nA, errA := io.ReadFull(a, bufA)
		nB, errB := io.ReadFull(b, bufB)
		for _, err := range []error{errA, errB} {
			if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
				return false, err
			}
		}
		if !bytes.Equal(bufA[:nA], bufB[:nB]) {
			return false, nil
		}
		if errA != nil || errB != nil {
			return errA != nil && errB != nil, nil
		}
	}
}
