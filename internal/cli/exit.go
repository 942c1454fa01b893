package cli

import (
	"context"

	"github.com/krustup/krustup/internal/failure"
)

// fail prints an error with its hint, with --json also as JSON, and returns the exit code.
func (a *App) fail(ctx context.Context, err error) int {
	if ctx.Err() != nil && !failure.Is[*ExitError](err) {
		const text = "interrupted: finished downloads and objects are kept, and the same command resumes"
		a.Screen().Error(text)
		a.writeFailure(err, text, "", failure.Interrupted)
		return failure.Interrupted
	}
	text, hint := inKit(a, err.Error(), failure.Hint(err), err)
	if text != "" {
		a.Screen().ErrorAt(failure.Place(err), "%s", text)
	}
	if hint != "" {
		a.Screen().Hint("%s", hint)
	}
	code := failure.Code(err)
	a.writeFailure(err, text, hint, code)
	return code
}
