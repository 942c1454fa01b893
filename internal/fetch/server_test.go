package fetch_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/trust"
)

// content is the file that the tests fetch: larger than a read buffer, and without repetitions.
var content = func() []byte {
	random := rand.NewChaCha8([32]byte{1})
	data := make([]byte, 1<<20+12345)
	random.Read(data)
	return data
}()

// server serves content at every path and records its requests.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // "GET bytes=5-", "HEAD "
}

// serve starts a server. fault gets every request, numbered from 1 per method, and returns true when it has responded.
func serve(t *testing.T, fault func(n int, w http.ResponseWriter, r *http.Request) bool) *server {
	t.Helper()
	s := &server{}
	count := map[string]int{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.Method+" "+r.Header.Get("Range"))
		count[r.Method]++
		n := count[r.Method]
		s.mu.Unlock()
		if fault == nil || !fault(n, w, r) {
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// cutAt sends the first n bytes of the file and then closes the connection.
func cutAt(w http.ResponseWriter, n int) bool {
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	w.Write(content[:n])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func newClient(t *testing.T, change func(*fetch.Options)) *fetch.Client {
	t.Helper()
	opts := fetch.Options{Backoff: time.Millisecond, Timeout: 5 * time.Second}
	if change != nil {
		change(&opts)
	}
	client, err := fetch.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// job is a request into its own directory, with the sum and the minimum of what Progress reported.
type job struct {
	fetch.Request
	sum int64
	low int64
}

func newJob(t *testing.T, urls ...string) *job {
	t.Helper()
	dir := t.TempDir()
	j := &job{}
	j.Request = fetch.Request{
		URLs: urls, Size: int64(len(content)), Digest: trust.DigestOf(content),
		Partial: filepath.Join(dir, "partial", "f"), Dest: filepath.Join(dir, "archives", "f"),
		Progress: func(n int64) {
			j.sum += n
			j.low = min(j.low, j.sum)
		},
	}
	return j
}

// partial writes data to the partial file, as an interrupted download would.
func (j *job) partial(t *testing.T, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(j.Partial), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(j.Partial, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// fetched checks that the file is at its destination, and that nothing else is left.
func (j *job) fetched(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(j.Dest)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, content) {
		t.Errorf("the %d fetched bytes differ from the %d that were served", len(got), len(content))
	}
	if j.sum != int64(len(content)) || j.low < 0 {
		t.Errorf("progress is %d bytes (lowest %d), want %d", j.sum, j.low, len(content))
	}
	j.leaves(t, 0)
}

// leaves checks the size of the partial file (0: it does not exist), and that the lock file is removed.
func (j *job) leaves(t *testing.T, bytes int64) {
	t.Helper()
	var size int64
	if info, err := os.Stat(j.Partial); err == nil {
		size = info.Size()
		if bytes == 0 {
			t.Errorf("a partial file of %d bytes was left", size)
		}
	}
	if size != bytes {
		t.Errorf("the partial file holds %d bytes, expected %d", size, bytes)
	}
	if _, err := os.Lstat(j.Partial + ".lock"); err == nil {
		t.Error("the lock file was left")
	}
}

// missing checks that nothing was published.
func (j *job) missing(t *testing.T) {
	t.Helper()
	if _, err := os.Lstat(j.Dest); err == nil {
		t.Error("a file was published")
	}
}
