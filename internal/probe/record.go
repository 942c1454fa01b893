package probe

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"github.com/krustup/krustup/internal/trust"
)

// Schema is the version of a Record's format (docs/probe.md).
const Schema = 1

// Record is the content of a probe file: the results of one target with one backend. docs/probe.md describes its
// format.
type Record struct {
	Schema  int       `json:"schema"`
	Target  string    `json:"target"`
	Backend Backend   `json:"backend"`
	Host    string    `json:"host"` // rustc's triple of the machine that probed
	Date    time.Time `json:"date"`
	Flags   []string  `json:"flags"` // flags of every compilation
	Results []Result  `json:"results"`
}

// NewRecord returns a record without results, dated now in UTC, to the second.
func NewRecord(target string, backend Backend, host string) Record {
	flags := RustcFlags()
	if backend == GCCRS {
		flags = GccrsFlags()
	}
	return Record{
		Schema: Schema, Target: target, Backend: backend, Host: host, Flags: flags, Results: []Result{},
		Date: time.Now().UTC().Truncate(time.Second),
	}
}

// Name returns the name of the record's file, or "" if nothing was tried: probe-arm64-llvm-1.96.1-0d3f5a6c.json. The
// last part is a digest of the compiler's version line and its LLVM version, because two builds of one version can
// behave differently.
func (r Record) Name() string {
	for _, result := range r.Results {
		if result.Version != "" && len(result.Steps) > 0 {
			build := trust.DigestOf([]byte(result.Compiler + "\n" + result.LLVM)).Short()[:8]
			return fmt.Sprintf("probe-%s-%s-%s-%s.json", r.Target, r.Backend, filepath.Base(result.Version), build)
		}
	}
	return ""
}

// Encode returns the content of the record's file.
func (r Record) Encode() ([]byte, error) {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding probe: %w", err)
	}
	return append(data, '\n'), nil
}
