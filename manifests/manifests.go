// Package manifests embeds the data that krustup decides by: what each architecture needs (targets/), what each kernel
// release requires (kernels.toml), which combinations are known to fail (rules.toml), which unstable features kernels
// use (gates.toml, uses.toml), what Linux needs from Rust (wanted.toml), what each supplier offers (suppliers/), and
// which keys are trusted (keys/).
//
// Invariant: every file is decoded strictly. An unknown key, a missing value or a duplicate name is an error that
// names the file and the line. A test decodes all of them.
package manifests

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

//go:embed targets suppliers keys *.toml
var files embed.FS

// decode decodes one embedded TOML file into out.
func decode(name string, out any) error {
	data, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("reading manifest %s: %w", name, err)
	}
	return DecodeStrict("manifests/"+name, data, out)
}

// DecodeError is a syntax error, an unknown key or a wrong type in a TOML file. Line and Column count from 1.
type DecodeError struct {
	Name         string
	Line, Column int
	Err          error
}

// Error starts with name:line:column, the form of compilers, which editors and CI systems turn into a link.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Column, e.Err)
}

// Unwrap returns the cause.
func (e *DecodeError) Unwrap() error { return e.Err }

// DecodeStrict decodes TOML into out. It returns a *DecodeError for a syntax error, a value of the wrong type, and a
// key that out has no field for. name is the file name for errors.
func DecodeStrict(name string, data []byte, out any) error {
	dec := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	err := dec.Decode(out)
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) {
		first := strict.Errors[0]
		line, column := first.Position()
		return &DecodeError{name, line, column, fmt.Errorf("unknown key %q", strings.Join(first.Key(), "."))}
	}
	var syntax *toml.DecodeError
	if errors.As(err, &syntax) {
		line, column := syntax.Position()
		return &DecodeError{name, line, column, syntax}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
