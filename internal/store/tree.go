package store

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/trust"
)

// TreeName is the listing of an object's tree, in the format of mtree(5), so that mtree and bsdtar read it too:
// https://man.freebsd.org/cgi/man.cgi?mtree(5). It lists neither itself nor the record, and not the top directory.
const TreeName = "tree.mtree"

// entry is one file, directory or symbolic link of a tree.
type entry struct {
	path string // relative, with slashes
	kind string // "file", "dir" or "link"; else what a foreign file is
	mode fs.FileMode
	size int64        // of a file
	sum  trust.Digest // of a file
	link string       // target of a link
}

// listTree lists a tree, sorted by path, and hashes its files.
func listTree(ctx context.Context, top string) ([]entry, error) {
	var list []entry
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == top {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, name)
		if err != nil || rel == TreeName || rel == RecordName {
			return err
		}
		e := entry{path: rel, mode: info.Mode().Perm()}
		switch {
		case d.IsDir():
			e.kind = "dir"
		case d.Type().IsRegular():
			e.kind, e.size = "file", info.Size()
		case d.Type() == fs.ModeSymlink:
			e.kind, e.mode = "link", 0
			e.link, err = os.Readlink(name)
		default:
			e.kind = d.Type().String()
		}
		list = append(list, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b entry) int { return cmp.Compare(a.path, b.path) })
	return list, hashFiles(ctx, top, list)
}

func hashFiles(ctx context.Context, top string, list []entry) error {
	group, working := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for i := range list {
		if list[i].kind != "file" {
			continue
		}
		if working.Err() != nil {
			break
		}
		group.Go(func() (err error) {
			list[i].sum, err = hashFile(filepath.Join(top, list[i].path))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

func hashFile(name string) (trust.Digest, error) {
	f, err := os.Open(name)
	if err != nil {
		return trust.Digest{}, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return trust.Digest{}, fmt.Errorf("reading %s: %w", name, err)
	}
	return trust.SumDigest([sha256.Size]byte(h.Sum(nil))), nil
}

// writeTree writes the listing of a tree into it and returns the listing's digest.
func writeTree(ctx context.Context, top string) (trust.Digest, error) {
	list, err := listTree(ctx, top)
	if err != nil {
		return trust.Digest{}, fmt.Errorf("listing the tree: %w", err)
	}
	data := encodeTree(list)
	if err := os.Remove(filepath.Join(top, TreeName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return trust.Digest{}, err
	}
	return trust.DigestOf(data), writeNew(filepath.Join(top, TreeName), data)
}

func encodeTree(list []entry) []byte {
	var b bytes.Buffer
	b.WriteString("#mtree\n")
	for _, e := range list {
		fmt.Fprintf(&b, "./%s type=%s", escape(e.path), e.kind)
		switch e.kind {
		case "link":
			fmt.Fprintf(&b, " link=%s\n", escape(e.link))
		case "file":
			fmt.Fprintf(&b, " mode=%04o size=%d sha256=%s\n", e.mode, e.size, e.sum)
		default:
			fmt.Fprintf(&b, " mode=%04o\n", e.mode)
		}
	}
	return b.Bytes()
}

// escape encodes what would end a word of mtree(5), as vis(3) does: a backslash and three octal digits.
func escape(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`\#*?[]=`, c) >= 0 {
			fmt.Fprintf(&b, `\%03o`, c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func unescape(text string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			b.WriteByte(text[i])
			continue
		}
		if i+4 > len(text) {
			return "", fmt.Errorf("%q: expected three octal digits after a backslash", text)
		}
		n, err := strconv.ParseUint(text[i+1:i+4], 8, 8)
		if err != nil {
			return "", fmt.Errorf("%q: expected three octal digits after a backslash", text)
		}
		b.WriteByte(byte(n))
		i += 3
	}
	return b.String(), nil
}

// decodeTree decodes the result of encodeTree.
func decodeTree(data []byte) (list []entry, err error) {
	scan := bufio.NewScanner(bytes.NewReader(data))
	scan.Buffer(nil, 1<<20)
	for n := 1; scan.Scan(); n++ {
		words := strings.Fields(scan.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		e, err := decodeEntry(words)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		list = append(list, e)
	}
	return list, scan.Err()
}

func decodeEntry(words []string) (e entry, err error) {
	if e.path, err = unescape(strings.TrimPrefix(words[0], "./")); err != nil {
		return e, err
	}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "type":
			e.kind = value
		case "link":
			e.link, err = unescape(value)
		case "mode":
			var mode uint64
			mode, err = strconv.ParseUint(value, 8, 16)
			e.mode = fs.FileMode(mode)
		case "size":
			e.size, err = strconv.ParseInt(value, 10, 64)
		case "sha256":
			e.sum, err = trust.ParseDigest(value)
		default:
			err = fmt.Errorf("unknown key %q", key)
		}
		if err != nil {
			return e, err
		}
	}
	return e, nil
}

// Change is one difference between an object's tree and its listing.
type Change struct {
	Path string `json:"path"` // relative to the object
	What string `json:"what"` // "missing", "added", "changed" or "mode"
	Want string `json:"want,omitempty"`
	Have string `json:"have,omitempty"`
}

// String returns "usr/bin/rustc: mode is 0755, expected 0555".
func (c Change) String() string {
	switch c.What {
	case "missing", "added":
		return c.Path + ": " + c.What
	case "mode":
		return fmt.Sprintf("%s: mode is %s, expected %s", c.Path, c.Have, c.Want)
	}
	return fmt.Sprintf("%s: changed: %s, expected %s", c.Path, c.Have, c.Want)
}

// UnlistedError reports that an object has no listing, because an earlier version made it.
type UnlistedError struct{ ID ID }

func (e *UnlistedError) Error() string {
	return fmt.Sprintf("%s: its record, written by an earlier krustup, has no digest of its files", e.ID)
}

// Check reads every file of an object and returns what differs from its listing, sorted by path. The error is an
// *UnlistedError for a record without the digest of a listing.
func (s *Store) Check(ctx context.Context, o Object) ([]Change, error) {
	if o.Record.Tree.IsZero() {
		return nil, &UnlistedError{o.ID}
	}
	data, err := os.ReadFile(filepath.Join(o.Dir, TreeName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Change{{Path: TreeName, What: "missing"}}, nil
	case err != nil:
		return nil, fmt.Errorf("reading the listing of %s: %w", o.ID, err)
	case trust.DigestOf(data) != o.Record.Tree:
		return []Change{{TreeName, "changed", "SHA-256 " + o.Record.Tree.String(), "SHA-256 " + trust.DigestOf(data).String()}}, nil
	}
	want, err := decodeTree(data)
	if err != nil {
		return nil, fmt.Errorf("reading the listing of %s: %w", o.ID, err)
	}
	have, err := listTree(ctx, o.Dir)
	if err != nil {
		return nil, fmt.Errorf("verifying %s: %w", o.ID, err)
	}
	return compare(want, have), nil
}

// compare merges two sorted listings.
func compare(want, have []entry) (list []Change) {
	for len(want) > 0 || len(have) > 0 {
		switch {
		case len(have) == 0 || len(want) > 0 && want[0].path < have[0].path:
			list = append(list, Change{Path: want[0].path, What: "missing"})
			want = want[1:]
		case len(want) == 0 || have[0].path < want[0].path:
			list = append(list, Change{Path: have[0].path, What: "added"})
			have = have[1:]
		default:
			list = append(list, differences(want[0], have[0])...)
			want, have = want[1:], have[1:]
		}
	}
	return list
}

func differences(want, have entry) (list []Change) {
	switch {
	case want.kind != have.kind:
		return []Change{{want.path, "changed", "a " + want.kind, "a " + have.kind}}
	case want.link != have.link:
		return []Change{{want.path, "changed", "a link to " + want.link, "a link to " + have.link}}
	case want.size != have.size:
		list = append(list, Change{want.path, "changed", fmt.Sprintf("%d bytes", want.size), fmt.Sprintf("%d bytes", have.size)})
	case want.sum != have.sum:
		list = append(list, Change{want.path, "changed", "SHA-256 " + want.sum.String(), "SHA-256 " + have.sum.String()})
	}
	if want.mode != have.mode {
		list = append(list, Change{want.path, "mode", fmt.Sprintf("%04o", want.mode), fmt.Sprintf("%04o", have.mode)})
	}
	return list
}

// Adopt lists the files of an object without a listing as they are now, and updates its record to the current format.
// Before that it compares their number and size with the record. Its directories become writable for their owner.
func (s *Store) Adopt(ctx context.Context, o Object) (Object, []Change, error) {
	have, err := listTree(ctx, o.Dir)
	if err != nil {
		return o, nil, fmt.Errorf("verifying %s: %w", o.ID, err)
	}
	files, bytes := 0, int64(0)
	for _, e := range have {
		if e.kind == "file" {
			files, bytes = files+1, bytes+e.size
		}
	}
	if files != o.Record.Files || bytes != o.Record.Bytes {
		change := Change{".", "changed", fmt.Sprintf("%d files of %d bytes", o.Record.Files, o.Record.Bytes), fmt.Sprintf("%d files of %d bytes", files, bytes)}
		return o, []Change{change}, nil
	}
	err = s.exclusive(ctx, "listing "+o.ID.String(), func() (err error) {
		r := o.Record
		r.Schema = schema
		if _, r.Bytes, err = seal(o.Dir); err != nil {
			return err
		}
		if r.Tree, err = writeTree(ctx, o.Dir); err != nil {
			return err
		}
		data, err := r.encode()
		if err != nil {
			return err
		}
		o.Record = r
		return disk.ReplaceFile(filepath.Join(o.Dir, RecordName), data)
	})
	if err != nil {
		return o, nil, s.writing("listing "+o.ID.String(), err)
	}
	return o, nil, nil
}
