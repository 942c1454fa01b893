package debian

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/krustup/krustup/toolchain"
)

// SuiteStatus is what is known of a suite without asking the network.
type SuiteStatus struct {
	Suite      string
	Rank       int
	URL        string    // of the Release file; "" when there is no catalogue
	Date       time.Time // of the Release file; zero when there is no catalogue
	ValidUntil time.Time // zero: it does not expire
	Packages   int       // in the catalogue
	Stale      bool      // it had expired, and was accepted
	Err        error     // why the last Update could not read it, nil when it could
}

// Status gives every suite in order.
func (s *Supplier) Status(host toolchain.Host) ([]SuiteStatus, error) {
	names, err := s.host(host)
	if err != nil {
		return nil, err
	}
	var list []SuiteStatus
	for _, suite := range s.manifest.Suites {
		dir := s.dir(suite.Name, names.Arch)
		st := SuiteStatus{Suite: suite.Name, Rank: suite.Rank}
		m, err := readMeta(dir)
		if m != nil {
			st.URL, st.Date, st.ValidUntil, st.Packages, st.Stale = m.URL, m.Date, m.ValidUntil, m.Count, m.Stale
		}
		if st.Err = err; err == nil {
			st.Err = readFailure(dir, suite.Name)
		}
		list = append(list, st)
	}
	return list, nil
}

// failure is failed.json: why the last update of a suite failed.
type failure struct {
	When  time.Time   `json:"when"`
	What  string      `json:"what"`
	Stale *StaleError `json:"stale,omitempty"` // typed, because a caller can offer to accept it
}

// writeFailure keeps err for later runs; nil removes what was kept.
func writeFailure(dir string, now time.Time, err error) error {
	path := filepath.Join(dir, "failed.json")
	if err == nil {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("writing catalogue: %w", err)
		}
		return nil
	}
	f := failure{When: now, What: err.Error()}
	errors.As(err, &f.Stale)
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("writing catalogue: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("writing catalogue: %w", err)
	}
	return replaceFile(path, append(data, '\n'))
}

// readFailure gives a *StaleError or a *FailedError, or nil when the last update succeeded or there was none.
func readFailure(dir, suite string) error {
	name := filepath.Join(dir, "failed.json")
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading catalogue: %w", err)
	}
	var f failure
	if err := json.Unmarshal(data, &f); err != nil {
		return fmt.Errorf("reading catalogue %s: %w", name, err)
	}
	if f.Stale != nil {
		return f.Stale
	}
	return &FailedError{Suite: suite, When: f.When, What: f.What}
}
