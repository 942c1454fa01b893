package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// minRoom is enough for one set (under 0.6 GB), its downloads, and the tree that it is unpacked to before it is
// published.
const minRoom = 1500 << 20

// A parallel build, including rustc's threads, stays below these limits.
const (
	minFiles     = 1024
	minProcesses = 1024
)

// room measures the free space on the file system of the store, or of the nearest parent directory that exists.
func room(_ context.Context, opts Options) []Finding {
	if opts.Store == "" {
		return nil
	}
	f := Finding{Name: "disk space", Need: Required, Why: "a set and its downloads need up to 1.5 GB in the store"}
	dir := opts.Store
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		f.Fix = fmt.Sprintf("free space of the file system of %s could not be read: %v", dir, err)
		return []Finding{f}
	}
	free := fs.Bavail * uint64(fs.Bsize)
	f.Found = fmt.Sprintf("%.1f GB free for %s", float64(free)/1e9, opts.Store)
	if f.OK = free >= minRoom; !f.OK {
		f.Fix = fmt.Sprintf("free %.1f GB on the file system of %s, or set KRUSTUP_HOME to another one", float64(minRoom-free)/1e9, dir)
	}
	return []Finding{f}
}

// limits reads the resource limits of the programs of a build.
func limits(ctx context.Context, opts Options) []Finding {
	files := Finding{Name: "open files", Need: Optional, Why: "linking and unpacking keep many files open at once"}
	files.measure(openFiles(ctx, opts), minFiles, "ulimit -n")
	processes := Finding{Name: "processes", Need: Optional, Why: "a parallel build starts many processes, and rustc many threads"}
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &r); err != nil {
		processes.Fix = fmt.Sprintf("the limit could not be read: %v", err)
		return []Finding{files, processes}
	}
	processes.measure(r.Cur, minProcesses, "ulimit -u")
	return []Finding{files, processes}
}

// openFiles asks a shell for the limit: Go raises it for its own process, and restores it for programs that it starts.
func openFiles(ctx context.Context, opts Options) uint64 {
	if shell := lookPath(opts.Path, "sh", "bash"); shell != "" {
		if out, err := run(ctx, opts, shell, "", "-c", "ulimit -n"); err == nil {
			out = strings.TrimSpace(out)
			if out == "unlimited" {
				return unix.RLIM_INFINITY
			}
			if n, err := strconv.ParseUint(out, 10, 64); err == nil {
				return n
			}
		}
	}
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &r) != nil {
		return 0
	}
	return r.Cur
}

func (f *Finding) measure(found, minimum uint64, command string) {
	f.Found = "at most " + strconv.FormatUint(found, 10)
	if found == unix.RLIM_INFINITY {
		f.Found = "unlimited"
	}
	if f.OK = found >= minimum; !f.OK {
		f.Fix = fmt.Sprintf("%s %d", command, minimum)
	}
}
