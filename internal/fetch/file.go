package fetch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/trust"
)

// Request describes a file and its destination. Partial and Dest have to be on the same file system; their directories
// are created.
type Request struct {
	URLs    []string     // http, https or file, tried in this order
	Size    int64        // bytes; 0: not known
	Digest  trust.Digest // must not be zero
	Partial string       // the file during the download; it remains after an interruption
	Dest    string       // the complete and verified file
	// Progress, if set, is called by one goroutine as bytes arrive. The sum of all n is the number of bytes available so
	// far: n is negative when bytes have to be fetched again, and the sum is the size of the file after success, even
	// when it was already at Dest.
	Progress func(n int64)
	// Waiting, if set, is called with the process that is fetching the same file, and again whenever that changes.
	Waiting func(lock.Holder)
}

// Result says how a file was obtained.
type Result struct {
	FromCache bool   // it was already at Dest, and was verified again
	Bytes     int64  // bytes transferred: less than the size after resuming, more after starting over
	URL       string // source of the last bytes, without credentials; "" when none were transferred
}

// File fetches a file to r.Dest. A file that is already there is verified again, and replaced when its digest is wrong.
//
// When a URL does not have the file, is unreachable (after some retries) or serves other bytes, File tries the next
// one. When all fail, the error wraps those of each URL: *NotFoundError, *UnreachableError, *URLError,
// *trust.DigestError, *trust.SizeError. An error of the local disk or the end of ctx stops at once, and leaves Partial
// to be resumed unless it is empty. Bytes with a wrong digest are deleted; when some of them had been resumed, the
// whole file is requested once more from the same URL.
func (c *Client) File(ctx context.Context, r Request) (Result, error) {
	if r.Digest.IsZero() || r.Partial == "" || r.Dest == "" || len(r.URLs) == 0 {
		return Result{}, fmt.Errorf("fetching %q: expected a digest, a partial file, a destination and a URL", r.Dest)
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
	// The previous holder of the lock may have fetched the same file.
	if done, err := d.cached(); done || err != nil {
		return Result{FromCache: done}, err
	}
	result, err := d.run(ctx)
	if err != nil {
		d.dropEmpty()
	}
	return result, err
}

// lock excludes other downloads, in this process and in others, from the same partial file: two writers would mix their
// bytes, and one could still write into a file that the other has already verified and renamed. The lock file is
// removed with the lock: each digest has one, and nothing else would ever delete it.
func (r Request) lock(ctx context.Context) (unlock func() error, err error) {
	path := r.Partial + ".lock"
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return lock.Lock(ctx, path, lock.Options{Reason: "fetching " + filepath.Base(r.Dest), Waiting: r.Waiting, Remove: true})
}

// download is a Request in progress. Its lock is held.
type download struct {
	client *Client
	Request
	checked  *trust.Verifier // over the contents of Partial; nil: not read yet
	resumed  bool            // Partial holds bytes of more than one response
	fromZero bool            // do not resume
	moved    int64           // bytes transferred
	shown    int64           // sum reported to Progress
}

// cached reports whether Dest is the requested file.
func (d *download) cached() (bool, error) {
	err := trust.VerifyFile(d.Dest, d.Digest, d.Size)
	switch {
	case err == nil:
		d.show(disk.Size(d.Dest))
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

// fromServer tries one URL until the file is published or the retries are used up.
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
		// Do not give up on a bad connection that makes progress: only attempts without much progress are counted.
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

// worthwhile is the number of bytes from which an interrupted attempt counts as progress.
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

// dropEmpty deletes an empty partial file: go-getter creates it before its request. The lock is held, so no one else
// uses it. Errors are ignored, because the caller already has one to report.
func (d *download) dropEmpty() {
	if info, err := os.Lstat(d.Partial); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		_ = os.Remove(d.Partial)
	}
}

// publish makes the verified Partial appear at Dest, unless ctx has ended: then Partial is whole, and the next call
// needs no byte more.
func (d *download) publish(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(d.Dest), 0o755); err != nil {
		return fmt.Errorf("publishing a fetched file: %w", err)
	}
	if err := disk.Publish(ctx, d.Partial, d.Dest); err != nil {
		return fmt.Errorf("publishing a fetched file: %w", err)
	}
	return nil
}

// show reports n bytes to Progress.
func (d *download) show(n int64) {
	d.shown += n
	if d.Progress != nil && n != 0 {
		d.Progress(n)
	}
}
