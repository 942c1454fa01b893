// Package archive unpacks what suppliers ship. An archive is a tar stream, or a .deb: an ar file whose member data.tar
// holds one. A Format is how a stream is compressed (xz, gzip, zstd). An entry is one name of an archive, and a tree is
// the directory that entries are unpacked into; several archives may be unpacked over one another into one tree.
//
// Invariant: whatever the bytes of an archive say, nothing outside the tree is created, changed or linked to, and
// nothing in it gets a set-id bit or is a device. Input that asks for it is refused with a *HostileError, input that is
// cut or corrupt with a *FormatError. After either the tree holds a part of the archive: throw it away.
package archive

import (
	"fmt"
	"runtime"
)

// Options steer unpacking. The zero value unpacks everything, within the default limits.
type Options struct {
	Archive string // what errors call the archive: a file name or URL

	// Strip is the number of leading name components to take off; entries that have no more than that are left out,
	// as by GNU tar.
	Strip int
	// Rename, if set, maps the stripped name of an entry, and the name that a hard link refers to, to its name in the
	// tree; "" leaves the entry out. Targets of symbolic links are not renamed.
	Rename func(name string) string
	// Keep and Drop are patterns (see Match) over stripped names before Rename. An empty Keep keeps all; Drop wins
	// over Keep. Directories above a kept entry are made as needed.
	Keep, Drop []string
	// RootedLinks says that / in the target of a symbolic link means the tree, as in a distribution's packages: such
	// links become relative. Without it they are refused. UnpackDeb always sets it.
	RootedLinks bool

	MaxBytes int64 // most bytes of file content, counted before Keep and Drop; 0: DefaultMaxBytes
	MaxFiles int64 // most entries of any kind, counted before Keep and Drop; 0: DefaultMaxFiles
	Jobs     int   // goroutines that write files; 0: one per core, eight at most
}

// The limits that hold when Options state none: some four times the largest kernel tree or compiler package.
const (
	DefaultMaxBytes = 16 << 30
	DefaultMaxFiles = 1_000_000
)

// Stats counts what one archive put into a tree. Files that were there already with the same bytes count too.
type Stats struct {
	Files int64 // regular files and hard links
	Dirs  int64 // directories that were made
	Links int64 // symbolic links
	Bytes int64 // content of the files
}

// checked fills in the defaults and refuses options that would silently do something else than they say.
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
