package survey

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/cli"
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
		if record[0] != target.Name || (record[6] == "yes") != target.Kernel.Rust || record[11] != target.Kernel.Why {
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
