package child

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Of what a program prints no more is kept than is wanted.
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

// A child of the program that keeps its output open ends with it.
func TestGrouped(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", "echo begun; sleep 60 & wait")
	Grouped(cmd)
	out := Output{Most: 100}
	cmd.Stdout = &out
	began := time.Now()
	if err := cmd.Run(); err == nil {
		t.Error("it ended by itself")
	}
	if took := time.Since(began); took > 4*time.Second || strings.TrimSpace(out.String()) != "begun" {
		t.Errorf("it said %q and took %v: what it started went on", out.String(), took)
	}
}
