package lock

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// helpers are the functions of the test binary as another process. The first argument is the path of a lock.
var helpers = map[string]func(args []string) error{
	"hold": func(args []string) error { // path, reason: holds the lock until its input ends
		unlock, err := Lock(context.Background(), args[0], Options{Reason: args[1]})
		if err != nil {
			return err
		}
		fmt.Println("ready")
		_, _ = os.Stdin.Read(make([]byte, 1))
		return unlock()
	},
	"count": func(args []string) error { // path, "keep" or "remove": increments a number in a file under the lock
		var group sync.WaitGroup
		var failed atomic.Pointer[error]
		for range 2 {
			group.Go(func() {
				for range 10 {
					if err := countOne(args[0], args[1] == "remove"); err != nil {
						failed.Store(&err)
					}
				}
			})
		}
		group.Wait()
		if err := failed.Load(); err != nil {
			return *err
		}
		return nil
	},
}

func countOne(path string, remove bool) error {
	unlock, err := Lock(context.Background(), path, Options{Reason: "counting", Remove: remove})
	if err != nil {
		return err
	}
	name := filepath.Join(filepath.Dir(path), "count")
	data, err := os.ReadFile(name)
	var n int
	if err == nil {
		_, err = fmt.Sscan(string(data), &n)
	}
	if err == nil {
		err = os.WriteFile(name, fmt.Append(nil, n+1), 0o644)
	}
	return errors.Join(err, unlock())
}

func TestMain(m *testing.M) {
	if name := os.Getenv("KRUSTUP_LOCK_HELPER"); name != "" {
		if err := helpers[name](os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "helper:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func helper(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Env = append(os.Environ(), "KRUSTUP_LOCK_HELPER="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

// hold starts a process that holds a lock until end is called.
func hold(t *testing.T, path, reason string) (cmd *exec.Cmd, end func()) {
	t.Helper()
	cmd = helper(t, "hold", path, reason)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("helper printed %q, %v", line, err)
	}
	return cmd, func() { _ = in.Close() }
}

func mustLock(t *testing.T, path string, opts Options) (unlock func() error) {
	t.Helper()
	unlock, err := Lock(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	return unlock
}

func TestHandOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rust.lock")
	cmd, end := hold(t, path, "installing rust")
	holders := make(chan Holder, 10)
	got := make(chan error, 1)
	go func() {
		unlock, err := Lock(t.Context(), path, Options{Reason: "mine", Waiting: func(h Holder) { holders <- h }})
		if err == nil {
			err = unlock()
		}
		got <- err
	}()
	var h Holder
	select {
	case h = <-holders:
	case err := <-got:
		t.Fatalf("Lock returned while another process held the lock: %v", err)
	}
	if host, _ := os.Hostname(); h.PID != cmd.Process.Pid || h.Reason != "installing rust" || h.Host != host || time.Since(h.Since) > time.Minute {
		t.Errorf("Waiting got %v, expected process %d", h, cmd.Process.Pid)
	}
	if !strings.Contains(h.String(), "(installing rust) since 20") {
		t.Errorf("the holder is printed as %q", h)
	}
	select {
	case err := <-got:
		t.Fatalf("Lock returned while another process held the lock: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	end()
	if err := <-got; err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if len(holders) != 0 {
		t.Errorf("Waiting was called %d more times for one holder", len(holders))
	}
	if data, err := os.ReadFile(path); err != nil || len(data) != 0 {
		t.Errorf("the lock file contains %q (%v), expected an empty file", data, err)
	}
}

func TestHolderWasKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rust.lock")
	cmd, _ := hold(t, path, "installing rust")
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	unlock, held, err := Try(path, Options{Remove: true})
	if err != nil || !held {
		t.Fatalf("the lock of a killed process: held %v, %v", held, err)
	}
	if err := errors.Join(unlock(), unlock()); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file was not removed: %v", err)
	}
}

func TestWaitEndsWithContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rust.lock")
	unlock := mustLock(t, path, Options{Reason: "first"})
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped by hand")
	_, err := Lock(ctx, path, Options{Reason: "second", Waiting: func(h Holder) { cancel(stop) }})
	wait, ok := errors.AsType[*WaitError](err)
	if !ok || !errors.Is(err, stop) || wait.Holder.Reason != "first" || wait.Holder.PID != os.Getpid() {
		t.Errorf("Lock returned %v", err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
	if _, err := Lock(ctx, path, Options{}); !errors.Is(err, stop) {
		t.Errorf("a context that has ended: %v", err)
	}
}

func TestTry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if _, _, err := Try(path, Options{Existing: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := os.Lstat(path); err == nil {
		t.Error("the file was created")
	}
	unlock := mustLock(t, path, Options{})
	if _, held, err := Try(path, Options{Existing: true}); held || err != nil {
		t.Errorf("the lock is held already: held %v, %v", held, err)
	}
	// If somebody deletes the file, the lock no longer excludes others, and releasing it must not touch the next
	// holder's file.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	again, held, err := Try(path, Options{Reason: "second"})
	if err != nil || !held {
		t.Fatalf("held %v, %v", held, err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
	if h := readHolder(path); h.Reason != "second" {
		t.Errorf("the holder in the file is %v", h)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
	if _, _, err := Try(filepath.Join(path, "below"), Options{}); err == nil {
		t.Error("locked a file below a file")
	}
}

// Several processes with two goroutines each count under one lock, whose file is kept or removed each time.
func TestExcludes(t *testing.T) {
	for _, file := range []string{"keep", "remove"} {
		t.Run(file, func(t *testing.T) {
			dir := t.TempDir()
			count := filepath.Join(dir, "count")
			if err := os.WriteFile(count, []byte("0"), 0o644); err != nil {
				t.Fatal(err)
			}
			var group sync.WaitGroup
			for range 5 {
				cmd := helper(t, "count", filepath.Join(dir, "count.lock"), file)
				group.Go(func() {
					if err := cmd.Run(); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			if data, err := os.ReadFile(count); err != nil || string(data) != "100" {
				t.Errorf("five processes counted to %s (%v), expected 100", data, err)
			}
			entries, err := os.ReadDir(dir)
			if want := map[string]int{"keep": 2, "remove": 1}[file]; err != nil || len(entries) != want {
				t.Errorf("left %v (%v), expected %d files", entries, err, want)
			}
		})
	}
}

// A file that another user created can be locked by everyone who can read it.
func TestFileOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to act as two users")
	}
	dir, err := os.MkdirTemp("", "lock-*") // t.TempDir is below a directory that only root can enter
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, ".krustup.lock.lock")
	unlock := mustLock(t, path, Options{Reason: "root's"})
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	// For this thread only: this also drops the capabilities with which root bypasses permission bits.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Setfsuid(65534); err != nil {
		t.Fatal(err)
	}
	defer unix.Setfsuid(0)
	if _, err := os.OpenFile(path, os.O_RDWR, 0); !errors.Is(err, fs.ErrPermission) {
		t.Skipf("permission bits have no effect here: %v", err)
	}
	if _, held, err := Try(path, Options{Remove: true}); held || err != nil {
		t.Errorf("root holds it: held %v, %v", held, err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
	second, held, err := Try(path, Options{Remove: true})
	if err != nil || !held {
		t.Fatalf("held %v, %v", held, err)
	}
	if err := second(); err != nil {
		t.Error(err)
	}
}
