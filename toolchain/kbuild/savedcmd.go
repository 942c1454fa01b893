package kbuild

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// SavedCommand is a command that Kbuild ran and saved next to its output, as savedcmd_… or, up to 6.2, cmd_… in a .cmd
// file (scripts/Kbuild.include). Of a list of commands it is the first.
type SavedCommand struct {
	Made string   // relative to the build directory: rust/kernel.o
	Env  []string // NAME=value, set for the command alone
	Args []string // the program first
}

// savedCommands returns the saved commands of a build directory that run a program, sorted by their output.
func savedCommands(output, program string) ([]SavedCommand, error) {
	var found []SavedCommand
	err := filepath.WalkDir(output, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || !strings.HasPrefix(entry.Name(), ".") || filepath.Ext(path) != ".cmd" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		line, _, _ := bytes.Cut(data, []byte("\n"))
		if !bytes.Contains(line, []byte(program)) {
			return nil
		}
		saved, err := parseSavedCommand(string(line))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if len(saved.Args) > 0 && saved.Args[0] == program {
			found = append(found, saved)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the saved commands of a build: %w", err)
	}
	return found, nil
}

// parseSavedCommand parses `savedcmd_rust/core.o := NAME=value program arguments ; more`. It runs nothing: a command
// with parts that a shell would have to run is an error.
func parseSavedCommand(line string) (SavedCommand, error) {
	name, text, ok := strings.Cut(line, ":=")
	name = strings.TrimPrefix(strings.TrimSpace(name), "saved")
	made, is := strings.CutPrefix(name, "cmd_")
	if !ok || !is {
		return SavedCommand{}, fmt.Errorf("expected savedcmd_NAME := COMMAND, found %.60q", line)
	}
	text = strings.NewReplacer("$(pound)", "#", "$$", "$").Replace(text)
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(text), made)
	if err != nil {
		return SavedCommand{}, fmt.Errorf("command of %s: %w", made, err)
	}
	saved := SavedCommand{Made: made}
	var call *syntax.CallExpr
	syntax.Walk(file, func(node syntax.Node) bool {
		if found, is := node.(*syntax.CallExpr); is && call == nil {
			call = found
		}
		return call == nil
	})
	if call == nil {
		return saved, nil
	}
	nothing := &expand.Config{Env: expand.ListEnviron()}
	for _, a := range call.Assigns {
		value, err := expand.Literal(nothing, a.Value)
		if err != nil {
			return SavedCommand{}, fmt.Errorf("command of %s: %w", made, err)
		}
		saved.Env = append(saved.Env, a.Name.Value+"="+value)
	}
	saved.Args, err = expand.Fields(nothing, call.Args...)
	if err != nil {
		return SavedCommand{}, fmt.Errorf("command of %s: %w", made, err)
	}
	return saved, nil
}
