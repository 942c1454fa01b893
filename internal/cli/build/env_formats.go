package build

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/toolchain/install"
)

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

// envMake writes words for make's command line: `make $(krustup env --format make) …`.
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
		return fmt.Errorf("GITHUB_PATH: %q has no form in it: each line is one directory", e.Bin)
	}
	if err := appendGitHub("GITHUB_ENV", text.String()); err != nil {
		return err
	}
	return appendGitHub("GITHUB_PATH", e.Bin+"\n")
}

// gitHubVariable gives a variable as GITHUB_ENV has it. A value of several lines stands between two lines of a word that
// is not in it: what else came after a line feed would be a variable of its own
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

// appendGitHub appends to one of the files through which a step speaks to the job.
func appendGitHub(variable, text string) error {
	path := os.Getenv(variable)
	if path == "" {
		return &cli.UsageError{Text: "--format github: " + variable + " is not set", Hint: "it is set in a step of a GitHub Actions job"}
	}
	return cli.AppendWholeLines(path, variable, text)
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// envFormats writes an environment in the form of one kind of reader.
var envFormats = map[string]func(io.Writer, install.Environment) error{
	"sh":     envShell,
	"fish":   envFish,
	"make":   envMake,
	"github": envGitHub,
}
