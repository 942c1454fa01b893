package mirrortest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Server serves the files of a directory over HTTP on loopback, with faults on request.
type Server struct {
	URL string
	dir string
	srv *httptest.Server

	mu     sync.Mutex
	faults []*Fault
	log    []Request
}

// Fault describes how answers to some requests are wrong. If several fields are set, all of them apply.
type Fault struct {
	Path  string // affected requests: an exact path or a pattern of path.Match; "": all
	Times int    // number of requests that are affected; 0: no limit

	Status      int           // answer with this status and a short text
	Body        []byte        // answer with these bytes in place of the file's
	Delay       time.Duration // wait before the answer
	Slow        time.Duration // wait before every 4 KiB of the answer
	Cut         int64         // close the connection after this number of bytes; 0: never
	Flip        bool          // change one bit in the middle of the file
	IgnoreRange bool          // answer a request for a range with the whole file
	WrongRange  bool          // answer a request for a range with one that begins a byte earlier
	Refuse      bool          // answer a request for a range with status 416

	used int
}

// Request is a request that a client sent.
type Request struct {
	Path  string
	Range string // Range header, "" if there was none
	Agent string // User-Agent header
}

// NewServer starts a server that serves dir until Close is called.
func NewServer(dir string) *Server {
	s := &Server{dir: dir}
	s.srv = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = s.srv.URL
	return s
}

// Close stops the server and closes open connections.
func (s *Server) Close() {
	s.srv.CloseClientConnections()
	s.srv.Close()
}

// Fault adds a fault. Only the first fault that matches a request affects it.
func (s *Server) Fault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// Heal removes all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Requests returns the requests since the start or the last Forget, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.log...)
}

// Count returns the number of requests for a path, or for all paths that match a pattern of path.Match.
func (s *Server) Count(pattern string) int {
	n := 0
	for _, r := range s.Requests() {
		if fits(pattern, r.Path) {
			n++
		}
	}
	return n
}

// Forget clears the record of requests.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = nil
}

func fits(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return pattern == name || ok && err == nil
}

func (s *Server) note(r *http.Request) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, Request{Path: r.URL.Path, Range: r.Header.Get("Range"), Agent: r.UserAgent()})
	for _, f := range s.faults {
		if f.Path != "" && !fits(f.Path, r.URL.Path) || f.Times > 0 && f.used >= f.Times {
			continue
		}
		f.used++
		return *f
	}
	return Fault{}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	f := s.note(r)
	if f.Delay > 0 {
		select {
		case <-r.Context().Done():
			return
		case <-time.After(f.Delay):
		}
	}
	if f.Status != 0 {
		http.Error(w, http.StatusText(f.Status), f.Status)
		return
	}
	name := filepath.Join(s.dir, filepath.FromSlash(path.Clean("/"+r.URL.Path)))
	data, modified := f.Body, epoch
	if data == nil {
		info, err := os.Stat(name)
		if err == nil && info.IsDir() {
			err = os.ErrNotExist
		}
		if err == nil {
			modified = info.ModTime()
			data, err = os.ReadFile(name)
		}
		if err != nil {
			http.NotFound(w, r)
			return
		}
	}
	if f.Flip && len(data) > 0 {
		data = bytes.Clone(data)
		data[len(data)/2] ^= 1
	}
	if f.spoilRange(w, r, len(data)) {
		return
	}
	http.ServeContent(&body{ResponseWriter: w, fault: f}, r, "file", modified, bytes.NewReader(data))
}

// spoilRange applies a fault to a request for a range. It reports whether it has written the answer.
func (f Fault) spoilRange(w http.ResponseWriter, r *http.Request, size int) bool {
	asked := r.Header.Get("Range")
	switch {
	case asked == "":
	case f.Refuse:
		w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", size))
		http.Error(w, "range not satisfiable", http.StatusRequestedRangeNotSatisfiable)
		return true
	case f.IgnoreRange:
		r.Header.Del("Range")
	case f.WrongRange:
		var from int64
		if _, err := fmt.Sscanf(strings.TrimPrefix(asked, "bytes="), "%d-", &from); err == nil && from > 0 {
			r.Header.Set("Range", fmt.Sprintf("bytes=%d-", from-1))
		}
	}
	return false
}

// body is a ResponseWriter for an answer that is slow or ends too early.
type body struct {
	http.ResponseWriter
	fault Fault
	sent  int64
}

func (b *body) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		part := p[:min(len(p), 4<<10)]
		if cut := b.fault.Cut; cut > 0 {
			part = part[:min(int64(len(part)), cut-b.sent)]
			if len(part) == 0 {
				b.flush()
				panic(http.ErrAbortHandler) // closes the connection without a message in the log
			}
		}
		if b.fault.Slow > 0 {
			b.flush()
			time.Sleep(b.fault.Slow)
		}
		n, err := b.ResponseWriter.Write(part)
		written += n
		b.sent += int64(n)
		if err != nil {
			return written, err
		}
		p = p[n:]
	}
	return written, nil
}

func (b *body) flush() {
	if f, ok := b.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}
