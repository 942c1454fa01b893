package build

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/toolchain/install"
)

// envShell writes export commands for a POSIX shell.
func envShell(w io.Writer, e install.Environment) error {
	for _, v := range e.Kbuild {
		fmt.Fprintf(w, "export %s=%s\n", v.Name, shellQuote(v.Value))
	}
	_, err := fmt.Fprintf(w, "export PATH=%s${PATH:+:$PATH}\n", shellQuote(e.Bin))
	return err
}

func envFish(w io.Writer, e install.Environment) error {
	for _, v := range e.Kbuild {
		fmt.Fprintf(w, "set -gx %s %s\n", v.Name, fishQuote(v.Value))
	}
	_, err := fmt.Fprintf(w, "set -gx PATH %s $PATH\n", fishQuote(e.Bin))
	return err
}

// envMake writes arguments for make's command line: `make $(krustup env --format make) …`.
func envMake(w io.Writer, e install.Environment) error {
	_, err := fmt.Fprintln(w, strings.Join(e.MakeArguments(), " "))
	return err
}

// envGitHub appends to the files that GitHub Actions names, so that later steps of a job have the set.
func envGitHub(_ io.Writer, e install.Environment) error {
	var text strings.Builder
	for _, v := range e.Kbuild {
		text.WriteString(gitHubVariable(v))
	}
	if strings.ContainsAny(e.Bin, "\r\n") {
		return fmt.Errorf("GITHUB_PATH: %q has a line break in its name, and each line of the file is one directory", e.Bin)
	}
	if err := appendGitHub("GITHUB_ENV", text.String()); err != nil {
		return err
	}
	return appendGitHub("GITHUB_PATH", e.Bin+"\n")
}

// gitHubVariable returns a variable in the format of GITHUB_ENV. A value of several lines is enclosed in two lines of a
// delimiter that is not part of it: otherwise the text after a line feed would set a variable of its own
// (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings).
func gitHubVariable(v install.Variable) string {
	if !strings.ContainsAny(v.Value, "\r\n") {
		return v.Name + "=" + v.Value + "\n"
	}
	word := "KRUSTUP"
	for strings.Contains(v.Value, word) {
		word += "_"
	}
	return v.Name + "<<" + word + "\n" + v.Value + "\n" + word + "\n"
}

// appendGitHub appends to one of the files through which a step passes values to later steps.
func appendGitHub(variable, text string) error {
	path := os.Getenv(variable)
	if path == "" {
		return &cli.UsageError{Text: "--format github: " + variable + " is not set", Hint: "GitHub Actions sets it in the steps of a job"}
	}
	return cli.AppendWholeLines(path, variable, text)
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// envFormats has the writer of each --format; json is not among them.
var envFormats = map[string]func(io.Writer, install.Environment) error{
	"sh":     envShell,
	"fish":   envFish,
	"make":   envMake,
	"github": envGitHub,
}
