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

// hold FILE REASON: the test has the lock that guards a krustup.lock, until the script ends.
func cmdHold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: hold file reason")
	}
	path := ts.MkAbs(args[0])
	unlock, held, err := lock.Try(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock"), lock.Options{Reason: args[1], Remove: true})
	ts.Check(err)
	if !held {
		ts.Fatalf("%s is locked already", path)
	}
	ts.Defer(func() { _ = unlock() })
}

// signal interrupt PATTERN COMMAND...: SIGINT once standard error has the pattern ends the command with exit code 130,
// promptly. signal stuck FILE COMMAND...: the command is stuck in reading a pipe of that name; one SIGINT does not end
// it, and a second one does.
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: signal interrupt pattern command... | signal stuck file command...")
	}
	p := startProgram(ts, args[2:])
	switch args[0] {
	case "interrupt":
		pattern := regexp.MustCompile(args[1])
		p.waitFor("standard error to have "+args[1], func() bool { return pattern.Match(p.stderr.bytes()) })
		ts.Check(p.cmd.Process.Signal(syscall.SIGINT))
		if err := p.end(); p.cmd.ProcessState.ExitCode() != 130 {
			ts.Fatalf("the command ended with %v, expected exit code 130; it said %s", err, p.stderr.bytes())
		}
	case "stuck":
		var pipe *os.File
		p.waitFor("somebody to read "+args[1], func() (ok bool) {
			var err error
			pipe, err = os.OpenFile(ts.MkAbs(args[1]), os.O_WRONLY|syscall.O_NONBLOCK, 0)
			return err == nil
		})
		defer pipe.Close()
		ts.Check(p.cmd.Process.Signal(syscall.SIGINT))
		select {
		case err := <-p.ended:
			ts.Fatalf("the first signal ended it (%v): it was not stuck", err)
		case <-time.After(300 * time.Millisecond):
		}
		ts.Check(p.cmd.Process.Signal(syscall.SIGINT))
		_ = p.end()
		if status := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGINT {
			ts.Fatalf("the second signal gave %v, expected death by SIGINT", p.cmd.ProcessState)
		}
	default:
		ts.Fatalf("unknown: signal %s", args[0])
	}
}

// program is a command that a script has started.
type program struct {
	ts     *testscript.TestScript
	cmd    *exec.Cmd
	stderr *said
	ended  chan error
}

func startProgram(ts *testscript.TestScript, args []string) *program {
	p := &program{ts: ts, stderr: &said{}, ended: make(chan error, 1)}
	p.cmd = exec.Command("env", append([]string{"-i"}, append(scriptEnv(ts), args...)...)...)
	p.cmd.Dir = ts.MkAbs(".")
	p.cmd.Stderr = p.stderr
	ts.Check(p.cmd.Start())
	ts.Defer(func() { _ = p.cmd.Process.Kill() })
	go func() { p.ended <- p.cmd.Wait() }()
	return p
}

// scriptEnv is what of the script's environment a krustup needs.
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

// patience is for slow machines: what a test waits for takes much less.
const patience = 20 * time.Second

func (p *program) waitFor(what string, ok func() bool) {
	for began := time.Now(); !ok(); time.Sleep(5 * time.Millisecond) {
		select {
		case err := <-p.ended:
			p.ts.Fatalf("the command ended (%v) before there was: %s; it said %s", err, what, p.stderr.bytes())
		default:
		}
		if time.Since(began) > patience {
			p.ts.Fatalf("waited in vain for: %s; the command said %s", what, p.stderr.bytes())
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
		return errors.New("it ran on")
	}
}

// said collects what a program writes, for a reader that looks at it meanwhile.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(data)
}

func (s *said) bytes() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.text.Bytes())
}
