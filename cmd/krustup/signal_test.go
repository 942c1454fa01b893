package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/krustup/krustup/internal/lock"
)

// cmdHold implements "hold FILE REASON", which holds the lock that guards a krustup.lock until the script ends.
func cmdHold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: hold file reason")
	}
	path := ts.MkAbs(args[0])
	unlock, held, err := lock.Try(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock"), lock.Options{Reason: args[1], Remove: true})
	ts.Check(err)
	if !held {
		ts.Fatalf("%s is already locked", path)
	}
	ts.Defer(func() { _ = unlock() })
}

// cmdSignal implements "signal interrupt PATTERN COMMAND...", which sends SIGINT once standard error matches the
// pattern, and checks that the command ends with exit code 130; and "signal stuck FILE COMMAND...", which checks that a
// command that is blocked in reading a pipe survives the first SIGINT and is killed by the second.
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: signal interrupt pattern command... | signal stuck file command...")
	}
	p := startProgram(ts, args[2:])
	switch args[0] {
	case "interrupt":
		pattern := regexp.MustCompile(args[1])
		p.waitFor("standard error to match "+args[1], func() bool { return pattern.Match(p.stderr.bytes()) })
		ts.Check(p.cmd.Process.Signal(syscall.SIGINT))
		if err := p.end(); p.cmd.ProcessState.ExitCode() != 130 {
			ts.Fatalf("the command ended with %v, expected exit code 130; it printed %s", err, p.stderr.bytes())
		}
	case "stuck":
		var pipe *os.File
		p.waitFor("the command to read "+args[1], func() (ok bool) {
			var err error
			pipe, err = os.OpenFile(ts.MkAbs(args[1]), os.O_WRONLY|syscall.O_NONBLOCK, 0)
			return err == nil
		})
		defer pipe.Close()
		ts.Check(p.cmd.Process.Signal(syscall.SIGINT))
		select {
		case err := <-p.ended:
			ts.Fatalf("the first signal ended the command (%v): it was not blocked", err)
		case <-time.After(300 * time.Millisecond):
		}
		ts.Check(p.cmd.Process.Signal(syscall.SIGINT))
		_ = p.end()
		if status := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGINT {
			ts.Fatalf("after the second signal: %v, expected death by SIGINT", p.cmd.ProcessState)
		}
	default:
		ts.Fatalf("unknown: signal %s", args[0])
	}
}

// program is a command that a script has started.
type program struct {
	ts     *testscript.TestScript
	cmd    *exec.Cmd
	stderr *buffer
	ended  chan error
}

func startProgram(ts *testscript.TestScript, args []string) *program {
	p := &program{ts: ts, stderr: &buffer{}, ended: make(chan error, 1)}
	p.cmd = exec.Command("env", append([]string{"-i"}, append(scriptEnv(ts), args...)...)...)
	p.cmd.Dir = ts.MkAbs(".")
	p.cmd.Stderr = p.stderr
	ts.Check(p.cmd.Start())
	ts.Defer(func() { _ = p.cmd.Process.Kill() })
	go func() { p.ended <- p.cmd.Wait() }()
	return p
}

// scriptEnv returns the variables of the script's environment that krustup needs.
func scriptEnv(ts *testscript.TestScript) []string {
	var list []string
	for _, name := range []string{
		"PATH", "HOME", "TMPDIR", "KRUSTUP_HOME", "KRUSTUP_CONFIG", "KRUSTUP_DEBIAN_MIRROR", "KRUSTUP_RUST_MIRROR", "KRUSTUP_KERNEL_MIRROR",
		"TEST_ARCHIVE_KEY", "TEST_ARCHIVE_FINGERPRINT", "GORACE",
	} {
		if value := ts.Getenv(name); value != "" {
			list = append(list, name+"="+value)
		}
	}
	return list
}

// patience is how long a test waits. It is for slow machines: the events take much less time.
const patience = 20 * time.Second

func (p *program) waitFor(what string, ok func() bool) {
	for began := time.Now(); !ok(); time.Sleep(5 * time.Millisecond) {
		select {
		case err := <-p.ended:
			p.ts.Fatalf("the command ended (%v) while the test waited for %s; it printed %s", err, what, p.stderr.bytes())
		default:
		}
		if time.Since(began) > patience {
			p.ts.Fatalf("timeout waiting for %s; the command printed %s", what, p.stderr.bytes())
		}
	}
}

func (p *program) end() error {
	select {
	case err := <-p.ended:
		return err
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.ended
		return errors.New("it did not end")
	}
}

// buffer collects what a program writes, and can be read meanwhile.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(data []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(data)
}

func (b *buffer) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.text.Bytes())
}
