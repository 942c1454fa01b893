package fetch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/trust"
)

func TestFileFresh(t *testing.T) {
	s := serve(t, func(_ int, _ http.ResponseWriter, r *http.Request) bool {
		if agent := r.Header.Get("User-Agent"); agent != "krustup/test" {
			t.Errorf("user agent is %q", agent)
		}
		if r.Header.Get("Accept-Encoding") != "" {
			t.Error("requested a compressed response")
		}
		return false
	})
	c := newClient(t, func(o *fetch.Options) { o.UserAgent = "krustup/test" })
	j := newJob(t, s.URL+"/f")
	got, err := c.File(t.Context(), j.Request)
	j.fetched(t, err)
	if want := (fetch.Result{Bytes: int64(len(content)), URL: s.URL + "/f"}); got != want {
		t.Errorf("result %+v, want %+v", got, want)
	}
	if asked := s.requests(); !slices.Equal(asked, []string{"GET "}) {
		t.Errorf("requests %q, want one GET", asked)
	}
	// The second call makes no request.
	j.sum = 0
	got, err = c.File(t.Context(), j.Request)
	j.fetched(t, err)
	if !got.FromCache || got.Bytes != 0 || len(s.requests()) != 1 {
		t.Errorf("result %+v after %q", got, s.requests())
	}
	// A file that was damaged since then is fetched again.
	if err := os.WriteFile(j.Dest, bytes.ToUpper(content), 0o644); err != nil {
		t.Fatal(err)
	}
	j.sum = 0
	got, err = c.File(t.Context(), j.Request)
	j.fetched(t, err)
	if got.FromCache {
		t.Error("a damaged file was used from the cache")
	}
}

func TestFileSizeNotKnown(t *testing.T) {
	s := serve(t, nil)
	j := newJob(t, s.URL)
	j.Size = 0
	j.partial(t, content[:1000])
	_, err := newClient(t, nil).File(t.Context(), j.Request)
	j.fetched(t, err)
}

// Partial files of an earlier call, and responses of a server to a request to resume.
func TestFileResume(t *testing.T) {
	const half = 600_000
	wrong := slices.Clone(content)
	wrong[100] ^= 1
	tests := []struct {
		name    string
		partial []byte
		fault   func(n int, w http.ResponseWriter, r *http.Request) bool
		asked   []string
		moved   int64
	}{
		{"rest", content[:half], nil, []string{"HEAD ", "GET bytes=600000-"}, int64(len(content)) - half},
		{"whole", content, nil, nil, 0},
		{"whole but wrong", wrong, nil, []string{"GET "}, int64(len(content))},
		{"too long", append(slices.Clone(content), 'x'), nil, []string{"GET "}, int64(len(content))},
		{"wrong start", wrong[:half], nil, []string{"HEAD ", "GET bytes=600000-", "GET "}, 2*int64(len(content)) - half},
		{"empty", []byte{}, nil, []string{"GET "}, int64(len(content))},
		{"server cannot", content[:half], func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Write(content)
			return true
		}, []string{"HEAD ", "GET "}, int64(len(content))},
		{"server says it can and sends all", content[:half], func(_ int, w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Accept-Ranges", "bytes")
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			w.Write(content)
			return true
		}, []string{"HEAD ", "GET bytes=600000-", "GET "}, int64(len(content))},
		{"416", content[:half], func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("Range") == "" {
				return false
			}
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return true
		}, []string{"HEAD ", "GET bytes=600000-", "GET "}, int64(len(content))},
		{"wrong range", content[:half], func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("Range") != "" {
				r.Header.Set("Range", "bytes=500000-")
			}
			return false
		}, []string{"HEAD ", "GET bytes=600000-", "GET "}, int64(len(content))},
		{"range of another file", content[:half], func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("Range") == "" {
				return false
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", half, half+9, half+10))
			w.WriteHeader(http.StatusPartialContent)
			w.Write(content[:10])
			return true
		}, []string{"HEAD ", "GET bytes=600000-", "GET "}, int64(len(content))},
		{"server has a shorter file at first", content[:half], func(n int, w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodHead {
				w.Header().Set("Accept-Ranges", "bytes")
				w.Header().Set("Content-Length", "10")
				return true
			}
			return false
		}, []string{"HEAD ", "GET "}, int64(len(content))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.fault)
			j := newJob(t, s.URL+"/f")
			j.partial(t, test.partial)
			got, err := newClient(t, nil).File(t.Context(), j.Request)
			j.fetched(t, err)
			if asked := s.requests(); !slices.Equal(asked, test.asked) {
				t.Errorf("requests %q, want %q", asked, test.asked)
			}
			if got.Bytes != test.moved || got.FromCache {
				t.Errorf("result %+v, want %d bytes moved", got, test.moved)
			}
		})
	}
}

func TestFileCutInTheMiddle(t *testing.T) {
	s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) bool {
		return r.Method == http.MethodGet && n == 1 && cutAt(w, 700_000)
	})
	j := newJob(t, s.URL)
	got, err := newClient(t, nil).File(t.Context(), j.Request)
	j.fetched(t, err)
	if got.Bytes != int64(len(content)) {
		t.Errorf("%d bytes moved for a file of %d", got.Bytes, len(content))
	}
}

// A connection that is interrupted repeatedly but makes progress is retried more often than Retries.
func TestFileCutOften(t *testing.T) {
	s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || n > 3 {
			return false
		}
		start := (n - 1) * 300_000
		if start > 0 {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, len(content)-1, len(content)))
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(content)-start))
		if start > 0 {
			w.WriteHeader(http.StatusPartialContent)
		}
		w.Write(content[start : start+300_000])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	j := newJob(t, s.URL)
	_, err := newClient(t, func(o *fetch.Options) { o.Retries = 1 }).File(t.Context(), j.Request)
	j.fetched(t, err)
}

func TestFileCutForGood(t *testing.T) {
	s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n > 1 || r.Method == http.MethodHead {
			panic(http.ErrAbortHandler)
		}
		return cutAt(w, 700_000)
	})
	j := newJob(t, s.URL)
	_, err := newClient(t, nil).File(t.Context(), j.Request)
	var unreachable *fetch.UnreachableError
	if !errors.As(err, &unreachable) {
		t.Fatalf("error %v, want an *UnreachableError", err)
	}
	j.missing(t)
	// go-getter starts over when its HEAD fails, but there was no response to start over with.
	j.leaves(t, 700_000)
	if j.sum != 700_000 {
		t.Errorf("progress is %d, want 700000 bytes", j.sum)
	}
	// The next call resumes there.
	s2 := serve(t, nil)
	j.URLs, j.sum = []string{s2.URL}, 0
	got, err := newClient(t, nil).File(t.Context(), j.Request)
	j.fetched(t, err)
	if got.Bytes != int64(len(content))-700_000 {
		t.Errorf("%d bytes moved", got.Bytes)
	}
}

// Responses with other bytes than the file.
func TestFileWrongBytes(t *testing.T) {
	flipped := slices.Clone(content)
	flipped[len(flipped)/2] ^= 0x10
	endless := func(w http.ResponseWriter) {
		for range 64 {
			if _, err := w.Write(content); err != nil {
				return
			}
		}
	}
	var sizeError *trust.SizeError
	var digestError *trust.DigestError
	tests := []struct {
		name string
		send func(w http.ResponseWriter)
		want any
	}{
		{"bit flip", func(w http.ResponseWriter) { w.Write(flipped) }, &digestError},
		{"oversize", func(w http.ResponseWriter) { w.Write(append(slices.Clone(content), 'x')) }, &sizeError},
		{"endless", endless, &sizeError},
		{"truncated", func(w http.ResponseWriter) { w.Write(content[:len(content)-1]) }, &sizeError},
		{"a login page", func(w http.ResponseWriter) { w.Write([]byte("<html>")) }, &sizeError},
		{"nothing", func(http.ResponseWriter) {}, &sizeError},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
				test.send(w)
				return true
			})
			j := newJob(t, s.URL+"/f")
			_, err := newClient(t, nil).File(t.Context(), j.Request)
			if !errors.As(err, test.want) {
				t.Fatalf("error %v, want a %T", err, test.want)
			}
			if !strings.Contains(err.Error(), s.URL+"/f") {
				t.Errorf("error without its URL: %v", err)
			}
			j.missing(t)
			j.leaves(t, 0)
			if j.sum != 0 {
				t.Errorf("progress is %d, want 0", j.sum)
			}
			// The next mirror has the right file.
			j.URLs = append(j.URLs, serve(t, nil).URL)
			_, err = newClient(t, nil).File(t.Context(), j.Request)
			j.fetched(t, err)
		})
	}
}

func TestFileStatus(t *testing.T) {
	tests := []struct {
		name   string
		status []int // of the first answers; then the file
		tries  int
		want   any
	}{
		{"busy, then found", []int{503, 500, 429}, 4, nil},
		{"busy for good", []int{503, 503, 503, 503, 503}, 4, new(*fetch.UnreachableError)},
		{"not found", []int{404}, 1, new(*fetch.NotFoundError)},
		{"gone", []int{410}, 1, new(*fetch.NotFoundError)},
		{"forbidden", []int{403}, 1, new(*fetch.NotFoundError)},
		{"a range that was not requested", []int{206, 206, 206, 206}, 4, new(*fetch.UnreachableError)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) bool {
				if n > len(test.status) {
					return false
				}
				w.WriteHeader(test.status[n-1])
				return true
			})
			j := newJob(t, s.URL)
			_, err := newClient(t, nil).File(t.Context(), j.Request)
			if len(s.requests()) != test.tries {
				t.Errorf("requests %q, want %d", s.requests(), test.tries)
			}
			if test.want == nil {
				j.fetched(t, err)
				return
			}
			if !errors.As(err, test.want) {
				t.Fatalf("error %v, want a %T", err, test.want)
			}
			j.missing(t)
			j.leaves(t, 0)
			var missing *fetch.NotFoundError
			if errors.As(err, &missing) && missing.Status != test.status[0] {
				t.Errorf("status is %d", missing.Status)
			}
		})
	}
}

func TestFileNextMirror(t *testing.T) {
	missing := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusNotFound)
		return true
	})
	closed := serve(t, nil)
	closed.Close()
	good := serve(t, nil)
	j := newJob(t, missing.URL+"/a", "git::"+good.URL, closed.URL+"/b")
	started := time.Now()
	c := newClient(t, func(o *fetch.Options) { o.Backoff = time.Hour })
	_, err := c.File(t.Context(), j.Request)
	// The error wraps all failures.
	var notFound *fetch.NotFoundError
	var unreachable *fetch.UnreachableError
	var address *fetch.URLError
	if !errors.As(err, &notFound) || !errors.As(err, &unreachable) || !errors.As(err, &address) {
		t.Fatalf("error %v", err)
	}
	if time.Since(started) > 10*time.Second {
		t.Error("retried a server that refuses connections")
	}
	j.leaves(t, 0)
	j.URLs = append(j.URLs, good.URL+"/c")
	got, err := c.File(t.Context(), j.Request)
	j.fetched(t, err)
	if got.URL != good.URL+"/c" {
		t.Errorf("URL is %s", got.URL)
	}
}

func TestFileCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:500_000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	})
	j := newJob(t, s.URL, s.URL+"/second")
	progress := j.Progress
	j.Progress = func(n int64) {
		if progress(n); j.sum == 500_000 {
			cancel()
		}
	}
	_, err := newClient(t, nil).File(ctx, j.Request)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want that of the context", err)
	}
	j.missing(t)
	j.leaves(t, 500_000)
	if asked := s.requests(); len(asked) != 1 {
		t.Errorf("requests %q, want none after the cancellation", asked)
	}
}

// A connection on which the server stops sending times out, and the rest is requested again.
func TestFileSilence(t *testing.T) {
	s := serve(t, func(n int, w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodHead || n > 1 {
			return false
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Write(content[:500_000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	})
	j := newJob(t, s.URL)
	_, err := newClient(t, func(o *fetch.Options) { o.Timeout = 500 * time.Millisecond }).File(t.Context(), j.Request)
	j.fetched(t, err)
	mute := serve(t, func(_ int, _ http.ResponseWriter, r *http.Request) bool {
		<-r.Context().Done()
		return true
	})
	j = newJob(t, mute.URL)
	_, err = newClient(t, func(o *fetch.Options) { o.Timeout, o.Retries = 100*time.Millisecond, -1 }).File(t.Context(), j.Request)
	var unreachable *fetch.UnreachableError
	if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "timeout: no data for 100ms") {
		t.Errorf("error %v", err)
	}
	j.leaves(t, 0)
}

// Concurrent calls fetch the file once: the others wait and find it. Run with -race.
func TestFileTwoAtOnce(t *testing.T) {
	s := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		for from := 0; from < len(content); from += 200_000 {
			w.Write(content[from:min(from+200_000, len(content))])
			w.(http.Flusher).Flush()
			time.Sleep(10 * time.Millisecond)
		}
		return true
	})
	first := newJob(t, s.URL)
	var wait sync.WaitGroup
	results := make([]fetch.Result, 4)
	jobs := make([]*job, len(results))
	errs := make([]error, len(results))
	for i := range results {
		jobs[i] = newJob(t, s.URL)
		jobs[i].Partial, jobs[i].Dest = first.Partial, first.Dest
		client := newClient(t, nil)
		wait.Go(func() { results[i], errs[i] = client.File(t.Context(), jobs[i].Request) })
	}
	wait.Wait()
	moved := int64(0)
	for i := range results {
		jobs[i].fetched(t, errs[i])
		moved += results[i].Bytes
	}
	if moved != int64(len(content)) || len(s.requests()) != 1 {
		t.Errorf("transferred %d bytes with %q, want each byte once", moved, s.requests())
	}
}

func TestFileWaitsForLockUntilCancelled(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, func(_ int, _ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return false
	})
	j := newJob(t, s.URL)
	j.Progress = nil
	done := make(chan error, 1)
	client := newClient(t, nil)
	go func() {
		_, err := client.File(context.WithoutCancel(t.Context()), j.Request)
		done <- err
	}()
	for len(s.requests()) == 0 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := client.File(ctx, j.Request); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want that of the context", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// When no URL sends a byte, no empty file remains: neither after a connection that was closed at once, nor after a
// response without a body, nor one that an earlier krustup left.
func TestFileNothingCame(t *testing.T) {
	for name, fault := range map[string]func(n int, w http.ResponseWriter, r *http.Request) bool{
		"closed at once": func(_ int, w http.ResponseWriter, _ *http.Request) bool { return cutAt(w, 0) },
		"empty answer":   func(_ int, w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusOK); return true },
		"not found": func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusNotFound)
			return true
		},
		"bad gateway": func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusBadGateway)
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, fault)
			j := newJob(t, s.URL+"/a", s.URL+"/b")
			c := newClient(t, func(o *fetch.Options) { o.Retries = -1 })
			for range 2 {
				if _, err := c.File(t.Context(), j.Request); err == nil {
					t.Error("expected an error")
				}
				j.missing(t)
				j.leaves(t, 0)
				j.partial(t, nil)
			}
		})
	}
}

// After an error of the local disk, no other mirror is tried.
func TestFileLocalError(t *testing.T) {
	s := serve(t, nil)
	j := newJob(t, s.URL, s.URL)
	if err := os.MkdirAll(j.Dest, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := newClient(t, nil).File(t.Context(), j.Request)
	var unreachable *fetch.UnreachableError
	if err == nil || errors.As(err, &unreachable) || len(s.requests()) > 1 {
		t.Errorf("error %v after %q", err, s.requests())
	}
}

func TestFileIncompleteRequest(t *testing.T) {
	whole := newJob(t, "http://127.0.0.1:1/f").Request
	for _, change := range []func(*fetch.Request){
		func(r *fetch.Request) { r.Digest = trust.Digest{} },
		func(r *fetch.Request) { r.Dest = "" },
		func(r *fetch.Request) { r.Partial = "" },
		func(r *fetch.Request) { r.URLs = nil },
	} {
		r := whole
		change(&r)
		if _, err := newClient(t, nil).File(t.Context(), r); err == nil || !strings.Contains(err.Error(), "expected a digest") {
			t.Errorf("error %v", err)
		}
	}
}
