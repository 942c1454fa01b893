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
	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// editor is a program that runs rust-analyzer and reads its settings from a file in the directory that it opens.
type editor struct {
	name, file string
	encode     func(kbuild.AnalyzerSettings) ([]byte, error)
}

// editors returns the supported editors, the default one first.
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

// encodeVSCode encodes settings for the extension rust-lang.rust-analyzer: one flat object with dotted names.
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

// encodeNeovim encodes settings as an 'exrc' file, which Neovim reads once it is trusted (:help exrc,
// :help vim.lsp.config()).
func encodeNeovim(s kbuild.AnalyzerSettings) ([]byte, error) {
	var out bytes.Buffer
	if err := cli.WriteJSON(&out, s); err != nil {
		return nil, err
	}
	const form = "vim.lsp.config('rust_analyzer', {\n  settings = { ['rust-analyzer'] = vim.json.decode([==[\n%s]==]) },\n})\n"
	return fmt.Appendf(nil, form, out.Bytes()), nil
}

// encodeHelix encodes settings in the format of https://docs.helix-editor.com/languages.html.
func encodeHelix(s kbuild.AnalyzerSettings) ([]byte, error) {
	type server struct {
		Config kbuild.AnalyzerSettings `toml:"config"`
	}
	var out bytes.Buffer
	err := toml.NewEncoder(&out).SetIndentTables(false).Encode(map[string]any{"language-server": map[string]server{"rust-analyzer": {s}}})
	return out.Bytes(), err
}

// writeSettings writes an editor's file and reports whether it did. A file with the same settings is left alone; one
// with other settings is replaced only with force.
func writeSettings(path string, data []byte, force bool) (bool, error) {
	have, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(have, data):
		return false, nil
	case err == nil && !force:
		return false, &cli.UsageError{
			Text: path + ": the file exists with other settings and was not changed",
			Hint: "leave out --write to print the settings and merge them by hand; --force replaces the file",
		}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("reading the editor's settings: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return false, fmt.Errorf("writing the editor's settings: %w", err)
	}
	return true, disk.ReplaceFile(path, data)
}
