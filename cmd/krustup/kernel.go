package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/krustup/krustup/internal/kernel"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/survey"
	urfave "github.com/urfave/cli/v2"
)

// chosenKernel reads the tree, or what is known of a release.
func chosenKernel(c *urfave.Context, target targets.Target) (kernel.Requirements, error) {
	arch := kernel.Arch{SrcArch: target.SrcArch, Arch: target.Arch}
	release := c.String("kernel")
	tree := c.String("tree")
	if release != "" && tree != "" {
		return kernel.Requirements{}, &usageError{text: "--kernel and --tree both name the kernel", hint: "give one of them; a tree is more exact"}
	}
	if release != "" {
		asked, err := versions.Parse(release)
		if err != nil {
			return kernel.Requirements{}, &usageError{text: "--kernel: " + err.Error()}
		}
		return kernel.Known(asked, arch)
	}
	if tree == "" {
		tree = "."
	}
	abs, err := filepath.Abs(tree)
	if err != nil {
		return kernel.Requirements{}, fmt.Errorf("--tree: %w", err)
	}
	if info, err := os.Stat(abs); err != nil || !info.IsDir() {
		return kernel.Requirements{}, &usageError{text: fmt.Sprintf("--tree %s: no such directory", tree)}
	}
	return kernel.Read(abs, arch)
}

// atHand is the kernel that a question is about.
type atHand struct {
	read  survey.KernelReader
	asked bool // by an option, or by the directory that this is
}

// kernelAtHand is the kernel of --tree or --kernel, else that of the directory, else the newest release known.
func kernelAtHand(c *urfave.Context) (atHand, error) {
	tree, release := c.String("tree"), c.String("kernel")
	switch {
	case tree != "" && release != "":
		return atHand{}, &usageError{text: "--kernel and --tree both name the kernel", hint: "give one of them; a tree is more exact"}
	case release != "":
		v, err := versions.Parse(release)
		if err != nil {
			return atHand{}, &usageError{text: "--kernel: " + err.Error(), hint: "--kernel 7.3"}
		}
		return atHand{read: survey.ReleaseReader(v), asked: true}, nil
	case tree != "":
		read, err := treeReader(tree)
		return atHand{read: read, asked: true}, err
	}
	_, err := kernel.Read(".", kernel.Arch{SrcArch: "x86", Arch: "x86_64"})
	if err == nil {
		return atHand{read: survey.TreeReader("."), asked: true}, nil
	}
	if !is[*kernel.NotTreeError](err) {
		return atHand{}, err
	}
	v, err := survey.NewestKernel()
	return atHand{read: survey.ReleaseReader(v)}, err
}

func treeReader(tree string) (survey.KernelReader, error) {
	abs, err := filepath.Abs(tree)
	if err != nil {
		return nil, fmt.Errorf("--tree: %w", err)
	}
	if info, err := os.Stat(abs); err != nil || !info.IsDir() {
		return nil, &usageError{text: fmt.Sprintf("--tree %s: no such directory", tree)}
	}
	return survey.TreeReader(abs), nil
}
