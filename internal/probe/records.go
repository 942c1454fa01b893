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

// RecordError reports that a file has the name of a record but is not a valid one.
type RecordError struct {
	Path   string
	Reason string
}

func (e *RecordError) Error() string { return e.Path + ": " + e.Reason }

// ReadRecords returns all records in a directory, the newest first. A file that is not a valid record is skipped and
// reported in damaged, as a *RecordError. A missing directory has no records.
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
		return Record{}, &RecordError{path, "not a probe record: " + err.Error()}
	case r.Schema != Schema:
		return Record{}, &RecordError{path, fmt.Sprintf("expected format %d, found %d: run the probe again", Schema, r.Schema)}
	case r.Target == "" || r.Backend == "" || r.Date.IsZero():
		return Record{}, &RecordError{path, "expected a target, a backend and a date: run the probe again"}
	}
	return r, nil
}

// order lists the verdicts from best to worst.
var order = []Verdict{Passed, Built, Wrong, Ended, Failed, Absent}

// Best returns the result with the best verdict, the first of several. ok is false if there are no results.
func (r Record) Best() (best Result, ok bool) {
	at := len(order)
	for _, result := range r.Results {
		if i := slices.Index(order, result.Verdict); i >= 0 && i < at {
			best, ok, at = result, true, i
		}
	}
	return best, ok
}
