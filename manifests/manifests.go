// Package manifests embeds the data that krustup decides by: what each architecture needs (targets/), what each kernel
// release asks for (kernels.toml), which combinations are known to fail (rules.toml), what each supplier offers
// (suppliers/) and whose signatures count (keys/).
//
// Invariant: every file is decoded strictly. An unknown key, a missing value or a duplicate name is an error that
// names the file and the line, and a test decodes them all.
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

// decode reads one embedded TOML file into out, refusing keys that out does not have.
func decode(name string, out any) error {
	data, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("reading manifest %s: %w", name, err)
	}
	return DecodeStrict("manifests/"+name, data, out)
}

// DecodeError says where a file is not what it should be. Line and Column begin at 1.
type DecodeError struct {
	Name         string
	Line, Column int
	Err          error
}

func (e *DecodeError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Column, e.Err)
}

// Unwrap gives the cause.
func (e *DecodeError) Unwrap() error { return e.Err }

// DecodeStrict reads TOML into out. An unknown key, a syntax error or a value of the wrong type is a *DecodeError.
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
