package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// UnpackDeb unpacks the files of a Debian binary package into dir, which must exist. It ignores maintainer scripts.
// Packages may be unpacked over one another. Directories are merged, and a file or link may be in several packages if
// it is the same in all of them. A file that differs is a *ConflictError. Call CheckLinks(dir) after the last package.
//
// Packages may be unpacked into one dir at the same time if no two have a file in common. Otherwise a file that is
// still being written would be mistaken for one with other content.
func UnpackDeb(ctx context.Context, file *os.File, dir string, opts Options) (Stats, error) {
	if opts.Archive == "" {
		opts.Archive = file.Name()
	}
	info, err := file.Stat()
	if err != nil {
		return Stats{}, fmt.Errorf("unpacking %s: %w", opts.Archive, err)
	}
	return unpackDeb(ctx, io.NewSectionReader(file, 0, info.Size()), dir, opts)
}

func unpackDeb(ctx context.Context, file *io.SectionReader, dir string, opts Options) (Stats, error) {
	data, err := debData(file)
	if err != nil {
		return Stats{}, named(opts.Archive, err)
	}
	// readAr removed the padding of the name, so its extension is the format.
	format, err := FormatOf(data.name)
	if err != nil {
		return Stats{}, named(opts.Archive, &FormatError{Err: err})
	}
	opts.RootedLinks = true
	return unpackCompressed(ctx, io.NewSectionReader(file, data.offset, data.size), format, dir, opts)
}

// debData returns the member that holds the package's files. It checks that the members before it are as in deb(5).
func debData(file *io.SectionReader) (arMember, error) {
	members, err := readAr(file, file.Size())
	if err != nil {
		return arMember{}, err
	}
	if len(members) == 0 || members[0].name != "debian-binary" || members[0].size > 64 {
		return arMember{}, &FormatError{Err: errors.New("not a Debian package: its first member is not a short debian-binary")}
	}
	version := make([]byte, members[0].size)
	if err := readFullAt(file, version, members[0].offset); err != nil {
		return arMember{}, arError(err, "reading debian-binary")
	}
	if !strings.HasPrefix(string(version), "2.") {
		return arMember{}, &FormatError{Err: fmt.Errorf("debian package format %q, expected 2.0", strings.TrimSpace(string(version)))}
	}
	control := false
	for _, member := range members[1:] {
		switch {
		case strings.HasPrefix(member.name, "_"): // deb(5): programs may add such members, and readers skip them
		case !control && strings.HasPrefix(member.name, "control.tar"):
			control = true
		case control && strings.HasPrefix(member.name, "data.tar"):
			return member, nil
		default:
			return arMember{}, &FormatError{Err: fmt.Errorf("member %q in a Debian package, expected control.tar and then data.tar", member.name)}
		}
	}
	return arMember{}, &FormatError{Err: errors.New("not a complete Debian package: it has no data.tar")}
}
