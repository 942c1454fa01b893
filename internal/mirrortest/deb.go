package mirrortest

import (
	"archive/tar"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// Deb is a binary package. Name and Version must be set.
type Deb struct {
	Name       string
	Version    string
	Arch       string // "": amd64; "all" goes into the index of every architecture
	Source     string // as the field has it: "rustc" or "rustc (1.85.1-1)"
	PreDepends string
	Depends    string
	Provides   string
	Installed  int64 // KiB; 0: computed from Files or Data
	Files      []File
	Form       string // compression of data.tar: "xz", "zst", "gz" or "none"; "": xz
	Data       []byte // data.tar itself, in place of Files: for content that no packaging tool would write
}

// File is an entry of a package. Its directories are added as needed.
type File struct {
	Path    string // "usr/bin/rustc"
	Content []byte
	Mode    fs.FileMode // 0: 0644
	Link    string      // target of a symbolic link; "": a regular file
}

// Text returns a plain file.
func Text(path, content string) File { return File{Path: path, Content: []byte(content)} }

// Program returns an executable file: a script, or the bytes of one of the machine's own programs.
func Program(path string, content []byte) File {
	return File{Path: path, Content: content, Mode: 0o755}
}

// Link returns a symbolic link.
func Link(path, target string) File { return File{Path: path, Link: target} }

// epoch is the time of every file in a package, so that the same Deb always results in the same bytes.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (d Deb) arch() string { return cmp.Or(d.Arch, "amd64") }

// filename returns the package's path in the archive, in the layout of Debian's pool: without the epoch of the version.
func (d Deb) filename() string {
	source, _, _ := strings.Cut(cmp.Or(d.Source, d.Name), " ")
	letter := source[:1]
	if strings.HasPrefix(source, "lib") && len(source) > 3 {
		letter = source[:4]
	}
	_, version, found := strings.Cut(d.Version, ":")
	if !found {
		version = d.Version
	}
	return path.Join("pool/main", letter, source, d.Name+"_"+version+"_"+d.arch()+".deb")
}

// fields returns the control fields that the package and the index have in common.
func (d Deb) fields() string {
	var b strings.Builder
	for _, f := range [][2]string{
		{"Package", d.Name},
		{"Source", d.Source},
		{"Version", d.Version},
		{"Architecture", d.arch()},
		{"Maintainer", "Nobody <nobody@example.org>"},
		{"Installed-Size", fmt.Sprint(d.installed())},
		{"Pre-Depends", d.PreDepends},
		{"Depends", d.Depends},
		{"Provides", d.Provides},
		{"Section", "devel"},
		{"Priority", "optional"},
	} {
		if f[1] != "" {
			b.WriteString(f[0] + ": " + f[1] + "\n")
		}
	}
	b.WriteString("Description: created for a test\n It continues on a second line,\n .\n and after an empty line.\n")
	return b.String()
}

func (d Deb) installed() int64 {
	if d.Installed != 0 {
		return d.Installed
	}
	total := int64(len(d.Data)+1023) >> 10
	for _, f := range d.Files {
		total += int64(len(f.Content)+1023) >> 10
	}
	return total
}

// Bytes returns the package in the format that dpkg-deb writes (see deb(5)).
func (d Deb) Bytes() ([]byte, error) {
	data := d.Data
	if data == nil {
		var err error
		if data, err = tarball("./", d.Files); err != nil {
			return nil, fmt.Errorf("package %s: %w", d.Name, err)
		}
	}
	control, err := tarball("./", []File{Text("control", d.fields())})
	if err != nil {
		return nil, fmt.Errorf("package %s: %w", d.Name, err)
	}
	control, _, err = compress("gz", control)
	if err != nil {
		return nil, err
	}
	data, ext, err := compress(cmp.Or(d.Form, "xz"), data)
	if err != nil {
		return nil, fmt.Errorf("package %s: %w", d.Name, err)
	}
	var out bytes.Buffer
	out.WriteString("!<arch>\n")
	for _, member := range []struct {
		name string
		data []byte
	}{{"debian-binary", []byte("2.0\n")}, {"control.tar.gz", control}, {"data.tar" + ext, data}} {
		fmt.Fprintf(&out, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", member.name, epoch.Unix(), 0, 0, "100644", len(member.data))
		out.Write(member.data)
		if len(member.data)%2 == 1 {
			out.WriteByte('\n')
		}
	}
	return out.Bytes(), nil
}

// tarball returns a tar archive of files and their directories, with prefix before every name.
func tarball(prefix string, files []File) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	made := map[string]bool{}
	var dirs func(dir string) error
	dirs = func(dir string) error {
		if dir == "." || made[dir] {
			return nil
		}
		if err := dirs(path.Dir(dir)); err != nil {
			return err
		}
		made[dir] = true
		return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: prefix + dir + "/", Mode: 0o755, ModTime: epoch})
	}
	for _, f := range files {
		if err := dirs(path.Dir(f.Path)); err != nil {
			return nil, err
		}
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: prefix + f.Path, Size: int64(len(f.Content)),
			Mode: int64(cmp.Or(f.Mode, 0o644)), ModTime: epoch,
		}
		if f.Link != "" {
			header.Typeflag, header.Linkname, header.Mode, header.Size = tar.TypeSymlink, f.Link, 0o777, 0
		}
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
		if header.Typeflag == tar.TypeReg {
			if _, err := w.Write(f.Content); err != nil {
				return nil, err
			}
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// compress returns the data in the form "xz", "gz", "zst" or "none", and the file name extension of that form.
func compress(form string, data []byte) ([]byte, string, error) {
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch form {
	case "none":
		return data, "", nil
	case "xz":
		// Clearing the default dictionary of 8 MiB takes longer than compressing the few files of a test.
		w, err = xz.WriterConfig{DictCap: min(max(len(data), 4<<10), 1<<20)}.NewWriter(&out)
	case "gz":
		w = gzip.NewWriter(&out)
	case "zst":
		w, err = zstd.NewWriter(&out)
	default:
		return nil, "", fmt.Errorf("form %q: expected xz, zst, gz or none", form)
	}
	if err != nil {
		return nil, "", err
	}
	if _, err := w.Write(data); err != nil {
		return nil, "", err
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return out.Bytes(), "." + form, nil
}
