package install

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/child"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// BuildError reports that cargo failed to build a program from its crates.
type BuildError struct {
	What string // "bindgen-cli 0.65.1"
	Said string // the last lines of cargo
}

// Error returns several lines: the program, and the end of cargo's output.
func (e *BuildError) Error() string {
	return fmt.Sprintf("cargo failed to build %s:\n%s", e.What, e.Said)
}

// build builds a program from crates with the set's own rustc and cargo. Cargo gets only the verified crates, in a
// directory, and no network, so nothing else can go in. It works in the stage's temporary directory, and only the
// program goes into the object.
func (o *object) build(ctx context.Context) error {
	p, stage := o.pick, o.stage
	rust, cargo := o.others[toolchain.Rust], o.others[toolchain.Cargo]
	if rust.Record.Tools["rustc"] == "" || cargo.Record.Tools["cargo"] == "" {
		return fmt.Errorf("building %s: the set has no rustc or no cargo", p.Recipe.Artifacts[0].Name)
	}
	work := filepath.Join(filepath.Dir(stage.Dir), "build")
	if err := o.unpackCrates(ctx, work); err != nil {
		return err
	}
	config := fmt.Sprintf("[source.crates-io]\nreplace-with = \"verified\"\n[source.verified]\ndirectory = %q\n[net]\noffline = true\n", filepath.Join(work, "vendor"))
	if err := os.MkdirAll(filepath.Join(work, "home"), 0o755); err != nil {
		return fmt.Errorf("creating a build directory: %w", err)
	}
	if err := os.WriteFile(filepath.Join(work, "home", "config.toml"), []byte(config), 0o644); err != nil {
		return fmt.Errorf("creating a build directory: %w", err)
	}
	if err := runCargo(ctx, p, work, programOf(cargo, "cargo"), programOf(rust, "rustc")); err != nil {
		return err
	}
	for name, rel := range p.Recipe.Tools {
		if err := take(filepath.Join(work, "target", "release", name), filepath.Join(stage.Dir, rel)); err != nil {
			return fmt.Errorf("taking %s out of the build: %w", name, err)
		}
	}
	return hasAll(stage.Dir, p.Recipe)
}

func programOf(o store.Object, name string) string {
	return filepath.Join(o.Record.Dir, o.Record.Tools[name])
}

// unpackCrates unpacks the program's own crate into src/ and the others into vendor/, a directory that cargo accepts as
// a registry: https://doc.rust-lang.org/cargo/reference/source-replacement.html#directory-sources
func (o *object) unpackCrates(ctx context.Context, work string) error {
	for i, f := range o.files {
		name := path.Base(f.artifact.Path)
		dir := filepath.Join(work, "vendor", strings.TrimSuffix(name, ".crate"))
		if i == 0 {
			dir = filepath.Join(work, "src")
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("creating a build directory: %w", err)
		}
		if _, err := archive.UnpackTarFile(ctx, f.file, archive.Gzip, dir, archive.Options{Archive: name, Strip: 1, MaxFiles: maxFiles}); err != nil {
			return err
		}
		o.in.countUnpacked(f)
		if i == 0 {
			continue
		}
		sums, err := json.Marshal(map[string]any{"files": map[string]string{}, "package": f.artifact.Digest})
		if err != nil {
			return fmt.Errorf("creating a build directory: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, ".cargo-checksum.json"), sums, 0o644); err != nil {
			return fmt.Errorf("creating a build directory: %w", err)
		}
	}
	return nil
}

// runCargo builds src/ in a clean environment: the user's settings for cargo and rustc do not apply.
func runCargo(ctx context.Context, p toolchain.Pick, work, cargo, rustc string) error {
	cmd := exec.CommandContext(ctx, cargo, "build", "--release", "--locked", "--offline", "--manifest-path", filepath.Join(work, "src", "Cargo.toml"))
	cmd.Dir = work
	cmd.Env = []string{
		"PATH=" + filepath.Dir(rustc) + ":" + os.Getenv("PATH"), "HOME=" + work, "LC_ALL=C", "CARGO_HOME=" + filepath.Join(work, "home"),
		"CARGO_TARGET_DIR=" + filepath.Join(work, "target"), "RUSTC=" + rustc, "CARGO_TERM_COLOR=never",
	}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	child.Terminated(cmd)
	err := cmd.Run()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	if _, failed := errors.AsType[*exec.ExitError](err); !failed {
		return fmt.Errorf("running cargo: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	return &BuildError{p.Recipe.Artifacts[0].Name, strings.Join(lines[max(0, len(lines)-20):], "\n")}
}

// take copies a program into the object.
func take(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// builtHere returns the digests of the programs that were built on this machine: another machine may get other bytes.
func builtHere(p toolchain.Pick, stage *store.Stage) (map[string]trust.Digest, error) {
	if p.Recipe.Layout != toolchain.LayoutCargo {
		return nil, nil
	}
	built := map[string]trust.Digest{}
	for name, rel := range p.Recipe.Tools {
		data, err := os.ReadFile(filepath.Join(stage.Dir, rel))
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		built[name] = trust.DigestOf(data)
	}
	return built, nil
}
