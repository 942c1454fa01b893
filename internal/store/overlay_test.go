package store

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const noOverlay = "an overlay cannot be mounted: "

// TestReplaceInOverlay replaces a set and a damaged object that are in the lower layer of an overlay, as a job does in
// a container whose image contains the store. It runs itself again in a user name space, where it can mount.
func TestReplaceInOverlay(t *testing.T) {
	base := os.Getenv("STORE_OVERLAY")
	if base == "" {
		base = t.TempDir()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestReplaceInOverlay$", "-test.v")
		cmd.Env = append(os.Environ(), "STORE_OVERLAY="+base)
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		}
		out, err := cmd.CombinedOutput()
		if errors.Is(err, unix.EPERM) {
			t.Skipf("a user name space cannot be created: %v", err)
		}
		if _, why, ok := strings.Cut(string(out), noOverlay); ok && err == nil { // it skipped, which is not a failure
			t.Skipf("%s%s", noOverlay, strings.TrimSpace(strings.Split(why, "\n")[0]))
		}
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	var dirs []string
	for _, name := range []string{"lower", "upper", "work", "merged"} {
		dir := filepath.Join(base, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	links := map[string]string{"rustc": "/o/rust/usr/bin/rustc"}
	id := testID("a")
	lower := open(t, dirs[0])
	if _, err := lower.WriteSet(t.Context(), "0123456789ab", links, []byte("{}\n")); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(lower.objectsDir(), id.String(), "usr"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := unix.Mount("overlay", dirs[3], "overlay", 0, "userxattr,lowerdir="+dirs[0]+",upperdir="+dirs[1]+",workdir="+dirs[2])
	if err != nil {
		t.Skipf("%s%v", noOverlay, err)
	}
	s := open(t, dirs[3])
	links["clang"] = "/o/llvm/usr/bin/clang"
	dir, err := s.WriteSet(t.Context(), "0123456789ab", links, []byte("{}\n"))
	if err != nil || !sameSet(dir, links, []byte("{}\n")) {
		t.Errorf("replacing the set in %q: %v", dir, err)
	}
	mustPublish(t, s, id)
	if _, err := s.Lookup(id); err != nil {
		t.Error(err)
	}
	wantEmptyTmp(t, s)
}
