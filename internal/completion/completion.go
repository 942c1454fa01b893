// Package completion holds the scripts with which shells complete krustup's command lines.
//
// Each script asks krustup itself for the candidates, with the words of the command line up to the cursor, so the
// scripts need no change when commands and options do. internal/cli answers.
package completion

import (
	"embed"
	"fmt"
	"slices"
)

// Shells are the shells with a script.
var Shells = []string{"bash", "zsh", "fish", "powershell"}

//go:embed scripts
var scripts embed.FS

// Script returns the script for a shell of Shells.
func Script(shell string) (string, error) {
	if !slices.Contains(Shells, shell) {
		return "", fmt.Errorf("no completion for the shell %q", shell)
	}
	data, err := scripts.ReadFile("scripts/" + shell)
	return string(data), err
}
