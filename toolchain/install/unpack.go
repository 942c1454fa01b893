package install

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// Bounds for a kernel source, some four times what Linux 7.3 has: there is no signed figure to go by.
const (
	maxFiles       = 400_000
	maxSourceBytes = 8 << 30
)

// unpack puts the artifacts of a pick into dir, one over another.
func (in *Installer) unpack(ctx context.Context, p toolchain.Pick, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the tree: %w", err)
	}
	merge := &rustMerge{tree: dir, drop: p.Recipe.Drop, owners: map[string]string{}}
	for _, a := range p.Recipe.Artifacts {
		if err := in.unpackOne(ctx, a, p.Recipe, merge); err != nil {
			return err
		}
	}
	if err := makeLinks(dir, p.Recipe.Links); err != nil {
		return err
	}
	if err := archive.CheckLinks(dir); err != nil {
		return err
	}
	return hasAll(dir, p.Recipe)
}

func (in *Installer) unpackOne(ctx context.Context, a toolchain.Artifact, recipe toolchain.Recipe, merge *rustMerge) error {
	f, e, err := in.openVerified(ctx, a)
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil {
		defer in.Watch.Progress(info.Size())
	}
	opts := archive.Options{Archive: path.Base(e.Path), Keep: a.Keep, Drop: recipe.Drop, MaxBytes: a.Unpacked, MaxFiles: maxFiles}
	if recipe.Layout == toolchain.LayoutDebian {
		opts.Rename = mergedUsr
		_, err = archive.UnpackDeb(ctx, f, merge.tree, opts)
		return err
	}
	format, err := archive.FormatOf(e.Path)
	if err != nil {
		return err
	}
	switch recipe.Layout {
	case toolchain.LayoutRust:
		opts.Drop = nil
		return merge.merge(ctx, f, format, opts)
	case toolchain.LayoutTar:
		opts.Strip = recipe.Strip
		_, err = archive.UnpackTarFile(ctx, f, format, merge.tree, opts)
		return err
	}
	return fmt.Errorf("%s: layout %q is not known to this krustup", a.Name, recipe.Layout)
}

// openVerified opens what was fetched of an artifact. It is verified again, and through the descriptor that is then read
// from: the file may have been here for long.
func (in *Installer) openVerified(ctx context.Context, a toolchain.Artifact) (*os.File, toolchain.Encoding, error) {
	e := in.encoding(a)
	at, _ := in.Store.FindArchive(e.Digest, "")
	f, err := os.Open(cmp.Or(at, in.Store.ArchivePath(e.Digest)))
	if err != nil {
		return nil, e, fmt.Errorf("opening %s: %w", a.Name, err)
	}
	if err := in.verify(ctx, f, a, e); err != nil {
		f.Close()
		return nil, e, err
	}
	return f, e, nil
}

func (in *Installer) verify(ctx context.Context, f *os.File, a toolchain.Artifact, e toolchain.Encoding) error {
	size := a.Size
	if size == 0 || e.Digest != a.Digest {
		info, err := f.Stat()
		if err != nil {
			return fmt.Errorf("reading %s: %w", a.Name, err)
		}
		size = info.Size()
	}
	verifier := trust.NewVerifier(io.Discard, path.Base(e.Path), e.Digest, size)
	if _, err := io.Copy(verifier, f); err != nil {
		return fmt.Errorf("reading %s: %w", a.Name, err)
	}
	if err := verifier.Verify(); err != nil {
		return err
	}
	if a.Signature != "" {
		if err := in.verifySignature(ctx, f, a, e); err != nil {
			return err
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("reading %s: %w", a.Name, err)
	}
	return nil
}

// verifySignature checks the detached signature over the uncompressed content, as kernel.org signs:
// https://www.kernel.org/signature.html
func (in *Installer) verifySignature(ctx context.Context, f *os.File, a toolchain.Artifact, e toolchain.Encoding) error {
	s, err := in.supplier(a)
	if err != nil {
		return err
	}
	keyring := s.Keyring()
	if keyring == nil {
		return &trust.SignatureError{Name: path.Base(a.Path), Reason: "supplier " + a.Supplier + " has no keys for detached signatures"}
	}
	at, _ := in.Store.FindArchive(a.Digest, signatureSuffix)
	sig, err := os.ReadFile(cmp.Or(at, in.Store.ArchivePath(a.Digest)+signatureSuffix))
	if err != nil {
		return fmt.Errorf("opening the signature of %s: %w", a.Name, err)
	}
	format, err := archive.FormatOf(e.Path)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("reading %s: %w", a.Name, err)
	}
	content, err := archive.Decompress(ctx, f, format)
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = keyring.VerifyDetached(path.Base(a.Path), content, sig)
	return err
}

// mergedUsr maps a name to where it stands on a system with merged /usr, as Debian is since 12: a package that still
// has /lib/x means /usr/lib/x.
func mergedUsr(name string) string {
	first, _, _ := strings.Cut(name, "/")
	switch first {
	case "bin", "sbin", "lib", "lib32", "lib64", "libx32":
		return "usr/" + name
	}
	return name
}

// makeLinks makes the links of a recipe: names that a package's maintainer scripts would have made.
func makeLinks(dir string, links map[string]string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening the tree: %w", err)
	}
	defer root.Close()
	for name, target := range links {
		if !filepath.IsLocal(name) || path.IsAbs(target) || !filepath.IsLocal(filepath.Join(filepath.Dir(name), target)) {
			return &archive.HostileError{Archive: "recipe", Entry: name, Reason: "its link leads out of the tree to " + target}
		}
		if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
			return fmt.Errorf("making link %s: %w", name, err)
		}
		if err := root.Symlink(target, name); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("making link %s: %w", name, err)
		}
	}
	return nil
}

// hasAll checks that each program and path of a recipe is really there, in the tree: a package that was built another
// way is found out here, and not by the kernel's build.
func hasAll(dir string, recipe toolchain.Recipe) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening the tree: %w", err)
	}
	defer root.Close()
	for name, rel := range recipe.Tools {
		info, err := root.Stat(rel)
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return &IncompleteError{What: name, Path: rel}
		}
	}
	for key, rel := range recipe.Paths {
		switch key {
		case toolchain.PathCrossPrefix:
			rel += "gcc"
		case toolchain.PathRustLibSrc:
			rel += "/core/src/lib.rs" // what the kernel builds first
		}
		if _, err := root.Stat(rel); err != nil {
			return &IncompleteError{What: key, Path: rel}
		}
	}
	return nil
}

// IncompleteError says that the artifacts of an object do not hold what they should.
type IncompleteError struct{ What, Path string }

func (e *IncompleteError) Error() string {
	return fmt.Sprintf("the packages do not hold %s, expected as %s", e.What, e.Path)
}
