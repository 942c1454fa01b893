package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/krustup/krustup/internal/disk"
)

// Stage is an object that is being built. It ends with Publish or Discard. A process that dies before that leaves a
// directory in tmp/, which CleanStages removes.
type Stage struct {
	Dir   string // the empty directory to fill, on the file system of the objects
	Final string // the absolute directory in which it will be published, for programs that contain their own path
	// Replace makes Publish put the tree in the place of an object that is installed, in one step.
	Replace bool

	store *Store
	id    ID
	tmp   *scratch // nil once the stage has ended
}

// Stage starts to build an object. The caller should hold a Lock with the object's name, so that no other process does
// the same work. It is harmless if two processes do.
func (s *Store) Stage(id ID) (*Stage, error) {
	if id.IsZero() {
		return nil, errors.New("creating a stage: the ID is zero")
	}
	tmp, err := s.newScratch()
	if err != nil {
		return nil, err
	}
	st := &Stage{Dir: filepath.Join(tmp.dir, "tree"), Final: filepath.Join(s.objectsDir(), id.String()), store: s, id: id, tmp: tmp}
	if err := os.Mkdir(st.Dir, 0o755); err != nil {
		return nil, errors.Join(s.writing("creating a stage", err), st.Discard())
	}
	return st, nil
}

// Discard removes the stage. After Publish, or a second time, it does nothing.
func (st *Stage) Discard() error {
	if st.tmp == nil {
		return nil
	}
	tmp := st.tmp
	st.tmp = nil
	return tmp.remove()
}

// Publish makes the files of the tree read-only, writes its listing and its record and moves it to its place in the
// store. It sets Schema, ID, Dir, Files, Bytes and Tree of the record. If another process has published the same object
// meanwhile, that one is kept and returned, unless Replace is set: the same ID means the same inputs. Nothing is published once ctx has ended. After an error the caller still
// has to discard the stage.
func (st *Stage) Publish(ctx context.Context, r Record) (Object, error) {
	if st.tmp == nil {
		return Object{}, fmt.Errorf("publishing %s: its stage has ended", st.id)
	}
	r.Schema, r.ID, r.Dir = schema, st.id, st.Final
	var err error
	if r.Files, r.Bytes, err = seal(st.Dir); err != nil {
		return Object{}, fmt.Errorf("publishing %s: %w", st.id, err)
	}
	if r.Tree, err = writeTree(ctx, st.Dir); err != nil {
		return Object{}, fmt.Errorf("publishing %s: %w", st.id, err)
	}
	if err := writeRecord(st.Dir, r); err != nil {
		return Object{}, fmt.Errorf("publishing %s: %w", st.id, err)
	}
	if err := syncAll(st.Dir); err != nil {
		return Object{}, fmt.Errorf("publishing %s: %w", st.id, err)
	}
	var published Object
	err = st.store.exclusive(ctx, "publishing "+st.id.String(), func() error {
		if o, err := readObject(st.Final, st.id); err == nil && !st.Replace {
			published = o
			return nil
		}
		published = Object{ID: st.id, Dir: st.Final, Record: r}
		return st.rename()
	})
	if err != nil {
		return Object{}, st.store.writing("publishing "+st.id.String(), err)
	}
	// The rest of the stage is no longer needed. Errors are ignored, because the next CleanStages would remove it too.
	_ = st.Discard()
	return published, nil
}

// rename moves the tree to its final place, and moves aside whatever is there. Where the file system can exchange two
// directories, a program that is using the old tree finds either the old or the new one at every moment.
func (st *Stage) rename() error {
	if err := os.MkdirAll(st.store.objectsDir(), 0o777); err != nil {
		return err
	}
	if st.Replace {
		// Moving a directory to another parent rewrites its "..", so it has to be writable.
		_ = os.Chmod(st.Final, 0o755)
		if unix.Renameat2(unix.AT_FDCWD, st.Dir, unix.AT_FDCWD, st.Final, unix.RENAME_EXCHANGE) == nil {
			return disk.SyncDir(st.store.objectsDir())
		}
	}
	if err := moveAside(st.Final, st.tmp.dir); err != nil {
		return err
	}
	if err := os.Rename(st.Dir, st.Final); err != nil {
		return err
	}
	return disk.SyncDir(st.store.objectsDir())
}

// seal makes every file below top read-only and counts the files. Directories stay writable for their owner, so that
// the user can remove a store with rm -r; what changes in them, Check finds. It refuses anything but files, directories
// and links.
func seal(top string) (files int, bytes int64, err error) {
	linked := map[uint64]bool{} // inodes with several names that were counted
	err = filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.Type() == fs.ModeSymlink {
			return err
		}
		if d.IsDir() {
			return os.Chmod(name, 0o755)
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s is a %v, expected files, directories and symbolic links only", name, d.Type())
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files++
		if inode, again := info.Sys().(*syscall.Stat_t); !again || inode.Nlink == 1 || !linked[inode.Ino] {
			bytes += info.Size()
			if again && inode.Nlink > 1 {
				linked[inode.Ino] = true
			}
		}
		mode := fs.FileMode(0o444)
		if info.Mode()&0o111 != 0 {
			mode = 0o555
		}
		if info.Mode() == mode {
			return nil
		}
		return os.Chmod(name, mode)
	})
	return files, bytes, err
}

// writeRecord creates the record of an object. It fails when the file exists.
func writeRecord(dir string, r Record) (err error) {
	data, err := r.encode()
	if err != nil {
		return fmt.Errorf("writing its record: %w", err)
	}
	return writeNew(filepath.Join(dir, RecordName), data)
}

// writeNew creates a read-only file and syncs it. It fails when the file exists.
func writeNew(name string, data []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// syncAll makes the whole tree durable, in one call instead of one for each of thousands of files. Without it a machine
// that loses power could come back with the rename and the record, and with empty files.
func syncAll(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := unix.Syncfs(int(d.Fd())); err != nil {
		return fmt.Errorf("syncing %s: %w", dir, err)
	}
	return nil
}
