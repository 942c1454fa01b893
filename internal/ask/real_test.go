//go:build e2e

package ask

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

// record makes TestRealTools record what the tools print:
// go test -tags e2e ./internal/ask -run TestRealTools -record
var record = flag.Bool("record", false, "write the output of the real tools to testdata")

// TestRealTools asks the tools in the directory of KRUSTUP_TEST_RUSTC, which `make e2e` sets to the rustc of a set that
// it installed. TestRecorded asks programs that replay the output of such tools.
func TestRealTools(t *testing.T) {
	tools, err := Beside(t.Context(), os.Getenv("KRUSTUP_TEST_RUSTC"))
	if err != nil {
		t.Fatalf("KRUSTUP_TEST_RUSTC does not name a rustc, as `make e2e` sets it: %v", err)
	}
	release, err := tools.Release(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if *record {
		file, err := filepath.Abs(filepath.Join("testdata", release.String()+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		tools = standIns(t, file, tools)
	}
	checkAnswers(t, tools, release)
}
