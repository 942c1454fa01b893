package cli

import (
	"fmt"
	"os"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/survey"
)

// chosenKernel returns the requirements of the tree or the release that --tree or --kernel names, by default of the
// tree in the current directory.
func chosenKernel(c *urfave.Context, target targets.Target) (kernel.Requirements, error) {
	read, err := kernelReader(c)
	if err != nil {
		return kernel.Requirements{}, err
	}
	return readWhole(read, target)
}

// readWhole returns the requirements of a kernel. A tree that is not complete is a *kernel.NotTreeError: a set must not
// be chosen from it.
func readWhole(read survey.KernelReader, target targets.Target) (kernel.Requirements, error) {
	r, err := read(kernel.Arch{SrcArch: target.SrcArch, Arch: target.Arch})
	if err == nil && r.Lacks != "" {
		err = &kernel.NotTreeError{Path: r.Tree, Missing: r.Lacks, Incomplete: true}
	}
	return r, err
}

// kernelReader returns a reader of the kernel that --tree or --kernel names, by default of the tree in the current
// directory.
func kernelReader(c *urfave.Context) (survey.KernelReader, error) {
	release, tree := c.String("kernel"), c.String("tree")
	switch {
	case release != "" && tree != "":
		return nil, errTwoKernels()
	case release != "":
		asked, err := ParseRelease(release)
		return survey.ReleaseReader(asked), err
	case tree == "":
		tree = "."
	}
	return TreeReader(tree)
}

// ParseRelease parses the value of --kernel. A name that is none, and a release that never was, is a *UsageError.
func ParseRelease(text string) (kernel.Release, error) {
	release, err := kernel.ParseRelease(text)
	if err != nil {
		return kernel.Release{}, &UsageError{Text: "--kernel: " + err.Error(), Hint: "--kernel 7.3"}
	}
	last, next, never, err := release.Followed()
	if never {
		return kernel.Release{}, &UsageError{Text: fmt.Sprintf("--kernel %s: there is no such release: Linux %s was followed by %s", text, last, next), Hint: "--kernel " + next}
	}
	return release, err
}

// errTwoKernels returns the error for --kernel and --tree on one command line.
func errTwoKernels() error {
	return &UsageError{Text: "--kernel and --tree both name the kernel", Hint: "use one of them; --tree is more exact"}
}

// treeDir returns the absolute path of a tree. A directory that does not exist is a *UsageError.
func treeDir(tree string) (string, error) {
	abs, err := filepath.Abs(tree)
	if err != nil {
		return "", fmt.Errorf("--tree: %w", err)
	}
	if info, err := os.Stat(abs); err != nil || !info.IsDir() {
		return "", &UsageError{Text: fmt.Sprintf("--tree %s: no such directory", tree)}
	}
	return abs, nil
}

// KernelChoice is the kernel that a command reports on.
type KernelChoice struct {
	Read  survey.KernelReader
	Tree  string // path of the tree; "": a release
	Asked bool   // chosen by an option or by the current directory; false: the default
}

// ChooseKernel returns the kernel of --tree or --kernel, else that of the current directory, else the newest known
// release.
func ChooseKernel(c *urfave.Context) (KernelChoice, error) {
	tree, release := c.String("tree"), c.String("kernel")
	switch {
	case tree != "" && release != "":
		return KernelChoice{}, errTwoKernels()
	case release != "":
		asked, err := ParseRelease(release)
		return KernelChoice{Read: survey.ReleaseReader(asked), Asked: true}, err
	case tree != "":
		read, err := TreeReader(tree)
		return KernelChoice{Read: read, Tree: tree, Asked: true}, err
	}
	_, err := kernel.Read(".", kernel.Arch{SrcArch: "x86", Arch: "x86_64"})
	if err == nil {
		return KernelChoice{Read: survey.TreeReader("."), Tree: ".", Asked: true}, nil
	}
	if !failure.Is[*kernel.NotTreeError](err) {
		return KernelChoice{}, err
	}
	v, err := survey.NewestKernel()
	return KernelChoice{Read: survey.ReleaseReader(kernel.Release{Version: v})}, err
}

// TreeReader returns a reader of the kernel tree in a directory. A directory that does not exist is a *UsageError.
func TreeReader(tree string) (survey.KernelReader, error) {
	dir, err := treeDir(tree)
	if err != nil {
		return nil, err
	}
	return survey.TreeReader(dir), nil
}
