package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// UnpackTar unpacks a tar stream into dir, which must exist. It reads the stream to its end, so that a decompressor
// below can check all of its input. Regular files get mode 0755 or 0644, depending on the owner's x bit, and
// directories 0755. Owners are ignored. Files keep their modification times, because make uses them.
//
// The links of this archive are checked as by CheckLinks. If several archives are unpacked into dir, call CheckLinks
// after the last one. Errors in the archive are a *HostileError, a *FormatError or a *ConflictError.
func UnpackTar(ctx context.Context, r io.Reader, dir string, opts Options) (Stats, error) {
	opts, err := opts.checked()
	if err != nil {
		return Stats{}, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Stats{}, fmt.Errorf("unpacking %s: %w", opts.Archive, err)
	}
	defer root.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	in := &tarStream{r: bufio.NewReaderSize(&source{ctx: ctx, r: r}, bufferSize)}
	u := &unpacking{
		opts:   opts,
		filter: newFilter(opts.Keep, opts.Drop),
		in:     in,
		tar:    tar.NewReader(in),
		tree:   newTree(opts.Archive, root),
	}
	u.writers = startWriters(ctx, cancel, opts)
	err = u.entries(ctx)
	u.writers.stop()
	u.tree.close()
	// A failed writer cancels ctx with its error as the cause.
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err == nil {
		err = u.tree.checkLinks()
	}
	if err != nil {
		return u.stats(), named(opts.Archive, err)
	}
	return u.stats(), nil
}

// UnpackTarFile unpacks a compressed tar file into dir, as UnpackTar does.
func UnpackTarFile(ctx context.Context, file *os.File, f Format, dir string, opts Options) (Stats, error) {
	if opts.Archive == "" {
		opts.Archive = file.Name()
	}
	info, err := file.Stat()
	if err != nil {
		return Stats{}, fmt.Errorf("unpacking %s: %w", opts.Archive, err)
	}
	return unpackCompressed(ctx, io.NewSectionReader(file, 0, info.Size()), f, dir, opts)
}

func unpackCompressed(ctx context.Context, file *io.SectionReader, f Format, dir string, opts Options) (Stats, error) {
	stream, err := Decompress(ctx, file, f)
	if err != nil {
		return Stats{}, named(opts.Archive, err)
	}
	defer stream.Close()
	return UnpackTar(ctx, stream, dir, opts)
}

// named adds the name of the archive to an error, in the error's field if it has one.
func named(archive string, err error) error {
	var format *FormatError
	if errors.As(err, &format) {
		if format.Archive == "" {
			format.Archive = archive
		}
		return err
	}
	var hostile *HostileError
	var conflict *ConflictError
	if errors.As(err, &hostile) || errors.As(err, &conflict) {
		return err
	}
	return fmt.Errorf("unpacking %s: %w", archive, err)
}

// unpacking is the state of one UnpackTar. One goroutine reads entries and creates directories and links, several
// others write files.
type unpacking struct {
	opts    Options
	filter  filter
	in      *tarStream
	tar     *tar.Reader
	tree    *tree
	writers *writers
	met     int64 // entries so far, kept or not
	bytes   int64 // bytes of content of these entries
	kept    int64 // bytes of content of the kept entries
}

func (u *unpacking) stats() Stats {
	return Stats{Files: u.tree.files, Dirs: u.tree.dirs, Links: int64(len(u.tree.links)), Bytes: u.kept}
}

func (u *unpacking) entries(ctx context.Context) error {
	for ctx.Err() == nil {
		header, err := u.tar.Next()
		if err == io.EOF {
			return u.tail()
		}
		// Names are checked in entry, whatever GODEBUG says.
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return u.readError(err)
		}
		if err := u.entry(header); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// entry unpacks one entry if it is to be kept. Its name and size are checked even if it is not.
func (u *unpacking) entry(h *tar.Header) error {
	if h.Typeflag == tar.TypeXGlobalHeader { // git archive stores the commit there
		return u.count(h)
	}
	full, reason := cleanName(h.Name)
	if reason != "" {
		return u.refuse(h, reason)
	}
	if err := u.count(h); err != nil {
		return err
	}
	name, reason := u.place(full)
	if reason != "" {
		return u.refuse(h, reason)
	}
	if name == "" {
		return nil
	}
	if reason := refusedType(h); reason != "" {
		return u.refuse(h, reason)
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return u.tree.makeDir(name)
	case tar.TypeSymlink:
		return u.symlink(h, name)
	case tar.TypeLink:
		return u.hardLink(h, name)
	default:
		return u.file(h, name)
	}
}

// place returns the name in the tree for an entry's clean name, "" if the entry is left out, or the reason to refuse
// it.
func (u *unpacking) place(name string) (placed, reason string) {
	name = strip(name, u.opts.Strip)
	if name == "" || !u.filter.keeps(name) {
		return "", ""
	}
	if u.opts.Rename == nil {
		return name, ""
	}
	renamed := u.opts.Rename(name)
	if renamed == "" {
		return "", ""
	}
	return cleanName(renamed)
}

// count enforces the limits. It is called before the entry is written.
func (u *unpacking) count(h *tar.Header) error {
	u.met++
	// Directories above an entry may have been created without entries of their own.
	made := u.tree.files + u.tree.dirs + int64(len(u.tree.links))
	if max(u.met, made) > u.opts.MaxFiles {
		return u.refuse(h, fmt.Sprintf("more than %d files", u.opts.MaxFiles))
	}
	if h.Size > u.opts.MaxBytes-u.bytes {
		return u.refuse(h, fmt.Sprintf("%d bytes of content so far and %d in this entry, expected at most %d", u.bytes, h.Size, u.opts.MaxBytes))
	}
	u.bytes += h.Size
	return nil
}

func (u *unpacking) refuse(h *tar.Header, reason string) error {
	return &HostileError{Archive: u.opts.Archive, Entry: h.Name, Reason: reason}
}

// readError returns the error of the underlying reader if that failed, else a *FormatError.
func (u *unpacking) readError(err error) error {
	var format *FormatError
	switch {
	case errors.As(err, &format):
		return format
	case u.in.err != nil && u.in.err != io.EOF:
		return u.in.err
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	return &FormatError{Archive: u.opts.Archive, Err: fmt.Errorf("tar: %w", err)}
}

// maxTail is how much padding may follow the end mark. tar pads to a multiple of its blocking factor.
const maxTail = 1 << 20

// tail reads what follows the last entry: an end mark of two zero blocks, which a truncated archive does not have, and
// padding.
func (u *unpacking) tail() error {
	if u.in.err == io.EOF {
		return u.readError(fmt.Errorf("no end mark: %w", io.ErrUnexpectedEOF))
	}
	rest, err := io.ReadAll(io.LimitReader(u.in, maxTail+1))
	if err != nil {
		return u.readError(err)
	}
	if len(rest) > maxTail || len(bytes.Trim(rest, "\x00")) != 0 {
		return u.readError(errors.New("data after the end mark"))
	}
	return nil
}

// tarStream keeps the error with which the stream ended. It never returns an error together with bytes.
type tarStream struct {
	r   *bufio.Reader
	err error
}

func (s *tarStream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	if n > 0 && err != nil {
		// The error is not lost: the next read returns it again.
		return n, nil
	}
	s.err = err
	return n, err
}

const (
	maxName  = 4095 // PATH_MAX without the final zero
	maxDepth = 128  // each level is an open directory; kernel trees and toolchains have a dozen
)

// cleanName returns the cleaned, relative name of an entry, "" for the tree itself, or the reason to refuse it.
func cleanName(name string) (clean, reason string) {
	if strings.HasPrefix(name, "/") {
		return "", "the name is absolute"
	}
	if len(name) > maxName {
		return "", fmt.Sprintf("the name has %d bytes, expected at most %d", len(name), maxName)
	}
	if strings.Contains(name, "\x00") {
		return "", "the name contains a zero byte"
	}
	parts := make([]string, 0, 16)
	for part := range strings.SplitSeq(name, "/") {
		switch part {
		case "", ".":
		case "..":
			return "", "the name climbs out of its directory"
		default:
			parts = append(parts, part)
		}
	}
	if len(parts) > maxDepth {
		return "", fmt.Sprintf("the name is %d directories deep, expected at most %d", len(parts), maxDepth)
	}
	return strings.Join(parts, "/"), ""
}

// strip removes count leading components of a clean name.
func strip(name string, count int) string {
	for range count {
		_, name, _ = strings.Cut(name, "/")
	}
	return name
}

// refusedType returns the reason to refuse an entry for its type or mode, or "".
func refusedType(h *tar.Header) string {
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir:
		if h.Mode&0o6000 != 0 {
			return fmt.Sprintf("mode %#o has a set-uid or set-gid bit", h.Mode)
		}
		for key := range h.PAXRecords {
			if strings.HasPrefix(key, "GNU.sparse.") {
				return "sparse files are not supported"
			}
		}
	case tar.TypeSymlink, tar.TypeLink:
	case tar.TypeChar, tar.TypeBlock:
		return "it is a device"
	case tar.TypeFifo:
		return "it is a fifo"
	case tar.TypeGNUSparse:
		return "sparse files are not supported"
	default:
		return fmt.Sprintf("type %q, expected a file, a directory or a link", h.Typeflag)
	}
	return ""
}
