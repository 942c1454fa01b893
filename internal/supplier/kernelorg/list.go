package kernelorg

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
)

const (
	listFile   = "sha256sums.asc"
	absentFile = "absent" // marks a directory for which the server has no list
)

// list is the verified list of one directory.
type list struct {
	dir    string                  // such as "tools/llvm/files"
	made   time.Time               // when it was signed
	signer string                  // fingerprint
	files  map[string]trust.Digest // by name
	absent bool                    // the server has no list of this directory
}

// ListError reports a list with a good signature but an invalid line.
type ListError struct {
	URL    string
	Line   int
	Reason string
}

// Error starts with the URL and the line, counted from 1.
func (e *ListError) Error() string { return fmt.Sprintf("%s:%d: %s", e.URL, e.Line, e.Reason) }

// Unverified marks the error as a failed verification.
func (*ListError) Unverified() bool { return true }

func (s *Supplier) dir(dir string) string { return filepath.Join(s.catalogues().Dir(Name), dir) }

// load reads and verifies the list of a directory in the catalogues. It returns nil if there is no list. The error
// is a *store.UnreadableError.
func (s *Supplier) load(dir string) (*list, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l, ok := s.read[dir]; ok {
		return l, nil
	}
	name := filepath.Join(s.dir(dir), listFile)
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(s.dir(dir), absentFile)); err == nil {
			return &list{dir: dir, absent: true}, nil
		}
		return nil, nil
	}
	if err != nil {
		return nil, &store.UnreadableError{Path: name, Err: err}
	}
	l, err := s.verify(dir, name, data)
	if err != nil {
		return nil, &store.UnreadableError{Path: name, Err: err}
	}
	s.read[dir] = l
	return l, nil
}

// verify checks the signature of a list and parses it. name is used in messages.
func (s *Supplier) verify(dir, name string, data []byte) (*list, error) {
	text, signers, err := s.lists.VerifyClearsigned(name, data)
	if err != nil {
		return nil, err
	}
	l := &list{dir: dir, signer: signers[0].String(), files: map[string]trust.Digest{}}
	if l.made, err = trust.ClearsignedTime(data); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		sum, file, ok := strings.Cut(line, "  ")
		if !ok || file == "" {
			return nil, &ListError{name, number, fmt.Sprintf("found %q, expected a digest, two spaces and a name", line)}
		}
		digest, err := trust.ParseDigest(sum)
		if err != nil {
			return nil, &ListError{name, number, err.Error()}
		}
		if _, twice := l.files[file]; twice {
			return nil, &ListError{name, number, fmt.Sprintf("%s is listed twice", file)}
		}
		l.files[file] = digest
	}
	return l, nil
}
