// Package child runs other programs so that they cannot do harm by going on: what they start ends with them, and what
// they print is bounded.
package child

import (
	"bytes"
	"os/exec"
	"syscall"
	"time"
)

// Grouped puts cmd, which has a context, into a process group of its own: when the context ends, what cmd has started
// ends too, by SIGKILL. Wait returns soon after that, even if somebody keeps its output open.
func Grouped(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
}

// Output keeps the first Most bytes that are written to it, and takes the rest without a word: a program that prints
// without end is stopped by its time.
type Output struct {
	Most int
	kept bytes.Buffer
}

// Write never fails and reports all of p as written, also what it drops: a short write would break its pipe.
func (o *Output) Write(p []byte) (int, error) {
	o.kept.Write(p[:min(len(p), o.Most-o.kept.Len())])
	return len(p), nil
}

// String returns what was kept.
func (o *Output) String() string { return o.kept.String() }
