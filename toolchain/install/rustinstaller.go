package install

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/krustup/krustup/internal/archive"
)

// InstallerError says that a tarball is not what rust-installer makes, or does not go with those before it.
type InstallerError struct {
	Archive string // its file name
	Where   string // the file in it: "rustc/manifest.in:12"; "" for the whole
	Reason  string
}

func (e *InstallerError) Error() string {
	if e.Where == "" {
		return fmt.Sprintf("%s: %s", e.Archive, e.Reason)
	}
	return fmt.Sprintf("%s: %s: %s", e.Archive, e.Where, e.Reason)
}

// Unverified tells that the content is not what was promised.
func (*InstallerError) Unverified() bool { return true }

// rustMerge puts rust-installer tarballs into one tree, as each one's install.sh would: the file "components" names
// directories, and the manifest.in of each says which files and directories of it belong into the tree. Nothing else is
// taken, and two tarballs may not both have a file. The scripts are never run.
//
// https://github.com/rust-lang/rust/blob/1.95.0/src/tools/rust-installer/install-template.sh
type rustMerge struct {
	tree   string
	drop   []string
	owners map[string]string // path in the tree to the archive that it came from
}

// The files of a tarball that say how to install it, and the only version of that there is.
const (
	installerVersionFile = "rust-installer-version"
	installerComponents  = "components"
	installerManifest    = "manifest.in"
	installerVersion     = "3"
)

// merge unpacks a tarball beside the files of the tree, and moves what its manifests name.
func (m *rustMerge) merge(ctx context.Context, f *os.File, format archive.Format, opts archive.Options) error {
	const aside = ".rust-installer"
	dir := filepath.Join(m.tree, aside)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("making a temporary tree: %w", err)
	}
	defer os.RemoveAll(dir)
	opts.Strip = 1
	for _, pattern := range m.drop {
		opts.Drop = append(opts.Drop, "*/"+pattern) // below each component
	}
	if _, err := archive.UnpackTarFile(ctx, f, format, dir, opts); err != nil {
		return err
	}
	root, err := os.OpenRoot(m.tree)
	if err != nil {
		return fmt.Errorf("opening the tree: %w", err)
	}
	defer root.Close()
	t := &rustTarball{merge: m, root: root, aside: aside, archive: opts.Archive}
	return t.install()
}

// rustTarball is one tarball, unpacked aside.
type rustTarball struct {
	merge   *rustMerge
	root    *os.Root
	aside   string
	archive string
}

func (t *rustTarball) fail(where, reason string, args ...any) error {
	return &InstallerError{Archive: t.archive, Where: where, Reason: fmt.Sprintf(reason, args...)}
}

func (t *rustTarball) install() error {
	found, err := t.lines(installerVersionFile)
	if err != nil {
		return err
	}
	if len(found) != 1 || found[0] != installerVersion {
		return t.fail(installerVersionFile, "found %q, expected %q", strings.Join(found, " "), installerVersion)
	}
	components, err := t.lines(installerComponents)
	if err != nil {
		return err
	}
	if len(components) == 0 {
		return t.fail(installerComponents, "it names no component")
	}
	for _, name := range components {
		if name != path.Base(name) || !filepath.IsLocal(name) {
			return t.fail(installerComponents, "component %q: expected the name of a directory", name)
		}
		if err := t.component(name); err != nil {
			return err
		}
	}
	return nil
}

// component moves what one manifest.in names: lines "file:PATH" and "dir:PATH".
func (t *rustTarball) component(name string) error {
	manifest := path.Join(name, installerManifest)
	lines, err := t.lines(manifest)
	if err != nil {
		return err
	}
	for i, line := range lines {
		where := fmt.Sprintf("%s:%d", manifest, i+1)
		kind, rel, ok := strings.Cut(line, ":")
		if !ok || kind != "file" && kind != "dir" {
			return t.fail(where, "found %q, expected file:PATH or dir:PATH", line)
		}
		if !filepath.IsLocal(rel) || path.Clean(rel) != rel || rel == "." || rel == t.aside || strings.HasPrefix(rel, t.aside+"/") {
			return t.fail(where, "path %q is not one inside the tree", rel)
		}
		if t.dropped(rel) {
			continue
		}
		if err := t.move(where, kind == "dir", path.Join(t.aside, name, rel), rel); err != nil {
			return err
		}
	}
	return nil
}

func (t *rustTarball) dropped(rel string) bool {
	for _, pattern := range t.merge.drop {
		if archive.Match(pattern, rel) {
			return true
		}
	}
	return false
}

// move gives one file or directory its place in the tree.
func (t *rustTarball) move(where string, dir bool, from, to string) error {
	info, err := t.root.Lstat(from)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return t.fail(where, "%s is not in the tarball", to)
	case err != nil:
		return fmt.Errorf("merging %s: %w", t.archive, err)
	case info.IsDir() != dir:
		return t.fail(where, "%s is a %s in the tarball", to, info.Mode().Type())
	}
	if _, err := t.root.Lstat(to); err == nil {
		return t.fail(where, "%s is there already, of %s", to, t.merge.owner(to))
	}
	if err := t.root.MkdirAll(path.Dir(to), 0o755); err != nil {
		return t.fail(where, "%s cannot be put into the tree: %v", to, err)
	}
	if err := t.root.Rename(from, to); err != nil {
		return fmt.Errorf("merging %s: %w", t.archive, err)
	}
	t.merge.owners[to] = t.archive
	return nil
}

// owner names the archive that a path, or a directory above it, came from.
func (m *rustMerge) owner(rel string) string {
	for at := rel; at != "."; at = path.Dir(at) {
		if o := m.owners[at]; o != "" {
			return o
		}
	}
	return "another"
}

// maxManifest bounds the lines that a tarball says about itself: rust-docs, the longest, has 50,000 files.
const maxManifest = 16 << 20

// lines reads a text file of the tarball without its empty lines.
func (t *rustTarball) lines(name string) ([]string, error) {
	f, err := t.root.Open(path.Join(t.aside, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, t.fail("", "it has no %s, so it is not a tarball of rust-installer", name)
	}
	if err != nil {
		return nil, t.fail(name, "it cannot be read: %v", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() > maxManifest {
		return nil, t.fail(name, "expected a text file of at most %d bytes", maxManifest)
	}
	var list []string
	scan := bufio.NewScanner(f)
	for scan.Scan() {
		if line := strings.TrimRight(scan.Text(), "\r"); line != "" {
			list = append(list, line)
		}
	}
	if err := scan.Err(); err != nil {
		return nil, t.fail(name, "it cannot be read: %v", err)
	}
	return list, nil
}
