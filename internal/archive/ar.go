package archive

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// The ar format with the restrictions of deb(5): no extended names, no symbol tables.
// https://manpages.debian.org/trixie/dpkg-dev/deb.5.en.html
const (
	arMagic      = "!<arch>\n"
	arHeaderSize = 60
	arHeaderEnd  = "`\n"
	// A .deb has three members, a signed one a few more. An ar file with hundreds is something else.
	arMaxMembers = 64
)

// arMember is one file of an ar archive: data starts at offset in the archive and has size bytes.
type arMember struct {
	name         string
	offset, size int64
}

// readAr returns the members of the ar archive in the first size bytes of r, in order. Each is within the archive and
// does not overlap another. A malformed archive is a *FormatError.
func readAr(r io.ReaderAt, size int64) ([]arMember, error) {
	var header [arHeaderSize]byte
	if err := readFullAt(r, header[:len(arMagic)], 0); err != nil {
		return nil, arError(err, "reading the ar magic")
	}
	if found := string(header[:len(arMagic)]); found != arMagic {
		return nil, &FormatError{Err: fmt.Errorf("not an ar archive: it starts with %q, expected %q", found, arMagic)}
	}
	var members []arMember
	for at := int64(len(arMagic)); at < size; {
		if len(members) == arMaxMembers {
			return nil, &FormatError{Err: fmt.Errorf("more than %d members in an ar archive", arMaxMembers)}
		}
		if err := readFullAt(r, header[:], at); err != nil {
			return nil, arError(err, fmt.Sprintf("reading the ar header at byte %d", at))
		}
		member, err := parseArHeader(header[:])
		if err != nil {
			return nil, &FormatError{Err: fmt.Errorf("ar header at byte %d: %w", at, err)}
		}
		member.offset = at + arHeaderSize
		if member.size > size-member.offset {
			return nil, &FormatError{Err: fmt.Errorf("ar member %q has %d bytes, %d are left in the file: %w",
				member.name, member.size, size-member.offset, io.ErrUnexpectedEOF)}
		}
		members = append(members, member)
		at = member.offset + member.size + member.size%2
	}
	return members, nil
}

func parseArHeader(header []byte) (arMember, error) {
	if end := string(header[58:60]); end != arHeaderEnd {
		return arMember{}, fmt.Errorf("it ends with %q, expected %q", end, arHeaderEnd)
	}
	name := strings.TrimSuffix(strings.TrimRight(string(header[:16]), " "), "/")
	if name == "" || strings.ContainsAny(name, "/\x00") {
		return arMember{}, fmt.Errorf("member name %q, expected a plain file name", name)
	}
	digits := strings.TrimRight(string(header[48:58]), " ")
	size, err := strconv.ParseUint(digits, 10, 62)
	if err != nil {
		return arMember{}, fmt.Errorf("size %q of member %q, expected a decimal number", digits, name)
	}
	return arMember{name: name, size: int64(size)}, nil
}

// readFullAt fills buf. It returns io.ErrUnexpectedEOF if the archive ends before buf is full.
func readFullAt(r io.ReaderAt, buf []byte, at int64) error {
	n, err := r.ReadAt(buf, at)
	if n == len(buf) {
		return nil
	}
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func arError(err error, doing string) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &FormatError{Err: fmt.Errorf("%s: %w", doing, err)}
	}
	return fmt.Errorf("%s: %w", doing, err)
}
