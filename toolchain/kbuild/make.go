package kbuild

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/child"
	"github.com/krustup/krustup/internal/gnumake"
	"github.com/krustup/krustup/toolchain/install"
)

// makeCommand returns a command that runs the kernel's make with the set, in tree and building in output, without what
// the user told another make to do. When ctx ends, the compilers that make started end too, because they are in a
// process group of their own.
func makeCommand(ctx context.Context, e install.Environment, tree, output string, words ...string) *exec.Cmd {
	// KCONFIG_CONFIG on the command line overrules one of the user's, which would name another configuration than ours,
	// and perhaps one that must not be overwritten.
	args := append([]string{"-C", tree, "O=" + output, "KCONFIG_CONFIG=.config"}, e.MakeArguments()...)
	cmd := exec.CommandContext(ctx, "make", append(args, words...)...)
	environment, _ := gnumake.ForVerdict(withoutKbuild(e.Overlay(os.Environ())))
	cmd.Env = append(environment, "LC_ALL=C", "KBUILD_BUILD_TIMESTAMP=", "KCONFIG_NOTIMESTAMP=1")
	child.Terminated(cmd)
	return cmd
}

// withoutKbuild removes the variables of an environment with which a user directs a build of their own: the sources of
// other configurations (Documentation/kbuild/kconfig.rst) and an out-of-tree module (Documentation/kbuild/kbuild.rst).
func withoutKbuild(environment []string) []string {
	return slices.DeleteFunc(environment, func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return strings.HasPrefix(name, "KCONFIG_") || name == "KBUILD_EXTMOD" || name == "KBUILD_EXTMOD_OUTPUT" || name == "KBUILD_OUTPUT"
	})
}

// ended separates a failure of make (ok is false) from an error that kept it from running to its end.
func ended(ctx context.Context, err error) (ok bool, _ error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if _, failed := errors.AsType[*exec.ExitError](err); failed {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("running make: %w", err)
	}
	return true, nil
}

// RustAvailable runs the kernel's own check of the tools, `make rustavailable`, and returns its verdict and the lines
// that it printed. It builds in a temporary directory, so that nothing is written to the tree.
func RustAvailable(ctx context.Context, e install.Environment, tree string) (available bool, said []string, err error) {
	scratch, err := os.MkdirTemp("", "krustup-check-")
	if err != nil {
		return false, nil, fmt.Errorf("creating build directory: %w", err)
	}
	defer os.RemoveAll(scratch)
	if err := errors.Join(CheckTree(tree), CheckOutput("temporary directory", scratch)); err != nil {
		return false, nil, err
	}
	var out strings.Builder
	cmd := makeCommand(ctx, e, tree, scratch, "-s", "rustavailable")
	cmd.Stdout, cmd.Stderr = &out, &out
	available, err = ended(ctx, cmd.Run())
	if err != nil {
		return false, nil, err
	}
	return available, strings.Split(strings.TrimSpace(out.String()), "\n"), nil
}
