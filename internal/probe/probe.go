package probe

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Tools are the absolute paths of the programs to probe with, "" for a missing one.
type Tools struct {
	Rustc   string
	Library string   // library/ of the rust-src that belongs to Rustc
	LLD     string   // ld.lld
	Path    []string // directories to search for emulators, GNU linkers and gccrs, in this order
}

// Job is one ladder to run.
type Job struct {
	Backend Backend
	Triple  string // rustc's target triple; for GCCRS the GNU triple
	GNU     string // GNU triple of the linker to use if ld.lld does not support the machine; may be ""
}

// Options are the options of Run. The zero value of a field means its default.
type Options struct {
	Scratch  string        // an empty directory to work in; the caller removes it
	Host     string        // rustc's triple of this machine, which produces the output to compare with
	Parallel int           // ladders at a time; default 1
	Timeout  time.Duration // for one step; default 2 minutes
	Memory   uint64        // bytes of address space for a compiler or linker; default 6 GiB
	// Done, if not nil, is called with each result when it is complete. It may be called from several goroutines.
	Done func(Result)
}

// The defaults. rustc needs 1.5 GB of address space for core; GCC's libgccjit keeps a whole crate in memory.
const (
	defaultTimeout = 2 * time.Minute
	defaultMemory  = 6 << 30
	// The crate runs for milliseconds, even under an emulator.
	runTimeout = 20 * time.Second
	// emulatorMemory is the limit for qemu-user, which reserves 4 GiB at once for a 32-bit guest and never much more.
	emulatorMemory = 16 << 30
)

// prober is the state of one Run.
type prober struct {
	tools Tools
	opts  Options

	once      sync.Once
	reference reference
}

// reference is the output of the crate on the host.
type reference struct {
	text string // "" if it could not be run there
	why  string // why there is no output
	err  error
}

// Run runs the ladders of all jobs, opts.Parallel at a time, and returns a result for each, in the order of jobs. What
// a compiler does wrong is in the results. The error is non-nil only if ladders could not be run, because the scratch
// directory cannot be written or ctx ended.
func Run(ctx context.Context, tools Tools, jobs []Job, opts Options) ([]Result, error) {
	if opts.Timeout == 0 {
		opts.Timeout = defaultTimeout
	}
	if opts.Memory == 0 {
		opts.Memory = defaultMemory
	}
	p := &prober{tools: tools, opts: opts}
	results := make([]Result, len(jobs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, opts.Parallel))
	for i, job := range jobs {
		group.Go(func() error {
			dir, err := os.MkdirTemp(opts.Scratch, "job-")
			if err != nil {
				return err
			}
			// A built core has 50 MB, and there are dozens of jobs.
			defer os.RemoveAll(dir)
			r, err := p.climb(ctx, job, dir)
			if err != nil {
				return err
			}
			results[i] = r
			if opts.Done != nil {
				opts.Done(r)
			}
			return nil
		})
	}
	return results, group.Wait()
}

func (p *prober) climb(ctx context.Context, job Job, dir string) (Result, error) {
	switch job.Backend {
	case GCCRS:
		return p.gccrs(ctx, job, dir)
	default:
		return p.rustc(ctx, job, dir)
	}
}

// refer returns the crate's output on the host, which that of other targets is compared with. The first call produces
// it.
func (p *prober) refer(ctx context.Context) reference {
	p.once.Do(func() { p.reference = p.answerOnHost(ctx) })
	return p.reference
}

// answerOnHost builds and runs the crate on the host, with LLVM.
func (p *prober) answerOnHost(ctx context.Context) reference {
	dir, err := os.MkdirTemp(p.opts.Scratch, "host-")
	if err != nil {
		return reference{err: err}
	}
	defer os.RemoveAll(dir)
	l := &ladder{p: p, job: Job{Backend: LLVM, Triple: p.opts.Host}, dir: dir, native: true}
	r, err := l.climb(ctx)
	if l.printed == "" {
		return reference{why: "no output of the host to compare with: " + r.Error, err: err}
	}
	return reference{text: l.printed, err: err}
}

func (p *prober) compiling() limits {
	return limits{timeout: p.opts.Timeout, memory: p.opts.Memory}
}

// find returns the path of the first of names that is in one of the directories, which are searched in order.
func (p *prober) find(names ...string) (string, bool) {
	for _, name := range names {
		if name == "" {
			continue
		}
		for _, dir := range p.tools.Path {
			path := filepath.Join(dir, name)
			if _, err := exec.LookPath(path); err == nil {
				return path, true
			}
		}
	}
	return "", false
}

// findNumbered returns the path of name, or else of name-N with the greatest N.
func (p *prober) findNumbered(name string) (string, bool) {
	if path, ok := p.find(name); ok {
		return path, true
	}
	var names []string
	for _, dir := range p.tools.Path {
		found, _ := filepath.Glob(filepath.Join(dir, name+"-[0-9]*"))
		for _, path := range found {
			if rest := strings.TrimPrefix(filepath.Base(path), name+"-"); strings.Trim(rest, "0123456789") == "" {
				names = append(names, filepath.Base(path))
			}
		}
	}
	sort.Slice(names, func(i, j int) bool {
		if len(names[i]) != len(names[j]) {
			return len(names[i]) > len(names[j])
		}
		return names[i] > names[j]
	})
	return p.find(names...)
}
