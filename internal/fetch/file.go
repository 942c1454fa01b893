package fetch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/krustup/krustup/internal/durable"
	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/trust"
)

// Request names a file and where it goes. Partial and Dest are on one file system; their directories are made.
type Request struct {
	URLs    []string     // http, https or file, tried in this order
	Size    int64        // bytes; 0: not known
	Digest  trust.Digest // must not be zero
	Partial string       // grows here, and stays here after an interruption
	Dest    string       // appears here when it is whole and verified
	// Progress, if set, hears of bytes as they come, from one goroutine. The sum of all n is what there is of the
	// file: n is negative when bytes have to be fetched again, and the sum is the whole size after success, even
	// when the file was here before.
	Progress func(n int64)
	// Waiting, if set, is told who fetches the same file at this moment, once and again whenever that changes.
	Waiting func(lock.Holder)
}

// Result says how a file got here.
type Result struct {
	FromCache bool   // it stood at Dest before, and verified again
	Bytes     int64  // that were moved, less than the size after a resumed download and more after a repeated one
	URL       string // where the last of them came from, without credentials; "" when none had to be moved
}

// File brings a file to r.Dest. One that is there already is verified again, and replaced when it is not the right one.
//
// An address that does not have the file, cannot be reached (after some tries) or gives other bytes is given up for
// the next one. When all fail the error holds those of each: *NotFoundError, *UnreachableError, *URLError,
// *trust.DigestError, *trust.SizeError. An error of the local disk or the end of ctx stops at once, and leaves Partial
// to be resumed, unless nothing came. Bytes that turn out wrong are deleted; when a part of them was resumed, the same address is asked once
// more for the whole.
func (c *Client) File(ctx context.Context, r Request) (Result, error) {
	if r.Digest.IsZero() || r.Partial == "" || r.Dest == "" || len(r.URLs) == 0 {
		return Result{}, fmt.Errorf("fetching %q: expected a digest, a partial file, a destination and an address", r.Dest)
	}
	d := &download{client: c, Request: r}
	if done, err := d.cached(); done || err != nil {
		return Result{FromCache: done}, err
	}
	unlock, err := r.lock(ctx)
	if err != nil {
		return Result{}, err
	}
	defer unlock()
	// Whoever had the lock before may have fetched just this file.
	if done, err := d.cached(); done || err != nil {
		return Result{FromCache: done}, err
	}
	result, err := d.run(ctx)
	if err != nil {
		d.dropEmpty()
	}
	return result, err
}

// lock keeps others, in this process and in others, from the same partial file: two writers of one would mix their bytes,
// and one could go on writing into a file that the other has already checked and renamed. The lock file goes away with the
// lock: each digest has one, and nobody would ever delete those of files that are here.
func (r Request) lock(ctx context.Context) (unlock func() error, err error) {
	path := r.Partial + ".lock"
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return lock.Lock(ctx, path, lock.Options{Reason: "fetching " + filepath.Base(r.Dest), Waiting: r.Waiting, Remove: true})
}

// download is one Request under way. Its lock is held.
type download struct {
	client *Client
	Request
	checked  *trust.Verifier // over what Partial holds; nil: not looked at yet
	resumed  bool            // Partial holds bytes of more than one answer
	fromZero bool            // do not resume any more
	moved    int64           // bytes
	shown    int64           // sum told to Progress
}

// cached looks for the file at Dest.
func (d *download) cached() (bool, error) {
	err := trust.VerifyFile(d.Dest, d.Digest, d.Size)
	switch {
	case err == nil:
		d.show(sizeOf(d.Dest))
		return true, nil
	case spoilt(err) || errors.Is(err, fs.ErrNotExist):
		return false, nil
	}
	return false, err
}

func (d *download) run(ctx context.Context) (Result, error) {
	var failed error
	for _, raw := range d.URLs {
		src, err := parseSource(raw)
		if err == nil {
			err = d.from(ctx, src)
		}
		if err == nil {
			result := Result{Bytes: d.moved}
			if d.moved > 0 {
				result.URL = src.String()
			}
			return result, nil
		}
		if final(ctx, err) {
			return Result{}, err
		}
		if len(d.URLs) == 1 {
			return Result{}, err
		}
		failed = errors.Join(failed, err)
	}
	return Result{}, failed
}

func (d *download) from(ctx context.Context, src source) error {
	if src.url.Scheme == "file" {
		return d.fromFile(ctx, src)
	}
	return d.fromServer(ctx, src)
}

// fromServer tries one address until the file is published or the address is given up.
func (d *download) fromServer(ctx context.Context, src source) error {
	d.fromZero = false
	patience := d.client.patience()
	var furthest int64
	for {
		err := d.attempt(ctx, src)
		switch {
		case err == nil:
			return d.publish(ctx)
		case spoilt(err):
			wasResumed := d.resumed
			if err := d.clear(); err != nil {
				return err
			}
			if !wasResumed || d.fromZero {
				return err
			}
			d.fromZero = true
			continue
		case final(ctx, err) || !passing(err):
			return err
		}
		// A bad line that still gets on is not given up: only tries that brought nothing much are counted.
		if d.checked != nil && d.checked.Count() >= furthest+worthwhile {
			furthest = d.checked.Count()
			patience = d.client.patience()
		}
		if !patience.again(ctx) {
			if ctx.Err() != nil {
				return fmt.Errorf("fetching %s: %w", src, context.Cause(ctx))
			}
			return err
		}
	}
}

// worthwhile is how many bytes make a broken attempt one that got on.
const worthwhile = 256 << 10

// clear deletes the partial file.
func (d *download) clear() error {
	d.checked, d.resumed = nil, false
	d.show(-d.shown)
	if err := os.Remove(d.Partial); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("deleting a partial file: %w", err)
	}
	return nil
}

// dropEmpty deletes a partial file that nothing came into: go-getter makes it before it asks. The lock is held, so it
// is nobody else's. The caller has an error to tell already.
func (d *download) dropEmpty() {
	if info, err := os.Lstat(d.Partial); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		_ = os.Remove(d.Partial)
	}
}

// publish makes the verified Partial appear at Dest, unless ctx has ended: then Partial is whole, and the next call needs
// no byte more.
func (d *download) publish(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(d.Dest), 0o755); err != nil {
		return fmt.Errorf("publishing a fetched file: %w", err)
	}
	if err := durable.Publish(ctx, d.Partial, d.Dest); err != nil {
		return fmt.Errorf("publishing a fetched file: %w", err)
	}
	return nil
}

// show tells Progress.
func (d *download) show(n int64) {
	d.shown += n
	if d.Progress != nil && n != 0 {
		d.Progress(n)
	}
}

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
