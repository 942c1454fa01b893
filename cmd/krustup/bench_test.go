package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkCommands measures the commands that must be fast, each as a whole process. It also reports the time as a
// multiple of running true(1), which varies less than seconds do on a shared machine.
func BenchmarkCommands(b *testing.B) {
	a := newArchive(b)
	dir := b.TempDir()
	public, err := a.Key.Public()
	if err != nil {
		b.Fatal(err)
	}
	key := filepath.Join(dir, "key.asc")
	if err := os.WriteFile(key, public, 0o644); err != nil {
		b.Fatal(err)
	}
	fp, err := a.Key.Fingerprint()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = exec.Command("chmod", "-R", "u+w", dir).Run() })
	b.Setenv("TEST_ARCHIVE_KEY", key)
	b.Setenv("TEST_ARCHIVE_FINGERPRINT", fp.String())
	b.Setenv("KRUSTUP_DEBIAN_MIRROR", a.URL())
	b.Setenv("KRUSTUP_HOME", filepath.Join(dir, "home"))
	selection := []string{"--tree", "testdata/tree", "--target", "arm64"}
	command := func(name string, args ...string) time.Duration {
		began := time.Now()
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			b.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return time.Since(began)
	}
	command("krustup", append([]string{"install"}, selection...)...)
	for _, args := range [][]string{
		append([]string{"env"}, selection...), append([]string{"resolve"}, selection...),
		append([]string{"install"}, selection...),
		{"targets", "lacking", "--kernel", "7.3"},
		{"__complete", "install", "--target", "ar"}, // a key press: at most 30 ms
		{"__complete", "resolve", "--kernel", "6."},
	} {
		b.Run(args[0], func(b *testing.B) {
			var ours, nothing time.Duration
			for b.Loop() {
				ours += command("krustup", args...)
				nothing += command("true")
			}
			b.ReportMetric(float64(ours)/float64(nothing), "×true")
			b.ReportMetric(ours.Seconds()*1000/float64(b.N), "ms/run")
		})
	}
}
