package cli

import "errors"

// UsageError is a command line that means nothing.
type UsageError struct {
	Text string
	Hint string // the corrected line, or what to try
}

func (e *UsageError) Error() string { return e.Text }

// ExitError carries an exit code of its own: that of a program that was run, or of a result that is not an error.
type ExitError struct {
	Code int
	Text string // "" when all was said
	Hint string
}

func (e *ExitError) Error() string { return e.Text }

// ExitCode returns the code that the error carries.
func (e *ExitError) ExitCode() int { return e.Code }

// coded is an error that decides on the exit code itself.
type coded interface {
	error
	ExitCode() int
}

func Is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
