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

// leastRoom holds one set (under 0.6 GB), what is downloaded for it, and the tree it is unpacked in before it is
// published.
const leastRoom = 1500 << 20

// leastFiles and leastProcesses are what a parallel build with rustc's threads stays under.
const (
	leastFiles     = 1024
	leastProcesses = 1024
)

// room measures the file system of the store, or of the nearest directory above it that is already there.
func room(_ context.Context, opts Options) []Finding {
	if opts.Store == "" {
		return nil
	}
	f := Finding{Name: "disk space", Need: Required, Why: "a set with its downloads takes up to 1.5 GB in the store"}
	dir := opts.Store
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		f.Fix = fmt.Sprintf("the file system of %s cannot be measured: %v", dir, err)
		return []Finding{f}
	}
	free := fs.Bavail * uint64(fs.Bsize)
	f.Found = fmt.Sprintf("%.1f GB free for %s", float64(free)/1e9, opts.Store)
	if f.OK = free >= leastRoom; !f.OK {
		f.Fix = fmt.Sprintf("free %.1f GB on the file system of %s, or set KRUSTUP_HOME elsewhere", float64(leastRoom-free)/1e9, dir)
	}
	return []Finding{f}
}

// limits gives what the programs of a build may use.
func limits(ctx context.Context, opts Options) []Finding {
	files := Finding{Name: "open files", Need: Optional, Why: "linking and unpacking hold many files open at once"}
	files.measure(openFiles(ctx, opts), leastFiles, "ulimit -n")
	processes := Finding{Name: "processes", Need: Optional, Why: "a parallel build starts many, and rustc many threads"}
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &r); err != nil {
		processes.Fix = fmt.Sprintf("the limit cannot be read: %v", err)
		return []Finding{files, processes}
	}
	processes.measure(r.Cur, leastProcesses, "ulimit -u")
	return []Finding{files, processes}
}

// openFiles asks a shell: Go raises the limit of its own process and gives the old one to what it starts.
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

func (f *Finding) measure(found, least uint64, command string) {
	f.Found = "at most " + strconv.FormatUint(found, 10)
	if found == unix.RLIM_INFINITY {
		f.Found = "unlimited"
	}
	if f.OK = found >= least; !f.OK {
		f.Fix = fmt.Sprintf("%s %d", command, least)
	}
}
