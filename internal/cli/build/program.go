package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/toolchain/install"
)

// lookIn returns the path of a program in the set's bin directory, else on PATH.
func lookIn(bin, name string) (string, error) {
	if filepath.Base(name) == name {
		path := filepath.Join(bin, name)
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("neither the set nor PATH has %s: %w", name, err)
	}
	return path, nil
}

// replaceProcess replaces krustup by the program, which then has the terminal, the signals and the exit code to itself.
func replaceProcess(program string, argv, env []string) error {
	if err := syscall.Exec(program, argv, env); err != nil {
		return fmt.Errorf("running %s: %w", program, err)
	}
	return nil
}

// childOutput returns where a program that krustup runs writes its output: with --json stdout is for the result alone.
func childOutput(a *cli.App, c *urfave.Context) io.Writer {
	if c.Bool("json") {
		return a.Err
	}
	return a.Out
}

// runChild runs a program with a set and returns its exit code. As in a shell, that is 128 plus the signal's number for
// a program that a signal ended. Its stdout goes to out.
func runChild(a *cli.App, c *urfave.Context, env install.Environment, argv []string, out io.Writer) (int, error) {
	program, err := lookIn(env.Bin, argv[0])
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(c.Context, program, argv[1:]...)
	cmd.Args[0] = argv[0]
	cmd.Env = env.Overlay(os.Environ())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, out, a.Err
	// The program stays in krustup's process group, so that a terminal's Ctrl-C also reaches make and the compilers.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	err = cmd.Run()
	if c.Context.Err() != nil {
		return 0, context.Cause(c.Context)
	}
	failed, ran := errors.AsType[*exec.ExitError](err)
	if err != nil && !ran {
		return 0, fmt.Errorf("running %s: %w", program, err)
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ran && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	if ran {
		return failed.ExitCode(), nil
	}
	return 0, nil
}

// toolsText returns the tools of a set, sorted: "bindgen 0.71.1, llvm 19.1.7, rust 1.85.1".
func toolsText(versions map[string]string) string {
	var tools []string
	for name, v := range versions {
		tools = append(tools, name+" "+v)
	}
	slices.Sort(tools)
	return strings.Join(tools, ", ")
}
