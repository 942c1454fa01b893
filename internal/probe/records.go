package probe

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// RecordError says that a file of the proofs' directory has the name of a record and is none.
type RecordError struct {
	Path   string
	Reason string
}

func (e *RecordError) Error() string { return e.Path + ": " + e.Reason }

// ReadRecords reads all records of a directory, the newest first. A file that is no record is left out, with a
// *RecordError in damaged; a directory that is not there has none.
func ReadRecords(dir string) (records []Record, damaged []error) {
	paths, err := filepath.Glob(filepath.Join(dir, "probe-*.json"))
	if err != nil {
		return nil, []error{err}
	}
	for _, path := range paths {
		r, err := readRecord(path)
		switch {
		case errors.Is(err, fs.ErrNotExist): // a probe replaces records while others read
		case err != nil:
			damaged = append(damaged, err)
		default:
			records = append(records, r)
		}
	}
	slices.SortStableFunc(records, func(a, b Record) int { return b.Date.Compare(a.Date) })
	return records, damaged
}

func readRecord(path string) (Record, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Record{}, fmt.Errorf("reading probe: %w", err)
	}
	var r Record
	switch err := json.Unmarshal(data, &r); {
	case err != nil:
		return Record{}, &RecordError{path, "not a probe's record: " + err.Error()}
	case r.Schema != Schema:
		return Record{}, &RecordError{path, fmt.Sprintf("expected format %d, found %d: probe it again", Schema, r.Schema)}
	case r.Target == "" || r.Backend == "" || r.Date.IsZero():
		return Record{}, &RecordError{path, "expected a target, a backend and a date: probe it again"}
	}
	return r, nil
}

// order is how far verdicts are from what is hoped for.
var order = []Verdict{Passed, Built, Wrong, Ended, Failed, Absent}

// Best gives the result that came furthest, the first of equals; ok is false without any.
func (r Record) Best() (best Result, ok bool) {
	at := len(order)
	for _, result := range r.Results {
		if i := slices.Index(order, result.Verdict); i >= 0 && i < at {
			best, ok, at = result, true, i
		}
	}
	return best, ok
}
