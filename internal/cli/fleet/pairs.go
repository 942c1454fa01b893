package fleet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/survey"
)

// jsonPair is one job. A workflow reads its keys as matrix.target and matrix.cc.
type jsonPair struct {
	Target string             `json:"target"`
	CC     toolchain.Compiler `json:"cc"`
}

// jsonExcluded is a pair that the kernel does not build Rust for.
type jsonExcluded struct {
	jsonPair
	Why   string `json:"why"`
	other bool   // the kernel builds Rust for the target with another compiler
}

// namedTargets returns the targets with these names; cli.AllTargets stands for all.
func namedTargets(names []string) ([]targets.Target, error) {
	var list []targets.Target
	for _, name := range names {
		if name == cli.AllTargets {
			return targets.All(), nil
		}
		t, err := targets.Find(name)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// listedCompilers parses values of --cc, each of which can be a list separated by commas. The default is both
// compilers.
func listedCompilers(given []string) ([]toolchain.Compiler, error) {
	if len(given) == 0 {
		return []toolchain.Compiler{toolchain.Clang, toolchain.GNU}, nil
	}
	var list []toolchain.Compiler
	for _, text := range given {
		for name := range strings.SplitSeq(text, ",") {
			cc, err := cli.ParseCompiler(name)
			if err == nil && cc == toolchain.Either {
				err = &cli.UsageError{Text: fmt.Sprintf("--cc %q: expected clang, gcc or clang,gcc", text)}
			}
			if err != nil {
				return nil, err
			}
			if !slices.Contains(list, cc) {
				list = append(list, cc)
			}
		}
	}
	return list, nil
}

// pairsOf returns the pairs of target and compiler that the kernel builds Rust for, and those that it does not.
func pairsOf(m survey.Matrix, compilers []toolchain.Compiler) (include []jsonPair, excluded []jsonExcluded) {
	include, excluded = []jsonPair{}, []jsonExcluded{}
	for _, row := range m.Rows {
		for _, cc := range compilers {
			pair := jsonPair{row.Target.Name, cc}
			switch {
			case slices.Contains(row.CC, cc):
				include = append(include, pair)
			case row.Rust:
				excluded = append(excluded, jsonExcluded{pair, fmt.Sprintf("`select HAVE_RUST if %s` requires %s (%s)", row.By.Condition, row.Unmet, row.By.Where), true})
			default:
				excluded = append(excluded, jsonExcluded{pair, row.Why, false})
			}
		}
	}
	return include, excluded
}

// noteExcluded prints the pairs that are left out and why: one line for each pair whose target was named or is
// supported with another compiler, and the number of the others.
func noteExcluded(screen *term.Screen, excluded []jsonExcluded, named bool) {
	others := 0
	for _, e := range excluded {
		if !named && !e.other {
			others++
			continue
		}
		screen.Note("left out: %s with %s: %s", e.Target, e.CC, e.Why)
	}
	if others > 0 {
		screen.Note("left out: %d pairs of targets without Rust in this kernel: krustup targets lacking explains why", others)
	}
}
