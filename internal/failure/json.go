package failure

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// JSON is what a command with --json prints if it fails without a result (docs/json.md).
type JSON struct {
	Schema int       `json:"schema"`
	Error  ErrorJSON `json:"error"`
}

// ErrorJSON is the error. Details are what is known of it beyond its text (docs/json.md).
type ErrorJSON struct {
	Kind    string         `json:"kind"` // by exit code, see kinds
	Message string         `json:"message"`
	Hint    string         `json:"hint"`
	Exit    int            `json:"exit"`
	Details map[string]any `json:"details"`
}

// kinds names each exit code. The code of a program that was run has the kind "program".
var kinds = map[int]string{
	Failed: "failed", Usage: "usage", NoSet: "no-set", Unverified: "unverified",
	Unreachable: "unreachable", Host: "host", Interrupted: "interrupted",
}

// NewJSON returns the form of an error with the given message, hint and exit code.
func NewJSON(err error, message, hint string, code int) JSON {
	kind := kinds[code]
	if kind == "" {
		kind = "program"
	}
	return JSON{1, ErrorJSON{kind, message, hint, code, details(err)}}
}

// details returns what is known of an error beyond its text: the file that it is about, files that are missing, the set
// that is, and why no set was found.
func details(err error) map[string]any {
	d := map[string]any{}
	if at := Place(err); at != (term.Place{}) {
		d["file"] = at.File
		if at.Line > 0 {
			d["line"], d["column"] = at.Line, at.Column
		}
	}
	if missing, ok := errors.AsType[*install.MissingFilesError](err); ok {
		files := []map[string]any{}
		for _, f := range missing.Files {
			files = append(files, map[string]any{"name": f.Name, "size": f.Size, "sha256": f.Digest})
		}
		d["files"] = files
	}
	if none, ok := errors.AsType[*install.NotInstalledError](err); ok {
		d["target"], d["cc"] = none.Target, none.CC
	}
	if noSet, ok := errors.AsType[*toolchain.NoSetError](err); ok {
		collisions, unread := []map[string]any{}, []string{}
		for _, c := range noSet.Collisions {
			demands := []toolchain.Reason{c.First}
			if c.Second.Text != "" {
				demands = append(demands, c.Second)
			}
			collisions = append(collisions, map[string]any{"component": c.Component, "demands": demands, "available": append([]string{}, c.Available...)})
		}
		for _, u := range noSet.Unread {
			unread = append(unread, u.String())
		}
		d["target"], d["cc"], d["kernel"] = noSet.Target, noSet.CC, noSet.Kernel.String()
		d["collisions"], d["remedies"], d["unread"] = collisions, append([]string{}, noSet.Remedies...), unread
	}
	return d
}

// Place returns the file that an error is about, the zero Place if it is about none.
func Place(err error) term.Place {
	if at, ok := errors.AsType[*manifests.DecodeError](err); ok {
		return InWorkspace(term.Place{File: at.Name, Line: at.Line, Column: at.Column})
	}
	if lock, ok := errors.AsType[*toolchain.LockError](err); ok {
		return InWorkspace(term.Place{File: lock.Path})
	}
	return term.Place{}
}

// InWorkspace makes the path of a file relative to the job's checkout, as GitHub Actions expects it. Other paths, and
// all paths outside of GitHub Actions, stay as they are.
func InWorkspace(at term.Place) term.Place {
	top := os.Getenv("GITHUB_WORKSPACE")
	abs, err := filepath.Abs(at.File)
	if top == "" || err != nil {
		return at
	}
	if rel, err := filepath.Rel(top, abs); err == nil && filepath.IsLocal(rel) {
		at.File = rel
	}
	return at
}
