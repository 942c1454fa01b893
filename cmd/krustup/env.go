package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/krustup/krustup/toolchain"
)

// envFormats writes an environment in the form of one kind of reader.
var envFormats = map[string]func(io.Writer, toolchain.Environment) error{
	"sh":     envShell,
	"fish":   envFish,
	"make":   envMake,
	"github": envGitHub,
}

func envCommand(a *app) *cli.Command {
	flags := append(selectionFlags(false), kernelFlag(),
		&cli.StringFlag{Name: "format", Value: "sh", Usage: "sh, fish, make, json or github"})
	return a.command("env", "print the environment of an installed set, as absolute paths", "", flags, func(c *cli.Context) error {
		if err := noArguments(c); err != nil {
			return err
		}
		format := c.String("format")
		if c.Bool("json") {
			format = "json"
		}
		write, ok := envFormats[format]
		if !ok && format != "json" {
			return &usageError{text: fmt.Sprintf("--format %q: expected sh, fish, make, json or github", format)}
		}
		env, _, err := activate(a, c)
		if err != nil {
			return err
		}
		if format == "json" {
			return writeJSON(a.out, env)
		}
		return write(a.out, env)
	})
}

func kernelFlag() cli.Flag {
	return &cli.StringFlag{Name: "kernel", Usage: "a kernel `RELEASE` in place of a tree: 7.2"}
}

// activate finds the installed set for the selection. It reads the store and the tree, and nothing else.
func activate(a *app, c *cli.Context) (toolchain.Environment, selection, error) {
	sel, err := choose(a, c)
	if err != nil {
		return toolchain.Environment{}, sel, err
	}
	st, err := a.store()
	if err != nil {
		return toolchain.Environment{}, sel, err
	}
	env, err := toolchain.Activate(st, sel.req)
	return env, sel, err
}

func envShell(w io.Writer, e toolchain.Environment) error {
	for _, v := range e.Kbuild {
		fmt.Fprintf(w, "export %s=%s\n", v.Name, shellQuote(v.Value))
	}
	_, err := fmt.Fprintf(w, "export PATH=%s${PATH:+:$PATH}\n", shellQuote(e.Bin))
	return err
}

func envFish(w io.Writer, e toolchain.Environment) error {
	for _, v := range e.Kbuild {
		fmt.Fprintf(w, "set -gx %s %s\n", v.Name, fishQuote(v.Value))
	}
	_, err := fmt.Fprintf(w, "set -gx PATH %s $PATH\n", fishQuote(e.Bin))
	return err
}

// envMake writes words for make's command line: `make $(krustup env --format make) …`.
func envMake(w io.Writer, e toolchain.Environment) error {
	_, err := fmt.Fprintln(w, strings.Join(e.MakeArguments(), " "))
	return err
}

// envGitHub appends to the files that GitHub Actions names, so that later steps of a job have the set.
func envGitHub(_ io.Writer, e toolchain.Environment) error {
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
func gitHubVariable(v toolchain.Variable) string {
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
		return &usageError{text: "--format github: " + variable + " is not set", hint: "it is set in a step of a GitHub Actions job"}
	}
	return appendWholeLines(path, variable, text)
}

// appendWholeLines appends to a file, on a line of their own even where what is there does not end in one.
func appendWholeLines(path, what, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if end, err := f.Seek(0, io.SeekEnd); err == nil && end > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, end-1); err == nil && last[0] != '\n' {
			text = "\n" + text
		}
	}
	if _, err := f.WriteString(text); err != nil {
		f.Close()
		return fmt.Errorf("%s: %w", what, err)
	}
	return f.Close()
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
