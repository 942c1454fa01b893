package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/krustup/krustup/internal/lock"
)

// helpers are the functions of the test binary as another process. The first argument is a home directory.
var helpers = map[string]func(args []string){
	"die in a stage": func(args []string) { // home: fills a stage and is killed
		st, err := helperStore(args).Stage(testID("a"))
		helperCheck(err)
		helperCheck(fill(st.Dir))
		helperCheck(unix.Kill(os.Getpid(), unix.SIGKILL))
		time.Sleep(time.Minute)
	},
	"publish": func(args []string) { // home: publishes when its input ends
		s := helperStore(args)
		fmt.Println("ready")
		_, _ = os.Stdin.Read(make([]byte, 1))
		o, err := publish(s, testID("a"))
		helperCheck(err)
		fmt.Println(o.Dir)
	},
	"publish forever": func(args []string) { // home: until it is killed
		s := helperStore(args)
		fmt.Println("ready")
		for {
			helperCheck(s.CleanStages(context.Background()))
			// Without its record it is a leftover, which Publish moves aside.
			if o, err := s.Lookup(testID("a")); err == nil {
				helperCheck(os.Chmod(o.Dir, 0o755))
				helperCheck(os.Remove(filepath.Join(o.Dir, RecordName)))
			}
			_, err := publish(s, testID("a"))
			helperCheck(err)
		}
	},
}

func helperStore(args []string) *Store {
	s, err := Open(Options{Home: args[0]})
	helperCheck(err)
	return s
}

func helperCheck(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "helper:", err)
		os.Exit(1)
	}
}

// start starts a helper and waits until it is ready. end closes its input.
func start(t *testing.T, cmd *exec.Cmd) (out *bufio.Reader, end func()) {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out = bufio.NewReader(pipe)
	if line, err := out.ReadString('\n'); line != "ready\n" {
		t.Fatalf("helper printed %q, %v", line, err)
	}
	return out, func() { _ = in.Close() }
}

func TestKilledInAStage(t *testing.T) {
	s := open(t, newDir(t))
	var exit *exec.ExitError
	if err := helper(t, "die in a stage", s.Home()).Run(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("helper ended with %v, expected a signal", err)
	}
	wantNotInstalled(t, s, testID("a"))
	mine, err := s.Stage(testID("a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(mine.Dir); err != nil {
		t.Fatal(err)
	}
	if err := s.CleanStages(t.Context()); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(s.tmpDir())
	if err != nil || len(entries) != 1 || !strings.HasPrefix(mine.Dir, filepath.Join(s.tmpDir(), entries[0].Name())) {
		t.Fatalf("tmp/ contains %v (%v), expected only the stage of this process", entries, err)
	}
	if _, err := mine.Publish(t.Context(), testRecord()); err != nil {
		t.Error(err)
	}
	wantEmptyTmp(t, s)
}

// A process is killed at different moments of cleaning and publishing. Afterwards, an object is complete or not
// installed.
func TestKilledAtAnyMoment(t *testing.T) {
	s := open(t, newDir(t))
	for round := range 8 {
		cmd := helper(t, "publish forever", s.Home())
		start(t, cmd)
		time.Sleep(time.Duration(3+round*7) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		var missing *NotInstalledError
		o, err := s.Lookup(testID("a"))
		if err == nil {
			if info, err := os.Stat(filepath.Join(o.Dir, "usr/lib/deep/data")); err != nil || info.Size() != 1000 {
				t.Errorf("an installed object is incomplete: %v", err)
			}
		} else if !errors.As(err, &missing) {
			t.Errorf("Lookup returned %v", err)
		}
	}
	if err := s.CleanStages(t.Context()); err != nil {
		t.Error(err)
	}
	wantEmptyTmp(t, s)
	mustPublish(t, s, testID("a"))
}

func TestTwoProcessesPublishTheSame(t *testing.T) {
	s := open(t, newDir(t))
	// A leftover in the object's place, which all of them would move aside.
	if err := os.MkdirAll(filepath.Join(s.objectsDir(), testID("a").String(), "usr"), 0o755); err != nil {
		t.Fatal(err)
	}
	var commands []*exec.Cmd
	var outs []*bufio.Reader
	var ends []func()
	for range 4 {
		cmd := helper(t, "publish", s.Home())
		out, end := start(t, cmd)
		commands, outs, ends = append(commands, cmd), append(outs, out), append(ends, end)
	}
	for _, end := range ends {
		end()
	}
	for i, cmd := range commands {
		line, _ := outs[i].ReadString('\n')
		if err := cmd.Wait(); err != nil || strings.TrimSpace(line) != filepath.Join(s.objectsDir(), testID("a").String()) {
			t.Errorf("process %d published at %q, %v", i, line, err)
		}
	}
	if _, err := s.Lookup(testID("a")); err != nil {
		t.Error(err)
	}
	wantEmptyTmp(t, s)
}

func TestLock(t *testing.T) {
	s := open(t, newDir(t))
	unlock, err := s.Lock(t.Context(), "rust", "first", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped by hand")
	_, err = s.Lock(ctx, "rust", "second", func(h lock.Holder) {
		if h.PID != os.Getpid() || h.Reason != "first" {
			t.Errorf("waiting got %v", h)
		}
		cancel(stop)
	})
	if !errors.Is(err, stop) {
		t.Errorf("Lock returned %v", err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
	if _, err := s.Lock(t.Context(), "../rust", "", nil); err == nil {
		t.Error("locked a name that leads out of the directory")
	}
}

// An interrupted stage is not published, even if it was complete and only waited for another process to publish.
func TestNothingIsPublishedAfterAnInterruption(t *testing.T) {
	s := open(t, newDir(t))
	st, err := s.Stage(testID("a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(st.Dir); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped by hand")
	err = s.exclusive(t.Context(), "publishing something else", func() error {
		time.AfterFunc(20*time.Millisecond, func() { cancel(stop) })
		_, err := st.Publish(ctx, testRecord())
		return err
	})
	if !errors.Is(err, stop) {
		t.Errorf("Publish returned %v", err)
	}
	wantNotInstalled(t, s, testID("a"))
	if err := st.Discard(); err != nil {
		t.Error(err)
	}
	if _, err := s.WriteSet(ctx, "one", nil, []byte("{}")); !errors.Is(err, stop) {
		t.Errorf("WriteSet returned %v", err)
	}
	if dir, ok := s.Set("one"); ok {
		t.Errorf("a set was written: %s", dir)
	}
	wantEmptyTmp(t, s)
	mustPublish(t, s, testID("a"))
}
