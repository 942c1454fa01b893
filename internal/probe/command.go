package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// mostOutput is how many bytes of what a program prints are kept. The first error stands at the beginning.
const mostOutput = 1 << 20

// limits bound one program and what it starts.
type limits struct {
	timeout time.Duration
	memory  uint64 // bytes of address space for each process, 0: no limit
}

// limited sets the limits and becomes the program. Go cannot set a limit between fork and exec, and one that is set from
// outside afterwards comes too late for a program that is quick; every POSIX shell can, and `exec` leaves nothing between.
const limited = `ulimit -c 0; [ "$1" = 0 ] || ulimit -v "$1" || exit 126; shift; exec "$@"`

// command is one program to run.
type command struct {
	name string // of the step
	argv []string
	dir  string
	env  []string // added to the environment
}

// answer is what a program printed and how it ended.
type answer struct {
	stdout, stderr string
	code           int // -1 when it was ended by a signal
}

// run runs a program under limits. The error is for what kept it from being tried, ctx's end above all; whatever
// the program itself did is in the Step.
func run(ctx context.Context, c command, l limits) (Step, answer, error) {
	inner, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	words := append([]string{"-c", limited, "probe", strconv.FormatUint(l.memory/1024, 10)}, c.argv...)
	cmd := exec.CommandContext(inner, "/bin/sh", words...)
	var stdout, stderr bounded
	cmd.Stdout, cmd.Stderr, cmd.Dir = &stdout, &stderr, c.dir
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), c.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// The group: a compiler's own children end with it.
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	began := time.Now()
	err := cmd.Run()
	step := Step{Name: c.name, Seconds: time.Since(began).Seconds(), Command: c.argv}
	if cmd.Process != nil {
		// What the program left running would go on after the probe. There is nothing to do about a failure: most
		// often there is no such group any more.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	if ctx.Err() != nil {
		return step, answer{}, context.Cause(ctx)
	}
	a := answer{stdout: stdout.text(), stderr: stderr.text()}
	if inner.Err() != nil {
		step.Outcome, step.Error = TimedOut, fmt.Sprintf("stopped after %s", l.timeout)
		return step, a, nil
	}
	failed, exited := errors.AsType[*exec.ExitError](err)
	if err != nil && !exited && !errors.Is(err, exec.ErrWaitDelay) {
		return step, a, fmt.Errorf("running %s: %w", c.argv[0], err)
	}
	step.Outcome = OK
	if exited {
		a.code = failed.ExitCode()
		step.Outcome, step.Error = failure(failed, a.stderr)
	}
	return step, a, nil
}

// outOfMemory is how programs say that they met the limit, a line each. An error that only quotes such a line begins
// otherwise.
var outOfMemory = regexp.MustCompile(`(?m)` + strings.Join([]string{
	`^memory allocation of \d+ bytes failed.*`,                         // Rust's alloc::alloc::handle_alloc_error
	`^LLVM ERROR: out of memory.*`,                                     // llvm::report_bad_alloc_error
	`^\S*: out of memory allocating \d+ bytes.*`,                       // GCC's xmalloc_failed, with or without the program's name
	`^terminate called after throwing an instance of 'std::bad_alloc'`, // libstdc++
	`^\S+: (.*: )?memory exhausted( by .*)?$`,                          // GNU ld
	`^\S+: (.*: )?[Cc]annot allocate memory( \(os error 12\))?$`,       // ENOMEM of a loader, a shell, lld
	`^qemu-\S+: Unable to (find|reserve) .*`,                           // its guest's address space
}, "|"))

// failure tells a program that reported an error from one that crashed or was out of memory.
func failure(exit *exec.ExitError, stderr string) (Outcome, string) {
	first := firstError(stderr)
	if line := outOfMemory.FindString(stderr); line != "" {
		return OutOfMem, strings.TrimSpace(line)
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		text := "ended by " + status.Signal().String()
		if first != "" {
			text += ": " + first
		}
		return Crashed, text
	}
	// A compiler that notices its own crash, or that of a part of it, ends with a code.
	for _, sign := range []string{"internal compiler error", "the compiler unexpectedly panicked"} {
		if i := strings.Index(stderr, sign); i >= 0 {
			return Crashed, lineAt(stderr, i)
		}
	}
	if first == "" {
		first = fmt.Sprintf("ended with code %d", exit.ExitCode())
	}
	return Error, first
}

// firstError gives the first line that reports an error, else the first line that says anything.
func firstError(text string) string {
	first := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		for _, sign := range []string{"error", "ERROR:", "fatal:", "undefined symbol", "undefined reference", "relocation truncated"} {
			if strings.Contains(line, sign) {
				return line
			}
		}
		if first == "" {
			first = line
		}
	}
	return first
}

func lineAt(text string, i int) string {
	start := strings.LastIndexByte(text[:i], '\n') + 1
	line, _, _ := strings.Cut(text[start:], "\n")
	return strings.TrimSpace(line)
}

// bounded keeps the beginning of what is written, and takes the rest without a word: a program that prints without end
// is stopped by its time.
type bounded struct{ kept bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	room := min(len(p), mostOutput-b.kept.Len())
	b.kept.Write(p[:room])
	return len(p), nil
}

func (b *bounded) text() string { return b.kept.String() }
