package survey

import (
	"fmt"
	"strings"

	"github.com/krustup/krustup/internal/probe"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/survey"
)

// targetFacts returns name and text of what is known of a target, except its backends. The text of an unknown fact is
// empty.
func targetFacts(m survey.Matrix, row survey.Row) [][]string {
	t := row.Target
	return [][]string{
		{"also", strings.Join(t.Aliases, ", ")},
		{"kernel", strings.Join(append([]string{"ARCH=" + t.Arch}, t.Make...), " ") + ", arch/" + t.SrcArch},
		{"machine", fmt.Sprintf("%d bits, %s endian", t.Bits, t.Endian)},
		{"GNU triple", t.GNU},
		{"Debian triple", t.Debian},
		{"crosstool", t.Crosstool},
		{"clang", clangText(t)},
		{"rustc", strings.Join(t.Rustc, ", ")},
		{"configuration", strings.Join(t.Config, "; ")},
		{"emulator", strings.TrimSpace(t.QEMU + " " + t.QEMUUser)},
		{"note", t.Note},
		{"Linux " + m.Kernel.String(), kernelText(row)},
		{"", "read from " + m.Source},
		{"Rust since", sinceText(t)},
		{"", t.NoRust},
	}
}

// clangText returns make's LLVM variable and clang's --target for the target.
func clangText(t targets.Target) string {
	if t.Clang == "" {
		return t.LLVMMake
	}
	return strings.TrimSpace(t.LLVMMake + " --target=" + t.Clang)
}

// sinceText returns the first release with Rust for the target.
func sinceText(t targets.Target) string {
	if t.Since.IsZero() {
		return "no known release has it"
	}
	return "Linux " + t.Since.String()
}

// kernelText returns what the matrix's kernel has for the target.
func kernelText(row survey.Row) string {
	if row.Unsure {
		return "unknown whether it has Rust: " + row.Why
	}
	if !row.Rust {
		return "no Rust: " + row.Why
	}
	text := "Rust with " + strings.ReplaceAll(compilerNames(row.CC), " ", " and ")
	condition := "`select HAVE_RUST`"
	if row.By.Condition != "" {
		condition = "`select HAVE_RUST if " + row.By.Condition + "`"
	}
	return fmt.Sprintf("%s: %s (%s); rustc >= %s, bindgen >= %s", text, condition, row.By.Where, row.Rustc.Version, row.Bindgen.Version)
}

func tripleText(t targets.Triple) string { return fmt.Sprintf("%s (tier %d)", t.Name, t.Tier) }

// tryLines returns the commands that try the target: an installation and a proof with this kernel, or with the newest
// one when only that has Rust for the target, else a probe of each backend.
func tryLines(m survey.Matrix, newest versions.Version) []string {
	row := m.Rows[0]
	tree, release := m.Tree, m.Kernel.Series()
	if !row.Rust && !row.Target.Since.IsZero() || row.Rustc.Version.IsZero() {
		tree, release = "", newest.Series()
	}
	name, kernel := row.Target.Name, "--tree "+quoted(tree)
	if row.Rust || !row.Target.Since.IsZero() {
		var lines []string
		if tree == "" {
			kernel = "--tree linux-" + release
			lines = append(lines, fmt.Sprintf("krustup source %s -o linux-%s", release, release))
		}
		options := kernel + " --target " + name
		if row.Rust && row.CC[0] != toolchain.Clang {
			options += " --cc " + string(row.CC[0])
		}
		return append(lines, "krustup install "+options, "krustup prove "+options)
	}
	if tree == "" {
		kernel = "--kernel " + release
	}
	lines := []string{"krustup install " + kernel}
	for _, b := range allBackends {
		if statusOf(row.Target, b) != targets.None && len(probeTriples(probe.Backend(b), row.Target)) > 0 {
			lines = append(lines, fmt.Sprintf("krustup probe %s --backend %s %s", kernel, b, name))
		}
	}
	return lines
}

// quoted returns a word as it is written in a shell.
func quoted(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
