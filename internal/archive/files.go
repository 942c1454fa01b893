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

// wholeFile is the size up to which a file is read into memory and passed to a writer goroutine. Larger files are
// written by the goroutine that reads them.
const wholeFile = 1 << 20

// file unpacks a regular file. A name that occurs twice in one archive is an update, as with tar -r: the later counts.
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
		// The earlier file is removed, not overwritten, because a hard link to it keeps the earlier content.
		u.writers.settle()
		if err := folder.root.Remove(base); err != nil {
			return err
		}
	default:
		return u.refuse(h, "the archive already has "+was.String()+" of that name, but this entry is a file")
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

// hardLink creates a second name for a file of this archive. The format has no hard links to other files.
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
		return u.refuse(h, fmt.Sprintf("hard link to %q, which is not an earlier file of the archive", h.Linkname))
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
		return u.refuse(h, "the archive already has "+was.String()+" of that name, but this entry is a hard link")
	}
	return u.linkFile(old, folder, base)
}

func (u *unpacking) linkFile(old string, folder *folder, base string) error {
	name := path.Join(folder.name, base)
	err := u.tree.root.Link(old, name)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	// A file from an earlier archive with that name is kept if it is the same.
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

// newFile is a regular file to be written.
type newFile struct {
	folder   *folder
	base     string // name in folder
	name     string // name in the tree
	size     int64
	mode     fs.FileMode
	modified time.Time
	body     io.Reader
	content  *content // body, if it is in memory
}

// content is the content of a file in memory, which is written with one call.
type content struct {
	bytes.Reader
	data []byte
}

// tarBody reads the current entry. It marks errors of the input, so that they can be distinguished from errors of the
// output after a copy.
type tarBody struct{ u *unpacking }

func (b *tarBody) Read(p []byte) (int, error) {
	n, err := b.u.tar.Read(p)
	if err != nil && err != io.EOF {
		err = b.u.readError(err)
	}
	return n, err
}

// writers are the goroutines that write files. The first error cancels the context of the whole run.
type writers struct {
	archive string
	ctx     context.Context
	fail    context.CancelCauseFunc
	queue   chan newFile
	running sync.WaitGroup // the goroutines
	pending sync.WaitGroup // the files that are queued or being written
	pool    sync.Pool      // of *content
}

func startWriters(ctx context.Context, fail context.CancelCauseFunc, opts Options) *writers {
	w := &writers{archive: opts.Archive, ctx: ctx, fail: fail}
	// The length of the queue bounds how many files of wholeFile bytes are in memory, and how many folders are open.
	w.queue = make(chan newFile, 4*opts.Jobs)
	w.pool.New = func() any { return new(content) }
	for range opts.Jobs {
		w.running.Go(w.run)
	}
	return w
}

// run takes files from the queue. After an error it does not write them, but still takes them, so that senders do not
// block forever.
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

// settle waits until all files so far are written.
func (w *writers) settle() { w.pending.Wait() }

func (w *writers) stop() {
	close(w.queue)
	w.running.Wait()
}

// buffer returns memory for a file of size bytes.
func (w *writers) buffer(size int) *content {
	c := w.pool.Get().(*content)
	c.data = slices.Grow(c.data[:0], size)[:size]
	return c
}

// write creates the file. O_EXCL fails if anything exists with that name, including a link, and follows no link.
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
	// The struct hides ReadFrom, which copies with a small buffer.
	_, err = io.CopyBuffer(struct{ io.Writer }{out}, f.body, buf)
	if err == nil {
		err = out.Chmod(f.mode) // sets the bits that the umask cleared
	}
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = f.folder.root.Chtimes(f.base, f.modified, f.modified)
	}
	return err
}

// compare accepts an existing file from an earlier archive if it is the same as f. Otherwise it returns a
// *ConflictError.
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
		conflict.Found, conflict.Want = "a file", "one with other content"
		return conflict
	}
	return err
}

// sameBytes reports whether two readers have the same content up to their ends.
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
