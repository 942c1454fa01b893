//go:build e2e

package ask

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

// record has TestRealTools write down what the tools say: go test -tags e2e ./internal/ask -run TestRealTools -record
var record = flag.Bool("record", false, "write what the real tools say to testdata")

// TestRealTools asks the tools beside KRUSTUP_TEST_RUSTC, which `make e2e` sets to the rustc of a set that it
// installed. TestRecorded asks what stands in for such tools.
func TestRealTools(t *testing.T) {
	tools, err := Beside(t.Context(), os.Getenv("KRUSTUP_TEST_RUSTC"))
	if err != nil {
		t.Fatalf("KRUSTUP_TEST_RUSTC names no rustc, as `make e2e` sets it: %v", err)
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
