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

// Beside returns the tools of the toolchain that a rustc belongs to. It finds them by rustc's sysroot, because rustc
// may be a proxy of rustup. A proxy only leads to the toolchain that it chooses in the caller's environment, and would
// not find that toolchain in the environment that Ask runs tools in.
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
		return Tools{}, fmt.Errorf("%s reports the sysroot %q, but there is no rustc in its bin/ nor in the directory of %[1]s", rustc, strings.TrimSpace(sysroot))
	}
	return Tools{in(bin, "rustc"), in(bin, "rustdoc"), in(bin, "rustfmt"), in(bin, "clippy-driver")}, nil
}

// Release returns the release that rustc reports: 1.95.0, 1.97.0-nightly.
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

// say returns a program's standard output. The program runs in the caller's environment, except that a proxy of rustup
// chooses only among the installed toolchains and downloads none.
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
