package elf

import (
	"context"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// Options are the options of Relocate. Root and Final differ if the tree is renamed afterwards.
type Options struct {
	Root     string      // where the tree is now
	Final    string      // the absolute, clean path from which its programs will run
	Machine  elf.Machine // the host's machine, from MachineOf
	Patchelf []string    // argument vector that starts patchelf: a path, or LoaderArgv of a tree that has it
	Jobs     int         // processes at a time; 0: one per CPU
}

// Stats counts what a relocation did.
type Stats struct {
	Scanned   int // ELF files in the tree
	Programs  int // programs whose interpreter was set
	Patched   int // files written, including programs
	Processes int // patchelf processes
}

// Relocate changes the native programs and libraries of a tree so that they run from Final with the tree's own loader
// and libraries. It changes files in place: if it fails or is cancelled, discard the tree. It does not check whether
// the tree has all that is needed or whether patchelf wrote valid files; Check does. The error is a *NoLoaderError if
// the tree needs a loader and has none, and a *PatchError if patchelf failed.
func Relocate(ctx context.Context, opts Options) (Stats, error) {
	if !filepath.IsAbs(opts.Final) || filepath.Clean(opts.Final) != opts.Final {
		return Stats{}, fmt.Errorf("relocating %s to %q: expected an absolute, clean path", opts.Root, opts.Final)
	}
	if len(opts.Patchelf) == 0 {
		return Stats{}, fmt.Errorf("relocating %s: no patchelf given", opts.Root)
	}
	t, err := readTree(opts.Root, opts.Machine)
	if err != nil {
		return Stats{}, err
	}
	patches, err := t.plan(opts.Final)
	if err != nil {
		return Stats{}, err
	}
	stats := Stats{Scanned: len(t.files), Patched: len(patches)}
	for _, p := range patches {
		if p.interp != "" {
			stats.Programs++
		}
	}
	targets, err := t.openForWriting(patches)
	defer func() {
		for _, target := range targets {
			_ = os.Chmod(target.name, target.mode) // removes the permissions that openForWriting added
		}
	}()
	if err != nil {
		return stats, fmt.Errorf("relocating %s: %w", opts.Root, err)
	}
	// In this order and never both in one call. Otherwise patchelf 0.18 maps two segments of a program with a fixed
	// address (GCC's cc1) over one another.
	for _, text := range []func(patch) []string{rpathArgs, interpArgs} {
		runs := batch(targets, text)
		stats.Processes += len(runs)
		if err := startAll(ctx, runs, opts); err != nil {
			return stats, err
		}
	}
	return stats, nil
}

// rpathArgs sets DT_RPATH and not DT_RUNPATH. The loader searches LD_LIBRARY_PATH after the first and before the
// second, and what a user has there (another toolchain, an SDK) was built for another libc.
func rpathArgs(p patch) []string {
	if p.rpath == "" {
		return nil
	}
	return []string{"--force-rpath", "--set-rpath", p.rpath}
}

func interpArgs(p patch) []string {
	if p.interp == "" {
		return nil
	}
	return []string{"--set-interpreter", p.interp}
}

// target is one inode to write, by one of its names.
type target struct {
	patch
	name string
	mode os.FileMode
	size int64
}

// openForWriting makes the files writable for their owner. It replaces hard links by copies where they cannot share the
// result, because $ORIGIN differs by directory and a name outside the tree must not change. It returns the files that
// were made writable, even if there is an error.
func (t *tree) openForWriting(patches []patch) ([]target, error) {
	type inode struct{ dev, ino uint64 }
	type state struct {
		info  os.FileInfo
		names []patch
		links uint64
	}
	order, inodes := []inode{}, map[inode]*state{}
	for _, p := range patches {
		info, err := os.Lstat(filepath.Join(t.root, p.file.Path))
		if err != nil {
			return nil, err
		}
		sys := info.Sys().(*syscall.Stat_t)
		id := inode{uint64(sys.Dev), sys.Ino}
		if inodes[id] == nil {
			order, inodes[id] = append(order, id), &state{info: info, links: uint64(sys.Nlink)}
		}
		inodes[id].names = append(inodes[id].names, p)
	}
	var targets []target
	for _, id := range order {
		s := inodes[id]
		first := s.names[0]
		shared := uint64(len(s.names)) == s.links && !slices.ContainsFunc(s.names, func(p patch) bool {
			return p.interp != first.interp || p.rpath != first.rpath
		})
		for i, p := range s.names {
			if shared && i > 0 {
				break
			}
			one := target{patch: p, name: filepath.Join(t.root, p.file.Path), mode: s.info.Mode().Perm(), size: s.info.Size()}
			var err error
			if !shared {
				err = breakLink(one.name)
			}
			if err == nil {
				err = os.Chmod(one.name, one.mode|0o600)
			}
			if err != nil {
				return targets, err
			}
			targets = append(targets, one)
		}
	}
	return targets, nil
}

// breakLink replaces a name by a copy of its file.
func breakLink(name string) (err error) {
	from, err := os.Open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.CreateTemp(filepath.Dir(name), ".unlink-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(to.Name())
		}
	}()
	_, err = io.Copy(to, from)
	if closed := to.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(to.Name(), name)
}
