package archive

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync/atomic"
)

// kind is the kind of entry that an archive has for a name.
type kind uint8

const (
	nothing kind = iota
	aFile
	aDir
	aLink
)

func (k kind) String() string {
	switch k {
	case aFile:
		return "a file"
	case aDir:
		return "a directory"
	case aLink:
		return "a symbolic link"
	}
	return "nothing"
}

// folder is an open directory. Only single components are looked up in it, so that no path is walked twice. None leads
// through a link, because a folder is opened only after its name was created or seen as a directory. It is closed when
// the last user releases it.
type folder struct {
	root  *os.Root
	name  string // path from the top of the tree, "" for the top
	users atomic.Int32
}

func newFolder(root *os.Root, name string) *folder {
	f := &folder{root: root, name: name}
	f.users.Store(1)
	return f
}

func (f *folder) hold() *folder { f.users.Add(1); return f }

func (f *folder) release() {
	if f.users.Add(-1) == 0 {
		_ = f.root.Close()
	}
}

// tree is the directory that one archive is being unpacked into. Only one goroutine may use it.
type tree struct {
	archive string
	root    *os.Root
	chain   []*folder       // the open folders from the top to the directory of the last entry
	seen    map[string]kind // the names that this archive has so far
	links   []string        // the symbolic links among them
	files   int64
	dirs    int64
}

func newTree(archive string, root *os.Root) *tree {
	// The top folder is not released with the chain, because UnpackTar closes root.
	return &tree{archive: archive, root: root, chain: []*folder{newFolder(root, "")}, seen: map[string]kind{}}
}

func (t *tree) close() {
	for _, f := range t.chain[1:] {
		f.release()
	}
	t.chain = t.chain[:1]
}

// folder returns the open folder of a directory, and creates the directory if needed. Archives list the files of a
// directory together, so most often the folder of the last entry is still open.
func (t *tree) folder(dir string) (*folder, error) {
	keep := len(t.chain)
	for keep > 1 && !under(dir, t.chain[keep-1].name) {
		keep--
		t.chain[keep].release()
	}
	t.chain = t.chain[:keep]
	at := t.chain[keep-1]
	for at.name != dir {
		rest := strings.TrimPrefix(strings.TrimPrefix(dir, at.name), "/")
		base, _, _ := strings.Cut(rest, "/")
		next, err := t.step(at, base)
		if err != nil {
			return nil, err
		}
		t.chain = append(t.chain, next)
		at = next
	}
	return at, nil
}

// under reports whether name is dir or is below it.
func under(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, dir) && name[len(dir)] == '/'
}

// step opens a directory inside another, and creates it if it does not exist. It refuses anything but a directory,
// which keeps every later write from going through a link.
func (t *tree) step(parent *folder, base string) (*folder, error) {
	name := path.Join(parent.name, base)
	if was := t.seen[name]; was != nothing && was != aDir {
		return nil, t.refuse(name, "the archive already has "+was.String()+" of that name, but another entry is below it")
	}
	if t.seen[name] == nothing {
		if err := t.mkdir(parent, base, name); err != nil {
			return nil, err
		}
	}
	root, err := parent.root.OpenRoot(base)
	if err != nil {
		return nil, err
	}
	return newFolder(root, name), nil
}

func (t *tree) mkdir(parent *folder, base, name string) error {
	err := parent.root.Mkdir(base, 0o755)
	switch {
	case err == nil:
		// Sets the bits that the umask cleared, because objects are shared between users.
		if err := parent.root.Chmod(base, 0o755); err != nil {
			return err
		}
		t.dirs++
	case errors.Is(err, fs.ErrExist):
		info, err := parent.root.Lstat(base)
		if err != nil {
			return err
		}
		if info.Mode().Type() == fs.ModeSymlink {
			return t.refuse(name, "it is a symbolic link from an earlier archive, and nothing is written through a link")
		}
		if !info.IsDir() {
			return t.conflict(name, describe(info), aDir.String())
		}
	default:
		return err
	}
	t.seen[name] = aDir
	return nil
}

func (t *tree) makeDir(name string) error {
	_, err := t.folder(name)
	return err
}

func (t *tree) refuse(name, reason string) error {
	return &HostileError{Archive: t.archive, Entry: name, Reason: reason}
}

func (t *tree) conflict(name, found, want string) error {
	return &ConflictError{Archive: t.archive, Path: name, Found: found, Want: want}
}

// split returns the open folder of a name, and the last component of the name.
func (t *tree) split(name string) (*folder, string, error) {
	dir, base := path.Split(name)
	f, err := t.folder(strings.TrimSuffix(dir, "/"))
	return f, base, err
}

// describe returns the kind of an existing file, for errors.
func describe(info fs.FileInfo) string {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return aFile.String()
	case mode.IsDir():
		return aDir.String()
	case mode.Type() == fs.ModeSymlink:
		return aLink.String()
	default:
		return "a special file (" + mode.String() + ")"
	}
}
