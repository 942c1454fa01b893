package build

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// editor is a program that runs rust-analyzer, and reads settings for it from a file in the directory that it opens.
type editor struct {
	name, file string
	encode     func(kbuild.AnalyzerSettings) ([]byte, error)
}

// editors are those that are known, the one that is meant when none is named first.
func editors() []editor {
	return []editor{
		{"vscode", ".vscode/settings.json", encodeVSCode},
		{"neovim", ".nvim.lua", encodeNeovim},
		{"helix", ".helix/languages.toml", encodeHelix},
	}
}

func findEditor(name string) (editor, error) {
	var names []string
	for _, e := range editors() {
		if e.name == name {
			return e, nil
		}
		names = append(names, e.name)
	}
	return editor{}, &cli.UsageError{Text: fmt.Sprintf("--editor %q: expected one of %s", name, strings.Join(names, ", "))}
}

// encodeVSCode writes what the extension rust-lang.rust-analyzer reads: the settings' names in one, with dots.
func encodeVSCode(s kbuild.AnalyzerSettings) ([]byte, error) {
	flat := map[string]any{"rust-analyzer.linkedProjects": s.LinkedProjects, "rust-analyzer.checkOnSave": s.CheckOnSave}
	if s.Rustfmt != nil {
		flat["rust-analyzer.rustfmt.overrideCommand"] = s.Rustfmt.OverrideCommand
	}
	if s.ProcMacro != nil {
		flat["rust-analyzer.procMacro.server"] = s.ProcMacro.Server
	}
	var out bytes.Buffer
	err := cli.WriteJSON(&out, flat)
	return out.Bytes(), err
}

// encodeNeovim writes a file for 'exrc', which Neovim reads once it is trusted (:help exrc, :help vim.lsp.config()).
func encodeNeovim(s kbuild.AnalyzerSettings) ([]byte, error) {
	var out bytes.Buffer
	if err := cli.WriteJSON(&out, s); err != nil {
		return nil, err
	}
	const form = "vim.lsp.config('rust_analyzer', {\n  settings = { ['rust-analyzer'] = vim.json.decode([==[\n%s]==]) },\n})\n"
	return fmt.Appendf(nil, form, out.Bytes()), nil
}

// encodeHelix writes what https://docs.helix-editor.com/languages.html describes.
func encodeHelix(s kbuild.AnalyzerSettings) ([]byte, error) {
	type server struct {
		Config kbuild.AnalyzerSettings `toml:"config"`
	}
	var out bytes.Buffer
	err := toml.NewEncoder(&out).SetIndentTables(false).Encode(map[string]any{"language-server": map[string]server{"rust-analyzer": {s}}})
	return out.Bytes(), err
}

// writeSettings writes an editor's file, and leaves one that somebody else wrote alone unless told. Whether anything was
// written, it says.
func writeSettings(path string, data []byte, force bool) (bool, error) {
	have, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(have, data):
		return false, nil
	case err == nil && !force:
		return false, &cli.UsageError{
			Text: path + ": it is there already, with other settings, and stays as it is",
			Hint: "without --write the settings are printed, to be put into it by hand; --force replaces it",
		}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("reading the editor's settings: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return false, fmt.Errorf("writing the editor's settings: %w", err)
	}
	return true, store.ReplaceFile(path, data)
}
