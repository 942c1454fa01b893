package survey

import (
	"fmt"

	"github.com/krustup/krustup/internal/probe"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/survey"
)

// total returns the number of names in all groups.
func total(groups map[survey.Group][]string) (n int) {
	for _, names := range groups {
		n += len(names)
	}
	return n
}

// probedText returns a line with the result of a probe, and how it contradicts the manifest.
func probedText(p survey.Probed) string {
	text := fmt.Sprintf("%s with %s", p.Target, p.Backend)
	if p.Against != "" {
		text += ": " + p.Against
	} else {
		text += " " + string(p.Result.Verdict)
	}
	text += fmt.Sprintf(" (%s", p.Result.Triple)
	if p.Result.Compiler != "" {
		text += ", " + p.Result.Compiler + llvmInside(p.Result)
	}
	text += ", " + p.Date + ")"
	if p.Result.Error != "" {
		text += ": " + p.Result.Error
	}
	return text
}

func statusOf(t targets.Target, b targets.Backend) targets.Status {
	if s, ok := t.Support(b); ok {
		return s.Status
	}
	return targets.Unknown
}

// rustWord returns whether the kernel builds Rust for the target: yes, no, unknown, or the only C compiler that it does
// so with.
func rustWord(row survey.Row) string {
	switch {
	case row.Unsure:
		return "unknown"
	case !row.Rust:
		return "no"
	case len(row.CC) == 1:
		return string(row.CC[0]) + " only"
	}
	return "yes"
}

func llvmInside(r probe.Result) string {
	if r.LLVM == "" {
		return ""
	}
	return ", LLVM " + r.LLVM
}
