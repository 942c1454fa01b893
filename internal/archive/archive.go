// Package archive unpacks the archives that suppliers publish.
//
// An archive is a tar stream, or a .deb, which is an ar file whose member data.tar holds a tar stream. A Format is the
// compression of a stream (xz, gzip, zstd). An entry is one file, directory or link of an archive. A tree is the
// directory that entries are unpacked into; several archives may be unpacked over one another into one tree.
//
// Invariant: whatever an archive contains, nothing outside the tree is created, changed or linked to, and nothing in
// the tree is a device or has a set-id bit. Input that asks for either is refused with a *HostileError, and truncated
// or corrupt input with a *FormatError. After an error the tree may hold a part of the archive: discard it.
package archive

import (
	"fmt"
	"runtime"
)

// Options are the options for unpacking. The zero value unpacks everything, within the default limits.
type Options struct {
	Archive string // name of the archive in errors: a file name or URL

	// Strip is the number of leading components to remove from names. Entries with no more components than that are
	// left out, as with GNU tar.
	Strip int
	// Rename, if set, maps the stripped name of an entry, and the name that a hard link refers to, to its name in the
	// tree; "" leaves the entry out. Targets of symbolic links are not renamed.
	Rename func(name string) string
	// Keep and Drop are patterns (see Match) for stripped names before Rename. An empty Keep keeps everything. Drop
	// takes precedence over Keep. Directories above a kept entry are created as needed.
	Keep, Drop []string
	// RootedLinks makes / in the target of a symbolic link mean the tree, as in a distribution's packages: such links
	// become relative. Without it they are refused. UnpackDeb always sets it.
	RootedLinks bool

	MaxBytes int64 // maximum bytes of file content, counted before Keep and Drop; 0: DefaultMaxBytes
	MaxFiles int64 // maximum number of entries of any kind, counted before Keep and Drop; 0: DefaultMaxFiles
	Jobs     int   // goroutines that write files; 0: one per core, at most eight
}

// The limits if Options sets none: about four times the largest kernel tree or compiler package.
const (
	DefaultMaxBytes = 16 << 30
	DefaultMaxFiles = 1_000_000
)

// Stats counts what one archive added to a tree. It includes files that already existed with the same content.
type Stats struct {
	Files int64 // regular files and hard links
	Dirs  int64 // created directories
	Links int64 // symbolic links
	Bytes int64 // content of the files
}

// checked returns the options with defaults filled in. It refuses invalid patterns and negative numbers, which would
// otherwise be ignored silently.
func (o Options) checked() (Options, error) {
	for _, pattern := range append(append([]string{}, o.Keep...), o.Drop...) {
		if err := CheckPattern(pattern); err != nil {
			return o, err
		}
	}
	if o.Strip < 0 || o.MaxBytes < 0 || o.MaxFiles < 0 {
		return o, fmt.Errorf("unpacking %s: negative Strip (%d), MaxBytes (%d) or MaxFiles (%d)", o.Archive, o.Strip, o.MaxBytes, o.MaxFiles)
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.MaxFiles == 0 {
		o.MaxFiles = DefaultMaxFiles
	}
	if o.Jobs <= 0 {
		o.Jobs = min(runtime.GOMAXPROCS(0), 8)
	}
	return o, nil
}
