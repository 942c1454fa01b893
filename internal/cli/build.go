package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/doctor"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// RunBuild runs a build of a kernel's Rust code in --output, or else in a temporary directory that it removes
// afterwards. The log is <name>.log in the store. Builds of the same name wait for each other, because they write the
// same log.
func RunBuild(a *App, c *urfave.Context, sel Selection, name string, build func(*store.Store, kbuild.ProveOptions) error) error {
	st, err := a.Store()
	if err != nil {
		return err
	}
	if err := st.EnsureWritable(); err != nil {
		return err
	}
	output := c.String("output")
	if output == "" {
		if output, err = os.MkdirTemp("", "krustup-build-"); err != nil {
			return fmt.Errorf("creating build directory: %w", err)
		}
		defer os.RemoveAll(output)
	}
	if output, err = filepath.Abs(output); err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	jobs, err := a.Jobs()
	if err != nil {
		return err
	}
	unlock, err := st.Lock(c.Context, "build-"+name, "building "+name, func(h lock.Holder) { a.Screen().Note("%s: waiting for %s", name, h) })
	if err != nil {
		return err
	}
	defer unlock()
	return build(st, kbuild.ProveOptions{Tree: sel.Tree, Output: output, Log: filepath.Join(st.LogsDir(), name+".log"), Jobs: jobs})
}

// FormatSeconds returns a number of seconds as people read it, rounded to tenths: "1m14.2s".
func FormatSeconds(s float64) string {
	return Duration(s).Round(100 * time.Millisecond).String()
}

// Duration converts a number of seconds, as JSON records them.
func Duration(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// RequireHostTools returns an *ExitError that names the required findings that failed, with the command that installs
// them as its hint; nil if none failed.
func RequireHostTools(findings []doctor.Finding) error {
	missing := doctor.Missing(findings, doctor.Required)
	if len(missing) == 0 {
		return nil
	}
	names := make([]string, len(missing))
	for i, f := range missing {
		names[i] = f.Name
	}
	e := &ExitError{Code: failure.Host, Text: "this host lacks what a kernel build needs: " + strings.Join(names, ", ")}
	if command, known := doctor.InstallCommand(findings); known {
		e.Hint = command
	}
	return e
}
