package child

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Output keeps no more than its limit, and accepts every write.
func TestOutput(t *testing.T) {
	out := Output{Most: 1000}
	for range 3 {
		if n, err := out.Write(make([]byte, 501)); n != 501 || err != nil {
			t.Fatal(n, err)
		}
	}
	if len(out.String()) != 1000 {
		t.Errorf("kept %d bytes, expected 1000", len(out.String()))
	}
}

// A child of the program, which keeps the output open, ends with it.
func TestGroups(t *testing.T) {
	for name, group := range map[string]func(*exec.Cmd){"killed": Grouped, "terminated": Terminated} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			cmd := exec.CommandContext(ctx, "sh", "-c", "echo begun; sleep 60 & wait")
			group(cmd)
			out := Output{Most: 100}
			cmd.Stdout = &out
			began := time.Now()
			if err := cmd.Run(); err == nil {
				t.Error("the program ended without an error")
			}
			if took := time.Since(began); took > 4*time.Second || strings.TrimSpace(out.String()) != "begun" {
				t.Errorf("the program printed %q and took %v: its child did not end with it", out.String(), took)
			}
		})
	}
}
