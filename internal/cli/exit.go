package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// fail prints an error with its hint, and returns the exit code.
func (a *App) fail(ctx context.Context, err error) int {
	if ctx.Err() != nil && !failure.Is[*ExitError](err) {
		a.Screen().Error("interrupted: finished downloads and objects are kept")
		return 130
	}
	text, hint := inKit(a, err.Error(), failure.Hint(err), err)
	if text != "" {
		a.Screen().ErrorAt(place(err), "%s", text)
	}
	if hint != "" {
		a.Screen().Hint("%s", hint)
	}
	return failure.Code(err)
}

// place returns the file that an error is about, the zero Place if it is about none.
func place(err error) term.Place {
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
