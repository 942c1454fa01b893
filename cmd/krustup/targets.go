package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/probe"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// allBackends are the columns of the matrix, in order.
var allBackends = []targets.Backend{targets.LLVM, targets.GCC, targets.GCCRS}

// targetsCommand answers from the manifests, and for a kernel from what it says itself: which targets there are, what
// each backend can do for them, and whether the kernel builds Rust for them.
func targetsCommand(a *app) *cli.Command {
	command := a.command("targets", "targets by backend, and whether a kernel builds Rust for them", "", targetFlags(), func(c *cli.Context) error { return targetsMatrix(a, c) })
	backend := &cli.StringFlag{Name: "backend", Usage: "only this `BACKEND`: llvm, gcc or gccrs"}
	command.Subcommands = []*cli.Command{
		a.command("lacking", "targets without a backend that works, and why", "", append(targetFlags(), backend), func(c *cli.Context) error { return targetsLacking(a, c) }),
		a.command("show", "all that is known of one target", "TARGET", kernelFlags(), func(c *cli.Context) error { return targetsShow(a, c) }),
		a.command("diff", "what gained or lost Rust between two kernels", "RELEASE|DIR RELEASE|DIR", formFlags(), func(c *cli.Context) error { return targetsDiff(a, c) }),
	}
	questions(command)
	return command
}

func kernelFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "tree", Usage: "kernel source `DIR` (default: here, when this is one)"},
		&cli.StringFlag{Name: "kernel", Usage: "a kernel `RELEASE` in place of a tree: 7.3"},
	}
}

func formFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "csv", Usage: "print the table as CSV"},
		&cli.BoolFlag{Name: "markdown", Usage: "print the table as Markdown"},
	}
}

func targetFlags() []cli.Flag { return append(kernelFlags(), formFlags()...) }

// questions lets the subcommands of a command take its options also where they stand before their names.
func questions(command *cli.Command) {
	for _, sub := range command.Subcommands {
		action := sub.Action
		sub.OnUsageError = func(_ *cli.Context, err error, _ bool) error {
			return &usageError{text: err.Error(), hint: fmt.Sprintf("krustup %s %s --help", command.Name, sub.Name)}
		}
		sub.Action = func(c *cli.Context) error {
			if err := handDown(c); err != nil {
				return err
			}
			if err := refuseBetween(c); err != nil {
				return err
			}
			return action(c)
		}
	}
}

// handDown gives a question the options that stand before its name: `krustup targets --tree x lacking`.
func handDown(c *cli.Context) error {
	above := c.Lineage()[1]
	for _, name := range above.LocalFlagNames() {
		takes := slices.ContainsFunc(c.Command.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
		if !takes {
			return &usageError{
				text: fmt.Sprintf("krustup %s %s takes no --%s", above.Command.Name, c.Command.Name, name),
				hint: fmt.Sprintf("krustup %s %s --help", above.Command.Name, c.Command.Name),
			}
		}
		if slices.Contains(c.LocalFlagNames(), name) {
			continue
		}
		values := above.StringSlice(name)
		if values == nil {
			values = []string{above.String(name)} // that gives the text of any other kind of flag
		}
		for _, value := range values {
			if err := c.Set(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuseBetween refuses an option between the two words of `targets diff`, which app.command would put right in the
// wrong order. All options of diff are words of their own.
func refuseBetween(c *cli.Context) error {
	var options, words []string
	for _, arg := range c.Args().Slice() {
		if strings.HasPrefix(arg, "-") {
			options = append(options, arg)
		} else {
			words = append(words, arg)
		}
	}
	if c.Command.Name != "diff" || len(options) == 0 || slices.Contains(options, "--") {
		return nil
	}
	line := slices.Concat([]string{"krustup targets diff"}, options, words)
	return &usageError{text: fmt.Sprintf("option %s stands after the argument %q", options[0], words[0]), hint: strings.Join(line, " ")}
}

// atHand is the kernel that a question is about.
type atHand struct {
	read  toolchain.KernelReader
	asked bool // by an option, or by the directory that this is
}

// kernelAtHand is the kernel of --tree or --kernel, else that of the directory, else the newest release known.
func kernelAtHand(c *cli.Context) (atHand, error) {
	tree, release := c.String("tree"), c.String("kernel")
	switch {
	case tree != "" && release != "":
		return atHand{}, &usageError{text: "--kernel and --tree both name the kernel", hint: "give one of them; a tree is more exact"}
	case release != "":
		v, err := versions.Parse(release)
		if err != nil {
			return atHand{}, &usageError{text: "--kernel: " + err.Error(), hint: "--kernel 7.3"}
		}
		return atHand{read: toolchain.ReleaseReader(v), asked: true}, nil
	case tree != "":
		read, err := treeReader(tree)
		return atHand{read: read, asked: true}, err
	}
	_, err := kernel.Read(".", kernel.Arch{SrcArch: "x86", Arch: "x86_64"})
	if err == nil {
		return atHand{read: toolchain.TreeReader("."), asked: true}, nil
	}
	if !is[*kernel.NotTreeError](err) {
		return atHand{}, err
	}
	v, err := toolchain.NewestKernel()
	return atHand{read: toolchain.ReleaseReader(v)}, err
}

func treeReader(tree string) (toolchain.KernelReader, error) {
	abs, err := filepath.Abs(tree)
	if err != nil {
		return nil, fmt.Errorf("--tree: %w", err)
	}
	if info, err := os.Stat(abs); err != nil || !info.IsDir() {
		return nil, &usageError{text: fmt.Sprintf("--tree %s: no such directory", tree)}
	}
	return toolchain.TreeReader(abs), nil
}

// allTargets asks the kernel about all targets.
func allTargets(a *app, read toolchain.KernelReader) (toolchain.Matrix, error) {
	return matrixOf(a, targets.All(), read)
}

// matrixOf asks the kernel about some targets, and warns of each line that it contradicts.
func matrixOf(a *app, list []targets.Target, read toolchain.KernelReader) (toolchain.Matrix, error) {
	m, err := toolchain.KernelMatrix(list, read)
	if err != nil {
		return m, err
	}
	for _, line := range m.Contradictions {
		a.screen().Warn("%s", line)
	}
	m.Probed, err = probesBeside(a)
	return m, err
}

// probesBeside reads what was probed on this machine. A damaged record is warned of and left out.
func probesBeside(a *app) ([]toolchain.Probed, error) {
	st, err := a.store()
	if err != nil {
		return nil, err
	}
	records, damaged := probe.ReadRecords(st.ProofsDir())
	for _, err := range damaged {
		a.screen().Warn("%s", err)
	}
	return toolchain.ProbedBeside(targets.All(), records), nil
}

// chosenBackends reads --backend; none means all.
func chosenBackends(c *cli.Context) ([]targets.Backend, error) {
	name := c.String("backend")
	if name == "" {
		return allBackends, nil
	}
	other := map[string]targets.Backend{"rustc": targets.LLVM, "rustc_codegen_gcc": targets.GCC, "cg_gcc": targets.GCC, "gcc-rs": targets.GCCRS}
	if b, ok := other[strings.ToLower(name)]; ok {
		return nil, unknownBackend(name, string(b))
	}
	if b := targets.Backend(name); slices.Contains(allBackends, b) {
		return []targets.Backend{b}, nil
	}
	return nil, unknownBackend(name, nearestWord(name, []string{"llvm", "gcc", "gccrs"}))
}

func unknownBackend(name, near string) error {
	e := &usageError{text: fmt.Sprintf("unknown backend %q: there are llvm, gcc (rustc_codegen_gcc) and gccrs", name)}
	if near != "" {
		e.hint = "--backend " + near
	}
	return e
}

// nearestWord gives the word that is spelled most like name; "" when that is none of them.
func nearestWord(name string, words []string) string {
	commands := make([]*cli.Command, len(words))
	for i, word := range words {
		commands[i] = &cli.Command{Name: word, HideHelp: true, HideHelpCommand: true}
	}
	near := cli.SuggestCommand(commands, strings.ToLower(name)) // it words the word
	for _, word := range words {
		if strings.Contains(near, fmt.Sprintf("%q", word)) {
			return word
		}
	}
	return ""
}

// findTarget looks a target up by its name, or by its directory of arch/ when that has one target only.
func findTarget(name string) (targets.Target, error) {
	t, err := targets.Find(name)
	unknown, isUnknown := errors.AsType[*targets.UnknownError](err)
	if !isUnknown {
		return t, err
	}
	var arches []string
	of := map[string][]targets.Target{}
	for _, t := range targets.All() {
		if len(of[t.SrcArch]) == 0 {
			arches = append(arches, t.SrcArch)
		}
		of[t.SrcArch] = append(of[t.SrcArch], t)
	}
	switch list := of[name]; {
	case len(list) == 1:
		return list[0], nil
	case len(list) > 1:
		var names []string
		for _, t := range list {
			names = append(names, t.Name)
		}
		return t, &usageError{text: fmt.Sprintf("arch/%s has several targets: %s", name, strings.Join(names, ", ")), hint: "krustup targets show " + names[0]}
	case len(unknown.Nearest) > 0:
		return t, err
	}
	hint := "`krustup targets` lists them"
	if near := nearestWord(name, arches); near != "" && near[0] == (name + " ")[0] {
		hint = fmt.Sprintf("krustup targets show %s", of[near][0].Name)
	}
	return t, &usageError{text: err.Error(), hint: hint}
}
