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

// symlink creates a symbolic link, if its target as text is in the tree. Where it leads through other links is checked
// after all entries are unpacked.
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
		return u.refuse(h, "the archive already has "+was.String()+" of that name, but this entry is a symbolic link")
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

// sameLink accepts an existing link if it has the same target.
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
		return u.refuse(h, fmt.Sprintf("the archive already has a symbolic link of that name to %q, but this one leads to %q", found, target))
	}
	return u.tree.conflict(name, fmt.Sprintf("a symbolic link to %q", found), fmt.Sprintf("one to %q", target))
}

// linkTarget returns the target for the link with that name, or the reason to refuse it.
func linkTarget(name, target string, rooted bool) (placed, reason string) {
	if target == "" || len(target) > maxName || strings.Contains(target, "\x00") {
		return "", fmt.Sprintf("the target of %d bytes is not a valid path", len(target))
	}
	dir := path.Dir(name)
	if strings.HasPrefix(target, "/") {
		if !rooted {
			return "", "the target is absolute"
		}
		// ".." in / stays at /, as on the system that the package was made for.
		relative, err := filepath.Rel(dir, strings.TrimPrefix(path.Clean(target), "/"))
		if err != nil {
			return "", err.Error()
		}
		return relative, ""
	}
	if resolved := path.Join(dir, target); resolved == ".." || strings.HasPrefix(resolved, "../") {
		return "", "the target is outside the tree"
	}
	return target, ""
}

// checkLinks resolves the symbolic links of this archive.
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

// CheckLinks resolves every symbolic link under dir, through other links. It returns a *HostileError for the first one
// that leads out of dir, or that is absolute, because a tree is moved after it is unpacked. Dangling links are allowed,
// because parts of packages are left out, and so are loops.
func CheckLinks(dir string) error {
	// WalkDir does not enter dir if dir itself is a link.
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return fmt.Errorf("checking links: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("checking links: %w", err)
	}
	defer root.Close()
	// Not with root.FS, because an fs.FS does not support names that are not UTF-8.
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

// maxFollowed is how many links Linux follows in one path before it fails with ELOOP.
const maxFollowed = 40

// escapes follows a link as the kernel would with root as /. It returns how the link leaves root, or "" if it does not.
// A missing component counts as a directory, because it may be one later.
func escapes(root *os.Root, link string) (reason string, err error) {
	var at []string      // the current path, of which no component is a link
	there := math.MaxInt // how many components of at exist; nothing below them needs a look-up
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
			// Not a link, or missing.
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

// isNoLink reports whether an error of readlink means that the path is not a link: it is a file or directory (EINVAL),
// is missing (ENOENT), leads through a file (ENOTDIR), or is too long for any file system (ENAMETOOLONG).
func isNoLink(err error) bool {
	return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) ||
		errors.Is(err, unix.ENAMETOOLONG)
}
