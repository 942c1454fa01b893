package install

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/toolchain"
)

// RustcError says that a rustc that was unpacked is not the one that the catalogue promised, or does not run here.
type RustcError struct {
	Path   string // in the tree
	Want   version.Version
	Reason string
}

func (e *RustcError) Error() string {
	return fmt.Sprintf("%s: %s, expected rustc %s", e.Path, e.Reason, e.Want)
}

// RustcTimeout is what `rustc -vV` may take: it loads 200 MB of libraries, from a disk that may be busy.
const RustcTimeout = time.Minute

// askRustc runs rustc of rust-lang or kernel-org in its staged tree, all of which was verified, and gives the version of the
// LLVM inside it. Debian's cannot run before it is published; its packages tell the version.
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
		return version.Version{}, &RustcError{rel, p.Offer.Version, fmt.Sprintf("it says that it is %s", release)}
	}
	return llvm, nil
}
