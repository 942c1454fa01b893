package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/urfave/cli/v2"
)

func (a *app) runCommand() *cli.Command {
	flags := append(selectionFlags(false), kernelFlag())
	return a.command("run", "run a program with the set's tools first on PATH", "-- PROGRAM [ARGUMENTS]", flags, func(c *cli.Context) error {
		if c.NArg() == 0 {
			return &usageError{text: "run: which program?", hint: "krustup run --target arm64 -- rustc -vV"}
		}
		env, _, err := a.activate(c)
		if err != nil {
			return err
		}
		argv := c.Args().Slice()
		program, err := lookIn(env.Bin, argv[0])
		if err != nil {
			return err
		}
		return replaceProcess(program, argv, env.Overlay(os.Environ()))
	})
}

// lookIn finds a program in the set's bin directory, else on PATH.
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

// replaceProcess becomes the program, so that signals, exit code and terminal are its own.
func replaceProcess(program string, argv, env []string) error {
	if err := syscall.Exec(program, argv, env); err != nil {
		return fmt.Errorf("running %s: %w", program, err)
	}
	return nil
}

func (a *app) makeCommand() *cli.Command {
	return a.command("make", "run the kernel's make with the set", "-- [GOALS] [VARIABLES] [OPTIONS]", selectionFlags(false), func(c *cli.Context) error {
		env, sel, err := a.activate(c)
		if err != nil {
			return err
		}
		program, err := exec.LookPath("make")
		if err != nil {
			return fmt.Errorf("make is missing: %w", err)
		}
		argv := append([]string{"make", "-C", sel.tree, fmt.Sprintf("-j%d", jobs())}, env.MakeArguments()...)
		// The user's words come last: a later -j or VAR=value beats ours.
		argv = append(argv, c.Args().Slice()...)
		return replaceProcess(program, argv, env.Overlay(os.Environ()))
	})
}

func (a *app) checkCommand() *cli.Command {
	flags := append(selectionFlags(false), configFlag())
	return a.command("check", "the kernel's own rustavailable, and why CONFIG_RUST is not there", "", flags, func(c *cli.Context) error {
		if err := noArguments(c); err != nil {
			return err
		}
		return a.check(c)
	})
}
