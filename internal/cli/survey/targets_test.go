package survey

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/targets"
)

// answer runs a krustup command line in this process and returns its stdout.
func answer(t *testing.T, line string) string {
	t.Helper()
	var out bytes.Buffer
	if code := cli.Run(t.Context(), strings.Fields(line), cli.Options{Out: &out, Err: io.Discard}, Group()); code != 0 {
		t.Fatalf("%s: exit code %d", line, code)
	}
	return out.String()
}

// yesNo returns how CSV has a value that may be unknown.
func yesNo(known *bool) string {
	switch {
	case known == nil:
		return "unknown"
	case *known:
		return "yes"
	}
	return "no"
}

// What the facts leave open is unknown in every form, and neither yes nor no. These are the nulls of the survey of
// November 2026: whether LoongArch has Rust for 32 bits, and what LLVM can do for targets that nobody tried.
func TestUnknownStaysUnknown(t *testing.T) {
	var matrix MatrixJSON
	if err := json.Unmarshal([]byte(answer(t, "krustup targets --kernel 7.3 --json")), &matrix); err != nil {
		t.Fatal(err)
	}
	noSince := strings.Fields("i386 um um-i386 armv7 armv6 armv5 armv7m armeb arm64 arm64be riscv64 riscv32 ppc64 ppc32 sparc64 sparc32 " +
		"coldfire alpha arc arceb parisc parisc64 sh4 sh4eb microblaze microblazeel openrisc nios2 csky-ck610")
	noStatus := strings.Fields("csky-ck610 mips32r6el mips64r6")
	for _, target := range matrix.Targets {
		if unknown := target.Kernel.Rust == nil; unknown != (target.Name == "loongarch32") {
			t.Errorf("%s: whether Linux 7.3 has Rust is %s", target.Name, yesNo(target.Kernel.Rust))
		}
		for _, b := range target.Backends {
			if b.Backend != targets.LLVM {
				continue
			}
			if b.Since != "" && slices.Contains(noSince, target.Name) {
				t.Errorf("%s: llvm since %s, expected unknown", target.Name, b.Since)
			}
			if (b.Status == targets.Unknown) != slices.Contains(noStatus, target.Name) {
				t.Errorf("%s: llvm has status %s", target.Name, b.Status)
			}
		}
	}
	for _, line := range []string{"targets --kernel 7.3", "targets show --kernel 7.3 loongarch32", "targets --kernel 7.3 --markdown"} {
		if text := answer(t, "krustup "+line); !strings.Contains(text, "unknown") || strings.Contains(text, "no Rust: `select HAVE_RUST` holds") {
			t.Errorf("%s: expected unknown, got\n%s", line, text)
		}
	}
}

// The formats agree: CSV has a record for each target in JSON, and Markdown rows have as many cells as their header.
func TestTargetForms(t *testing.T) {
	var matrix MatrixJSON
	if err := json.Unmarshal([]byte(answer(t, "krustup targets --kernel 7.3 --json")), &matrix); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(answer(t, "krustup targets --kernel 7.3 --csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != len(matrix.Targets)+1 {
		t.Fatalf("%d records of CSV for %d targets", len(records), len(matrix.Targets))
	}
	for i, target := range matrix.Targets {
		record := records[i+1]
		if record[0] != target.Name || record[6] != yesNo(target.Kernel.Rust) || record[11] != target.Kernel.Why {
			t.Errorf("%[2]s: CSV has %[1]q, JSON %+[3]v", record, target.Name, *target.Kernel)
		}
	}
	for _, line := range []string{"targets --markdown", "targets lacking --markdown", "targets diff --markdown 6.12 7.3"} {
		text := answer(t, "krustup "+line)
		rows := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		want := strings.Count(rows[0], "|")
		for _, row := range rows {
			if got := strings.Count(row, "|") - strings.Count(row, `\|`); got != want {
				t.Errorf("%s: %d bars, expected %d as in the header: %s", line, got, want, row)
			}
		}
	}
}
