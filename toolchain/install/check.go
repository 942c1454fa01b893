package install

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/elf"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/toolchain"
)

// RustcError reports that an unpacked rustc is not the one that the catalogue promised, or does not run on this
// machine.
type RustcError struct {
	Path   string // in the object
	Want   version.Version
	Reason string
}

// Error prints the expected release after the reason, which contains the one that was found.
func (e *RustcError) Error() string {
	return fmt.Sprintf("%s: %s, expected rustc %s", e.Path, e.Reason, e.Want)
}

// RustcTimeout bounds `rustc -vV`, which loads 200 MB of libraries, from a disk that may be busy.
const RustcTimeout = time.Minute

// check checks what can be checked before the object is published. A relocated program cannot run yet, because its
// interpreter is a path of the published object: each is checked for its libraries and symbol versions. A rustc that
// needs no relocation is run.
func (o *object) check(ctx context.Context) error {
	if o.isRelocated() {
		return o.checkLibraries()
	}
	llvm, err := askRustc(ctx, o.pick, o.stage)
	if err != nil {
		return err
	}
	if promised := o.pick.Offer.LLVM; !promised.IsZero() && !llvm.IsZero() && promised.Major() != llvm.Major() {
		o.in.Watch.Note("rustc %s contains LLVM %s, but --match-llvm assumed LLVM %d", o.pick.Offer.Version, llvm, promised.Major())
	}
	o.record.LLVM = llvm
	return nil
}

func (o *object) checkLibraries() error {
	machine, err := elf.MachineOf(o.pick.Offer.Host.String())
	if err != nil {
		return err
	}
	problems, err := elf.Check(o.stage.Dir, o.stage.Final, machine)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return &elf.NeedsError{Root: o.stage.Dir, Problems: problems}
	}
	return nil
}

// askRustc runs the rustc of rust-lang or kernel-org in its stage and returns the version of the LLVM inside it. The
// result is zero for Debian's rustc: its package has the version.
func askRustc(ctx context.Context, p toolchain.Pick, stage *store.Stage) (version.Version, error) {
	rel, ok := p.Recipe.Tools["rustc"]
	if !ok || p.Recipe.Layout != toolchain.LayoutRust && p.Recipe.Layout != toolchain.LayoutTar {
		return version.Version{}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, RustcTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(stage.Dir, rel), "-vV")
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return version.Version{}, &RustcError{rel, p.Offer.Version, fmt.Sprintf("it does not run (%v) %s", err, strings.TrimSpace(stderr.String()))}
	}
	release, llvm, err := toolchain.ParseVerbose(string(out))
	if err != nil {
		return version.Version{}, &RustcError{rel, p.Offer.Version, err.Error()}
	}
	if release.Compare(p.Offer.Version) != 0 {
		return version.Version{}, &RustcError{rel, p.Offer.Version, fmt.Sprintf("it reports that it is %s", release)}
	}
	return llvm, nil
}
