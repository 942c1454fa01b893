package probe

import (
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

	"github.com/krustup/krustup/internal/child"
)

// mostOutput is how many bytes of a program's output are kept. The first error is at the beginning.
const mostOutput = 1 << 20

// limits bound one program and the processes that it starts.
type limits struct {
	timeout time.Duration
	memory  uint64 // bytes of address space for each process, 0: no limit
}

// limited is a shell script that sets the limits and then executes the program in its place. Go cannot set a limit
// between fork and exec, and a limit set from outside afterwards can come too late for a program that is quick.
const limited = `ulimit -c 0; [ "$1" = 0 ] || ulimit -v "$1" || exit 126; shift; exec "$@"`

// command is one program to run.
type command struct {
	name string // name of the step
	argv []string
	dir  string
	env  []string // added to the caller's environment
}

// answer is what a program printed and how it ended.
type answer struct {
	stdout, stderr string
	code           int // exit code, -1 if a signal ended it
}

// run runs a program under limits. The Step holds whatever the program did. The error is non-nil only if the program
// could not be run, or if ctx ended.
func run(ctx context.Context, c command, l limits) (Step, answer, error) {
	inner, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	words := append([]string{"-c", limited, "probe", strconv.FormatUint(l.memory/1024, 10)}, c.argv...)
	cmd := exec.CommandContext(inner, "/bin/sh", words...)
	stdout, stderr := child.Output{Most: mostOutput}, child.Output{Most: mostOutput}
	cmd.Stdout, cmd.Stderr, cmd.Dir = &stdout, &stderr, c.dir
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), c.env...)
	child.Grouped(cmd) // a compiler has children of its own
	began := time.Now()
	err := cmd.Run()
	step := Step{Name: c.name, Seconds: time.Since(began).Seconds(), Command: c.argv}
	if cmd.Process != nil {
		// Processes that the program left running would outlive the probe. An error is ignored, because most often the
		// group no longer exists.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	if ctx.Err() != nil {
		return step, answer{}, context.Cause(ctx)
	}
	a := answer{stdout: stdout.String(), stderr: stderr.String()}
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

// outOfMemory matches the lines with which programs report that they reached the limit. They are matched from their
// start, so that an error that only quotes such a line does not match.
var outOfMemory = regexp.MustCompile(`(?m)` + strings.Join([]string{
	`^memory allocation of \d+ bytes failed.*`,                         // Rust's alloc::alloc::handle_alloc_error
	`^LLVM ERROR: out of memory.*`,                                     // llvm::report_bad_alloc_error
	`^\S*: out of memory allocating \d+ bytes.*`,                       // GCC's xmalloc_failed, with or without the program's name
	`^terminate called after throwing an instance of 'std::bad_alloc'`, // libstdc++
	`^\S+: (.*: )?memory exhausted( by .*)?$`,                          // GNU ld
	`^\S+: (.*: )?[Cc]annot allocate memory( \(os error 12\))?$`,       // ENOMEM of a loader, a shell, lld
	`^qemu-\S+: Unable to (find|reserve) .*`,                           // address space for QEMU's guest
}, "|"))

// failure returns the outcome of a program that failed, and the line to report: it ran out of memory, crashed, or
// reported an error.
func failure(exit *exec.ExitError, stderr string) (Outcome, string) {
	first := firstError(stderr)
	if line := outOfMemory.FindString(stderr); line != "" {
		return OutOfMem, strings.TrimSpace(line)
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		text := "killed by signal: " + status.Signal().String()
		if first != "" {
			text += ": " + first
		}
		return Crashed, text
	}
	// A compiler that catches a crash of its own, or of one of its parts, exits with a code.
	for _, sign := range []string{"internal compiler error", "the compiler unexpectedly panicked"} {
		if i := strings.Index(stderr, sign); i >= 0 {
			return Crashed, lineAt(stderr, i)
		}
	}
	if first == "" {
		first = fmt.Sprintf("exit status %d", exit.ExitCode())
	}
	return Error, first
}

// firstError returns the first line that reports an error, else the first line.
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
