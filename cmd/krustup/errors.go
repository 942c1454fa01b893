package main

import "errors"

// usageError is a command line that means nothing.
type usageError struct {
	text string
	hint string // the corrected line, or what to try
}

func (e *usageError) Error() string { return e.text }

// exitError carries an exit code of its own: that of a program that was run, or of a result that is not an error.
type exitError struct {
	code int
	text string // "" when all was said
	hint string
}

func (e *exitError) Error() string { return e.text }

// ExitCode returns the code that the error carries.
func (e *exitError) ExitCode() int { return e.code }

// coded is an error that decides on the exit code itself.
type coded interface {
	error
	ExitCode() int
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
