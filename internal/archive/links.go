package archive

import (
	"archive/tar"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// symlink makes a symbolic link whose target, taken as text, lies in the tree. Where it leads through other links is
// checked when all are there.
func (u *unpacking) symlink(h *tar.Header, name string) error {
	target, reason := linkTarget(name, h.Linkname, u.opts.RootedLinks)
	if reason != "" {
		return u.refuse(h, fmt.Sprintf("symbolic link to %q: %s", h.Linkname, reason))
	}
	folder, base, err := u.tree.split(name)
	if err != nil {
		return err
	}
	if was := u.tree.seen[name]; was != nothing && was != aLink {
		return u.refuse(h, "the archive has "+was.String()+" of that name, and now a symbolic link")
	}
	err = folder.root.Symlink(target, base)
	if errors.Is(err, fs.ErrExist) {
		err = u.sameLink(h, folder, base, target)
	}
	if err == nil && u.tree.seen[name] == nothing {
		u.tree.seen[name] = aLink
		u.tree.links = append(u.tree.links, name)
	}
	return err
}

// sameLink accepts a link that is there already if it leads to the same place.
func (u *unpacking) sameLink(h *tar.Header, folder *folder, base, target string) error {
	name := path.Join(folder.name, base)
	info, err := folder.root.Lstat(base)
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSymlink {
		return u.tree.conflict(name, describe(info), aLink.String())
	}
	found, err := folder.root.Readlink(base)
	if err != nil || found == target {
		return err
	}
	if u.tree.seen[name] == aLink {
		return u.refuse(h, fmt.Sprintf("the archive has a symbolic link of that name to %q, and now one to %q", found, target))
	}
	return u.tree.conflict(name, fmt.Sprintf("a symbolic link to %q", found), fmt.Sprintf("one to %q", target))
}

// linkTarget gives the target that the link of that name gets, or the reason to refuse it.
func linkTarget(name, target string, rooted bool) (placed, reason string) {
	if target == "" || len(target) > maxName || strings.Contains(target, "\x00") {
		return "", fmt.Sprintf("a target of %d bytes is no path", len(target))
	}
	dir := path.Dir(name)
	if strings.HasPrefix(target, "/") {
		if !rooted {
			return "", "the target is absolute"
		}
		// What climbs above / stays at /, as for the system that the package was made for.
		relative, err := filepath.Rel(dir, strings.TrimPrefix(path.Clean(target), "/"))
		if err != nil {
			return "", err.Error()
		}
		return relative, ""
	}
	if resolved := path.Join(dir, target); resolved == ".." || strings.HasPrefix(resolved, "../") {
		return "", "the target lies outside the tree"
	}
	return target, ""
}

// checkLinks resolves the links that this archive brought.
func (t *tree) checkLinks() error {
	for _, link := range t.links {
		if reason, err := escapes(t.root, link); err != nil {
			return err
		} else if reason != "" {
			return t.refuse(link, reason)
		}
	}
	return nil
}

// CheckLinks resolves every symbolic link under dir, through other links, and gives a *HostileError for the first that
// leads out of dir, or is absolute: a tree is moved after it was unpacked. Links that lead nowhere are fine, parts of
// packages are left out; so are loops.
func CheckLinks(dir string) error {
	// WalkDir does not enter a dir that is a link itself.
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return fmt.Errorf("checking links: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("checking links: %w", err)
	}
	defer root.Close()
	// Not through root.FS: an fs.FS has no names that are not UTF-8.
	err = filepath.WalkDir(dir, func(full string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Type() != fs.ModeSymlink {
			return err
		}
		name, err := filepath.Rel(dir, full)
		if err != nil {
			return err
		}
		reason, err := escapes(root, name)
		if err == nil && reason != "" {
			return &HostileError{Archive: dir, Entry: name, Reason: reason}
		}
		return err
	})
	var hostile *HostileError
	if err != nil && !errors.As(err, &hostile) {
		return fmt.Errorf("checking links of %s: %w", dir, err)
	}
	return err
}

// maxFollowed is how many links Linux follows in one path before it gives up with ELOOP.
const maxFollowed = 40

// escapes walks to where a link leads, as the kernel would with root as /, and says how it leaves root if it does. A
// component that is not there is taken as a directory: it may be one later.
func escapes(root *os.Root, link string) (reason string, err error) {
	var at []string      // where the walk stands: no component of it is a link
	there := math.MaxInt // so many components of at are there; no need to look below them
	todo := strings.Split(link, "/")
	for followed := 0; len(todo) > 0; {
		part := todo[0]
		todo = todo[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			if len(at) == 0 {
				return "the symbolic link leads out of the tree", nil
			}
			at = at[:len(at)-1]
			if len(at) <= there {
				there = math.MaxInt
			}
			continue
		}
		if len(at) > there {
			at = append(at, part)
			continue
		}
		name := path.Join(path.Join(at...), part)
		target, err := root.Readlink(name)
		if err != nil {
			// Not a link, or nothing at all.
			if !isNoLink(err) {
				return "", err
			}
			there = len(at)
			if errors.Is(err, unix.EINVAL) {
				there = math.MaxInt
			}
			at = append(at, part)
			continue
		}
		if strings.HasPrefix(target, "/") {
			return fmt.Sprintf("the symbolic link leads to %q, outside the tree", target), nil
		}
		if followed++; followed > maxFollowed {
			return "", nil
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return "", nil
}

// isNoLink recognises what readlink says of anything but a link: of a file or directory (EINVAL), of nothing (ENOENT),
// of a path that leads through a file (ENOTDIR), and of names that no file system holds (ENAMETOOLONG).
func isNoLink(err error) bool {
	return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) ||
		errors.Is(err, unix.ENAMETOOLONG)
}
