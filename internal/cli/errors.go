package cli

import "github.com/krustup/krustup/internal/failure"

// UsageError reports a wrong command line, environment or argument. The exit code is failure.Usage.
type UsageError struct {
	Text string
	Hint string // the corrected command line, or what to try; "": none
}

// Error does not contain the hint, which is printed on a line of its own.
func (e *UsageError) Error() string { return e.Text }

// ExitCode returns failure.Usage.
func (e *UsageError) ExitCode() int { return failure.Usage }

// Advice returns the hint.
func (e *UsageError) Advice() string { return e.Hint }

// ExitError carries its own exit code: that of a program that was run, or that of a negative result.
type ExitError struct {
	Code int
	Text string // "": print no error message
	Hint string
}

// Error returns "" if only the exit code is to be passed on; no error message is printed then.
func (e *ExitError) Error() string { return e.Text }

// ExitCode returns the code that the error carries.
func (e *ExitError) ExitCode() int { return e.Code }

// Advice returns the hint.
func (e *ExitError) Advice() string { return e.Hint }
