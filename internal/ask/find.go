package ask

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/krustup/krustup/internal/version"
)

// Beside gives the tools of the toolchain that a rustc belongs to. It is asked for its sysroot: a proxy of rustup is only
// the way to the toolchain that it chooses here, and would not find it in the environment that questions are put in.
func Beside(ctx context.Context, rustc string) (Tools, error) {
	sysroot, err := say(ctx, rustc, "--print=sysroot")
	if err != nil {
		return Tools{}, err
	}
	in := func(dir, name string) string {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return ""
		}
		return path
	}
	bin := filepath.Join(strings.TrimSpace(sysroot), "bin")
	if in(bin, "rustc") == "" {
		bin = filepath.Dir(rustc)
	}
	if in(bin, "rustc") == "" {
		return Tools{}, fmt.Errorf("%s says %q, and there is no rustc in it, nor beside %[1]s", rustc, strings.TrimSpace(sysroot))
	}
	return Tools{in(bin, "rustc"), in(bin, "rustdoc"), in(bin, "rustfmt"), in(bin, "clippy-driver")}, nil
}

// Release asks rustc for its own: 1.95.0, 1.97.0-nightly.
func (t Tools) Release(ctx context.Context) (version.Version, error) {
	text, err := say(ctx, t.Rustc, "-vV")
	if err != nil {
		return version.Version{}, err
	}
	for line := range strings.Lines(text) {
		if release, ok := strings.CutPrefix(line, "release: "); ok {
			return version.Parse(strings.TrimSpace(release))
		}
	}
	return version.Version{}, fmt.Errorf("%s -vV: expected a line \"release: …\", found %q", t.Rustc, strings.TrimSpace(text))
}

// say gives what a program prints, in the caller's environment. A proxy of rustup chooses among the toolchains that are
// there, and fetches none.
func say(ctx context.Context, program, arg string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, arg)
	cmd.Env = append(os.Environ(), "RUSTUP_AUTO_INSTALL=0")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", program, arg, err)
	}
	return string(out), nil
}
