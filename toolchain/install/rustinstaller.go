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

// InstallerError reports that a tarball is not one of rust-installer, or conflicts with those before it.
type InstallerError struct {
	Archive string // its file name
	Where   string // file in it: "rustc/manifest.in:12"; "" for the whole
	Reason  string
}

// Error names the archive, then the file and line in it if one is at fault.
func (e *InstallerError) Error() string {
	if e.Where == "" {
		return fmt.Sprintf("%s: %s", e.Archive, e.Reason)
	}
	return fmt.Sprintf("%s: %s: %s", e.Archive, e.Where, e.Reason)
}

// Unverified reports that the content is not what was promised.
func (*InstallerError) Unverified() bool { return true }

// rustMerge merges rust-installer tarballs into one tree, as the install.sh of each would. The file "components" lists
// directories, and the manifest.in of each lists its files and directories that belong into the tree. Nothing else is
// installed, and two tarballs may not have the same file. The scripts are never run.
//
// https://github.com/rust-lang/rust/blob/1.95.0/src/tools/rust-installer/install-template.sh
type rustMerge struct {
	tree   string
	drop   []string
	owners map[string]string // archive that a path in the tree came from
}

// The files of a tarball that describe how to install it, and the only version of their format.
const (
	installerVersionFile = "rust-installer-version"
	installerComponents  = "components"
	installerManifest    = "manifest.in"
	installerVersion     = "3"
)

// merge unpacks a tarball into a reserved directory in the tree, and moves the files that its manifests list.
func (m *rustMerge) merge(ctx context.Context, f *os.File, format archive.Format, opts archive.Options) error {
	const aside = ".rust-installer"
	dir := filepath.Join(m.tree, aside)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return fmt.Errorf("creating a temporary tree: %w", err)
	}
	defer os.RemoveAll(dir)
	opts.Strip = 1
	for _, pattern := range m.drop {
		opts.Drop = append(opts.Drop, "*/"+pattern) // below the directory of each component
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

// rustTarball is one tarball, unpacked into a directory of its own.
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
		return t.fail(installerComponents, "it lists no component")
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

// component moves what one manifest.in lists, in lines "file:PATH" and "dir:PATH".
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
			return t.fail(where, "path %q: expected a path inside the tree", rel)
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

// move moves one file or directory to its place in the tree.
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
		return t.fail(where, "%s already exists, from %s", to, t.merge.owner(to))
	}
	if err := t.root.MkdirAll(path.Dir(to), 0o755); err != nil {
		return t.fail(where, "moving %s into the tree: %v", to, err)
	}
	if err := t.root.Rename(from, to); err != nil {
		return fmt.Errorf("merging %s: %w", t.archive, err)
	}
	t.merge.owners[to] = t.archive
	return nil
}

// owner returns the archive that a path, or a directory above it, came from.
func (m *rustMerge) owner(rel string) string {
	for at := rel; at != "."; at = path.Dir(at) {
		if o := m.owners[at]; o != "" {
			return o
		}
	}
	return "another archive"
}

// maxManifest bounds a file that describes a tarball, in bytes: rust-docs, which has the longest, lists 50,000 files.
const maxManifest = 16 << 20

// lines returns the lines of a text file of the tarball, without empty ones.
func (t *rustTarball) lines(name string) ([]string, error) {
	f, err := t.root.Open(path.Join(t.aside, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, t.fail("", "it has no %s: it is not a tarball of rust-installer", name)
	}
	if err != nil {
		return nil, t.fail(name, "reading it: %v", err)
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
		return nil, t.fail(name, "reading it: %v", err)
	}
	return list, nil
}
