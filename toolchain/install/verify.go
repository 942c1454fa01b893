package install

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// verifiedFile is an artifact whose bytes were verified through the descriptor that they are then read from: the file
// may have been in the store for a long time, and its name may lead to another file a moment later.
type verifiedFile struct {
	artifact toolchain.Artifact
	encoding toolchain.Encoding // the one that was fetched
	file     *os.File
}

// verify opens every artifact of the object and verifies its size, its digest and, where it has one, its signature.
func (o *object) verify(ctx context.Context) error {
	for _, a := range o.pick.Recipe.Artifacts {
		f, err := o.in.openVerified(ctx, a)
		if err != nil {
			return err
		}
		o.files = append(o.files, f)
	}
	return nil
}

// openVerified opens an artifact in the store, in the encoding that was fetched, and verifies it. The file is at its
// start.
func (in *Installer) openVerified(ctx context.Context, a toolchain.Artifact) (verifiedFile, error) {
	e := in.encoding(a)
	at, _ := in.Store.FindArchive(e.Digest, "")
	f, err := os.Open(cmp.Or(at, in.Store.ArchivePath(e.Digest)))
	if err != nil {
		return verifiedFile{}, fmt.Errorf("opening %s: %w", a.Name, err)
	}
	file := verifiedFile{a, e, f}
	if err := in.verify(ctx, file); err != nil {
		f.Close()
		return verifiedFile{}, err
	}
	return file, nil
}

func (in *Installer) verify(ctx context.Context, f verifiedFile) error {
	size := f.artifact.Size
	if size == 0 || f.encoding.Digest != f.artifact.Digest {
		info, err := f.file.Stat()
		if err != nil {
			return fmt.Errorf("reading %s: %w", f.artifact.Name, err)
		}
		size = info.Size()
	}
	verifier := trust.NewVerifier(io.Discard, path.Base(f.encoding.Path), f.encoding.Digest, size)
	if _, err := io.Copy(verifier, f.file); err != nil {
		return fmt.Errorf("reading %s: %w", f.artifact.Name, err)
	}
	if err := verifier.Verify(); err != nil {
		return err
	}
	if f.artifact.Signature != "" {
		if err := in.verifySignature(ctx, f); err != nil {
			return err
		}
	}
	return f.rewind()
}

func (f verifiedFile) rewind() error {
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("reading %s: %w", f.artifact.Name, err)
	}
	return nil
}

// verifySignature checks the detached signature over the uncompressed content, which is what kernel.org signs:
// https://www.kernel.org/signature.html
func (in *Installer) verifySignature(ctx context.Context, f verifiedFile) error {
	s, err := in.supplier(f.artifact)
	if err != nil {
		return err
	}
	keyring := s.Keyring()
	if keyring == nil {
		return &trust.SignatureError{Name: path.Base(f.artifact.Path), Reason: "supplier " + f.artifact.Supplier + " has no keys for detached signatures"}
	}
	at, _ := in.Store.FindArchive(f.artifact.Digest, signatureSuffix)
	sig, err := os.ReadFile(cmp.Or(at, in.Store.ArchivePath(f.artifact.Digest)+signatureSuffix))
	if err != nil {
		return fmt.Errorf("opening the signature of %s: %w", f.artifact.Name, err)
	}
	format, err := archive.FormatOf(f.encoding.Path)
	if err != nil {
		return err
	}
	if err := f.rewind(); err != nil {
		return err
	}
	content, err := archive.Decompress(ctx, f.file, format)
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = keyring.VerifyDetached(path.Base(f.artifact.Path), content, sig)
	return err
}
