package fetch_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/trust"
)

func TestBytes(t *testing.T) {
	size := int64(len(content))
	chunked := func(w http.ResponseWriter) {
		w.(http.Flusher).Flush()
		w.Write(content)
	}
	tests := []struct {
		name  string
		limit int64
		fault func(n int, w http.ResponseWriter) bool
		tries int
		want  any
	}{
		{"exactly", size, nil, 1, nil},
		{"one too many", size - 1, nil, 1, new(*trust.SizeError)},
		{"one too many, no Content-Length", size - 1, func(_ int, w http.ResponseWriter) bool { chunked(w); return true }, 1, new(*trust.SizeError)},
		{"missing", size, func(_ int, w http.ResponseWriter) bool { w.WriteHeader(404); return true }, 1, new(*fetch.NotFoundError)},
		{"busy, then found", size, func(n int, w http.ResponseWriter) bool {
			if n < 3 {
				w.WriteHeader(502)
			}
			return n < 3
		}, 3, nil},
		{"cut, then whole", size, func(n int, w http.ResponseWriter) bool { return n == 1 && cutAt(w, 1000) }, 2, nil},
		{"cut for good", size, func(_ int, w http.ResponseWriter) bool { return cutAt(w, 1000) }, 4, new(*fetch.UnreachableError)},
	}
	ways := map[string]func(t *testing.T, address string, limit int64) ([]byte, error){
		"into memory": func(t *testing.T, address string, limit int64) ([]byte, error) {
			return newClient(t, nil).Bytes(t.Context(), address, limit)
		},
		"into a file": func(t *testing.T, address string, limit int64) ([]byte, error) {
			dest := filepath.Join(t.TempDir(), "file")
			if err := newClient(t, nil).Save(t.Context(), address, dest, limit); err != nil {
				return nil, err
			}
			return os.ReadFile(dest)
		},
	}
	for _, test := range tests {
		for name, read := range ways {
			t.Run(test.name+" "+name, func(t *testing.T) {
				s := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) bool {
					return test.fault != nil && test.fault(n, w)
				})
				got, err := read(t, s.URL+"/InRelease", test.limit)
				if len(s.requests()) != test.tries {
					t.Errorf("requests %q, want %d", s.requests(), test.tries)
				}
				if test.want == nil {
					if err != nil || !bytes.Equal(got, content) {
						t.Errorf("%d bytes, %v", len(got), err)
					}
					return
				}
				if !errors.As(err, test.want) || got != nil {
					t.Errorf("%d bytes, error %v, want a %T", len(got), err, test.want)
				}
			})
		}
	}
}

func TestBytesCancel(t *testing.T) {
	s := serve(t, func(_ int, _ http.ResponseWriter, r *http.Request) bool {
		<-r.Context().Done()
		return true
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := newClient(t, nil).Bytes(ctx, s.URL, 10); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// A password or token in a URL is sent but is never part of an error.
func TestNoCredentialsInErrors(t *testing.T) {
	var sent bool
	s := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) bool {
		user, password, _ := r.BasicAuth()
		sent = user == "me" && password == "hunter2" && r.URL.Query().Get("token") == "hunter3"
		if r.URL.Path == "/redirect" {
			w.Header().Set("Location", "http://me:hunter2@127.0.0.1:1/?token=hunter3")
			w.WriteHeader(http.StatusFound)
			return true
		}
		w.WriteHeader(http.StatusForbidden)
		return true
	})
	host := strings.TrimPrefix(s.URL, "http://")
	closed := serve(t, nil)
	closed.Close()
	for _, address := range []string{
		"http://me:hunter2@" + host + "/f?token=hunter3",
		"http://me:hunter2@" + host + "/redirect?token=hunter3",
		"http://me:hunter2@" + strings.TrimPrefix(closed.URL, "http://") + "/f?token=hunter3",
	} {
		c := newClient(t, func(o *fetch.Options) { o.Retries = -1 })
		_, err := c.Bytes(t.Context(), address, 10)
		_, fileErr := c.File(t.Context(), newJob(t, address).Request)
		for _, err := range []error{err, fileErr} {
			if err == nil || strings.Contains(err.Error(), "hunter") || strings.Contains(err.Error(), "me:") {
				t.Errorf("error %v", err)
			}
		}
	}
	if !sent {
		t.Error("the credentials were not sent")
	}
}
