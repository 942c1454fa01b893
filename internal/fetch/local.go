package fetch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/hashicorp/go-getter/v2"
	"golang.org/x/sys/unix"

	"github.com/krustup/krustup/internal/trust"
)

// fromFile copies a local file. It never links to it, because the file may change in its mirror. It does not resume,
// because go-getter starts over and a copy is quick.
func (d *download) fromFile(ctx context.Context, src source) error {
	size, err := localSize(src)
	if err != nil {
		return err
	}
	if d.Size > 0 && size != d.Size {
		return &trust.SizeError{Name: src.String(), Want: d.Size, Got: size}
	}
	if err := d.clear(); err != nil {
		return err
	}
	if _, err := getterFor(new(getter.FileGetter)).Get(ctx, getterRequest(src, d.Partial)); err != nil {
		return explain(ctx, src, err)
	}
	d.moved += size
	if err := trust.VerifyFile(d.Partial, d.Digest, size); err != nil {
		if err := d.clear(); err != nil {
			return err
		}
		return explain(ctx, src, err)
	}
	d.show(size)
	return d.publish(ctx)
}

// localSize returns the size of a local file. It makes sure that go-getter will find a regular file, because its errors
// do not distinguish a missing source from a full disk.
func localSize(src source) (int64, error) {
	// Without O_NONBLOCK, opening a pipe would wait for a writer.
	file, err := os.OpenFile(src.url.Path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, &NotFoundError{URL: src.String()}
	}
	if err != nil {
		return 0, &UnreachableError{URL: src.String(), Err: reason(err)}
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, &UnreachableError{URL: src.String(), Err: reason(err)}
	}
	if !info.Mode().IsRegular() {
		return 0, &UnreachableError{URL: src.String(), Err: fmt.Errorf("not a regular file (%v)", info.Mode().Type())}
	}
	return info.Size(), nil
}

// reason removes the fs.PathError, so that the error is not taken for one of the destination's disk.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
