package main

import (
	"fmt"
	"io"
	"os"
	"sort"
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

func (a *app) envCommand() *cli.Command {
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
		env, _, err := a.activate(c)
		if err != nil {
			return err
		}
		if format == "json" {
			return a.printJSON(env)
		}
		return write(a.out, env)
	})
}

func kernelFlag() cli.Flag {
	return &cli.StringFlag{Name: "kernel", Usage: "a kernel `RELEASE` in place of a tree: 7.2"}
}

// activate finds the installed set for the selection. It reads the store and the tree, and nothing else.
func (a *app) activate(c *cli.Context) (toolchain.Environment, selection, error) {
	sel, err := a.choose(c)
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
	var lines []string
	for _, v := range e.Kbuild {
		lines = append(lines, v.Name+"="+v.Value)
	}
	sort.Strings(lines)
	if err := appendTo("GITHUB_ENV", lines); err != nil {
		return err
	}
	return appendTo("GITHUB_PATH", []string{e.Bin})
}

func appendTo(variable string, lines []string) error {
	path := os.Getenv(variable)
	if path == "" {
		return &usageError{text: "--format github: " + variable + " is not set", hint: "it is set in a step of a GitHub Actions job"}
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	if _, err := f.WriteString(strings.Join(lines, "\n") + "\n"); err != nil {
		f.Close()
		return fmt.Errorf("%s: %w", variable, err)
	}
	return f.Close()
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
