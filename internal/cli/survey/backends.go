package survey

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/manual"
	"github.com/krustup/krustup/internal/probe"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/survey"
)

// allBackends lists the backends in the order of the matrix's columns.
var allBackends = []targets.Backend{targets.LLVM, targets.GCC, targets.GCCRS}

// chosenBackends returns the backend that --backend names, or all without it.
func chosenBackends(c *urfave.Context) ([]targets.Backend, error) {
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
	return nil, unknownBackend(name, manual.Nearest(name, []string{"llvm", "gcc", "gccrs"}))
}

func unknownBackend(name, near string) error {
	e := &cli.UsageError{Text: fmt.Sprintf("unknown backend %q: expected llvm, gcc (rustc_codegen_gcc) or gccrs", name)}
	if near != "" {
		e.Hint = "--backend " + near
	}
	return e
}

// findTarget returns a target by its name, or by its directory below arch/ when only one target has that.
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
		return t, &cli.UsageError{Text: fmt.Sprintf("arch/%s has several targets: %s", name, strings.Join(names, ", ")), Hint: "krustup targets show " + names[0]}
	case len(unknown.Nearest) > 0:
		return t, err
	}
	hint := "`krustup targets` lists them"
	if near := manual.Nearest(name, arches); near != "" {
		hint = fmt.Sprintf("krustup targets show %s", of[near][0].Name)
	}
	return t, &cli.UsageError{Text: err.Error(), Hint: hint}
}

// probeTriples returns a backend's names for the target: rustc_codegen_gcc uses rustc's, gccrs uses GCC's.
func probeTriples(backend probe.Backend, t targets.Target) []string {
	if backend == probe.GCCRS {
		if t.GNU == "" {
			return nil
		}
		return []string{t.GNU}
	}
	support, _ := t.Support(targets.Backend(backend))
	if len(support.Triples) == 0 {
		support, _ = t.Support(targets.LLVM)
	}
	var names []string
	for _, triple := range support.Triples {
		names = append(names, triple.Name)
	}
	return names
}

// allTargets returns the matrix of all targets for a kernel.
func allTargets(a *cli.App, read survey.KernelReader) (survey.Matrix, error) {
	return cli.ReadMatrix(a, targets.All(), read)
}
