// Package child limits the programs that krustup runs.
//
// Invariant: when the context of a command ends, the whole process group of the command is signalled, so that what the
// program started ends too; and an Output never holds more bytes than its limit.
package child

import (
	"bytes"
	"os/exec"
	"syscall"
	"time"
)

// Grouped runs cmd, which must have a context, in its own process group. When the context ends, the whole group is
// killed with SIGKILL. Wait returns at most 5 seconds later, even if another process keeps the output open.
func Grouped(cmd *exec.Cmd) { group(cmd, syscall.SIGKILL, 5*time.Second) }

// Terminated is Grouped with SIGTERM and 10 seconds, for programs such as make and cargo that clean up when they end.
func Terminated(cmd *exec.Cmd) { group(cmd, syscall.SIGTERM, 10*time.Second) }

func group(cmd *exec.Cmd, signal syscall.Signal, delay time.Duration) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, signal) }
	cmd.WaitDelay = delay
}

// Output keeps the first Most bytes that are written to it, and discards the rest without an error: a program that
// prints without end is stopped by its time limit.
type Output struct {
	Most int // in bytes
	kept bytes.Buffer
}

// Write never fails and reports all of p as written, also what it drops: a short write would break its pipe.
func (o *Output) Write(p []byte) (int, error) {
	o.kept.Write(p[:min(len(p), o.Most-o.kept.Len())])
	return len(p), nil
}

// String returns the bytes that were kept.
func (o *Output) String() string { return o.kept.String() }
