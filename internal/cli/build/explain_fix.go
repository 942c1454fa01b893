package build

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/kconfig"
	"github.com/krustup/krustup/internal/term"
)

// fixHeader begins every fragment that `explain --fix` writes; only a file that begins with it is overwritten.
const fixHeader = "# krustup explain --fix: "

// writeFix writes the first fix as a configuration fragment.
func writeFix(screen *term.Screen, path string, result *ExplainJSON, x kconfig.Explanation) error {
	switch {
	case result.Rust == "y":
		screen.Note("CONFIG_RUST is on: nothing to fix, and %s was not written", path)
		return nil
	case len(x.Fixes) == 0:
		return nil
	}
	if err := overwritable(path); err != nil {
		return err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("--fix: %w", err)
	}
	if err := disk.ReplaceFile(abs, []byte(fragment(*result, x))); err != nil {
		return fmt.Errorf("--fix: %w", err)
	}
	result.File = path
	for _, l := range result.Fixes[0].Lacks {
		screen.Warn("a build with %s needs %s, which this host lacks: %s", path, l.Name, l.Fix)
	}
	screen.Note("scripts/kconfig/merge_config.sh -m %s %s, and then krustup make -- olddefconfig, turn it on", result.Config, path)
	return nil
}

// overwritable returns an error for a file with other content, such as the configuration itself.
func overwritable(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var data []byte
	if err == nil && info.Mode().IsRegular() {
		data, err = os.ReadFile(path)
	}
	switch {
	case err != nil:
		return fmt.Errorf("--fix: %w", err)
	case bytes.HasPrefix(data, []byte(fixHeader)):
		return nil
	}
	return &cli.UsageError{Text: fmt.Sprintf("--fix %s: the file exists and was not written by krustup explain", path), Hint: "name a new file; merge_config.sh merges it with the configuration"}
}

// fragment returns the changes of the first fix, below comments that state why CONFIG_RUST is off.
func fragment(r ExplainJSON, x kconfig.Explanation) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%sCONFIG_RUST=y in Linux %s for %s with %s\n", fixHeader, r.Kernel, r.Target, r.CC)
	for _, c := range x.Causes {
		fmt.Fprintf(&out, "#   %s\n", c.Line())
	}
	for _, c := range x.Fixes[0].Lines {
		fmt.Fprintln(&out, c)
	}
	return out.String()
}
