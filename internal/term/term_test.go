package term_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/krustup/krustup/internal/term"
)

// environment returns the environment of a person's terminal, with changes from pairs of name and value.
func environment(pairs ...string) func(string) string {
	all := map[string]string{"TERM": "xterm"}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return all[name] }
}

func TestLines(t *testing.T) {
	var out bytes.Buffer
	s := term.New(&out, term.Options{Env: environment()})
	s.Note("fetched %s", "rustc")
	s.Warn("LLVM %d", 21)
	s.Error("100%% of %q", "x")
	s.Hint("krustup update\n")
	const want = "krustup: fetched rustc\nkrustup: warning: LLVM 21\nkrustup: error: 100% of \"x\"\nkrustup: hint: krustup update\n"
	if out.String() != want {
		t.Errorf("%q, expected %q", out.String(), want)
	}
}

func TestQuiet(t *testing.T) {
	var out bytes.Buffer
	s := term.New(&out, term.Options{Quiet: true, Env: environment()})
	s.Note("note")
	p := s.Progress(100, "fetching")
	p.Add(100)
	p.Finish("file", 100, time.Second)
	p.Close()
	s.Warn("stale")
	s.Error("failed")
	s.Hint("update")
	const want = "krustup: warning: stale\nkrustup: error: failed\nkrustup: hint: update\n"
	if out.String() != want {
		t.Errorf("%q, expected %q", out.String(), want)
	}
}

// Without a terminal, each finished item gets a line, and nothing moves the cursor.
func TestProgressWithoutTerminal(t *testing.T) {
	var out bytes.Buffer
	s := term.New(&out, term.Options{Env: environment()})
	p := s.Progress(46_900_000, "fetching 2 files")
	p.Add(40_000_000)
	p.Finish("rustc", 40_000_000, 3200*time.Millisecond)
	p.Close()
	p.Close()
	const want = "krustup: fetching 2 files\nkrustup: rustc (40.0 MB, 3.2s)\n"
	if out.String() != want {
		t.Errorf("%q, expected %q", out.String(), want)
	}
}

// pty opens a pseudo-terminal of 80 columns. A program writes to screen; read returns the output since the last call.
func pty(t *testing.T) (screen *os.File, read func() string) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal is available: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Skipf("no pseudo-terminal is available: %v", err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Skipf("no pseudo-terminal is available: %v", err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal is available: %v", err)
	}
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	const end = "END OF OUTPUT"
	return slave, func() string {
		// An open terminal has no end of file: a marker shows where the output ends.
		fmt.Fprint(slave, end)
		var got strings.Builder
		buffer := make([]byte, 4096)
		for !strings.HasSuffix(got.String(), end) {
			n, err := master.Read(buffer)
			if err != nil {
				t.Fatalf("reading the terminal: %v after %q", err, got.String())
			}
			got.Write(buffer[:n])
		}
		return strings.TrimSuffix(got.String(), end)
	}
}

// A line that is wider than the terminal would wrap, and stay on the screen when the bar is erased.
func TestBarOnNarrowTerminal(t *testing.T) {
	screen, read := pty(t)
	defer screen.Close()
	for _, columns := range []uint16{40, 50, 60} {
		if err := unix.IoctlSetWinsize(int(screen.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
			t.Fatal(err)
		}
		p := term.New(screen, term.Options{Env: environment()}).Progress(1_000_000, "installing 5 objects from 207.1 MB of archives")
		p.Add(505_000)
		for line := range strings.SplitSeq(read(), "\r") {
			if n := utf8.RuneCountInString(line); n > int(columns) {
				t.Errorf("%d columns: %q has %d", columns, line, n)
			}
		}
		p.Close()
		read()
	}
}

func TestBarOnTerminal(t *testing.T) {
	screen, read := pty(t)
	defer screen.Close()
	s := term.New(screen, term.Options{Env: environment()})
	p := s.Progress(1_000_000, "fetching 2 files")
	p.Add(505_000)
	if got := read(); !strings.Contains(got, "\rfetching 2 files") || !strings.Contains(got, "50%") || strings.Contains(got, "\n") {
		t.Errorf("half way: %q, expected a bar of 50%% and no new line", got)
	}
	p.Finish("one", 505_000, time.Second)
	if got := read(); got != "" {
		t.Errorf("Finish wrote %q while a bar is drawn", got)
	}
	s.Note("by the way")
	got := read()
	if !strings.HasPrefix(got, "\r ") || !strings.HasSuffix(got, "\rkrustup: by the way\r\n") {
		t.Errorf("a note: %q, expected the bar to be erased and the note on a line of its own", got)
	}
	p.Add(-505_000) // the transfer restarts
	time.Sleep(150 * time.Millisecond)
	p.Add(255_000)
	if got := read(); !strings.Contains(got, "25%") || strings.Contains(got, "END") {
		t.Errorf("after going back: %q, expected a bar of 25%%", got)
	}
	p.Add(10_000_000) // more than the total: no error, and no bar beyond its end
	read()
	p.Close()
	if got := read(); !strings.HasSuffix(got, " \r") {
		t.Errorf("closing wrote %q, expected the line to be erased", got)
	}
	p.Add(1)
	p.Close()
	s.Note("end")
	if got := read(); got != "krustup: end\r\n" {
		t.Errorf("after the end: %q, expected the note alone", got)
	}
}

func TestColour(t *testing.T) {
	for _, c := range []struct {
		name          string
		env           func(string) string
		colour, drawn bool
	}{
		{"terminal", environment(), true, true},
		{"NO_COLOR", environment("NO_COLOR", "1"), false, true},
		{"NO_COLOR empty", environment("NO_COLOR", ""), true, true},
		{"dumb", environment("TERM", "dumb"), false, false},
		{"CI", environment("CI", "true"), true, false},
		{"CI=false", environment("CI", "false"), true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			screen, read := pty(t)
			defer screen.Close()
			s := term.New(screen, term.Options{Env: c.env})
			s.Warn("careful")
			if got := read(); strings.Contains(got, "\x1b[") != c.colour || !strings.Contains(got, "warning:") {
				t.Errorf("%q, expected colour: %v", got, c.colour)
			}
			p := s.Progress(100, "work")
			p.Add(50)
			p.Finish("thing", 50, 0)
			got := read()
			p.Close()
			if strings.Contains(got, "%") != c.drawn || strings.Contains(got, "krustup: thing") == c.drawn {
				t.Errorf("%q, expected a bar: %v", got, c.drawn)
			}
		})
	}
}

// For the race detector, which watches the bar's state. No line may be lost or split.
func TestManyGoroutines(t *testing.T) {
	screen, read := pty(t)
	defer screen.Close()
	s := term.New(screen, term.Options{Env: environment("NO_COLOR", "1")})
	p := s.Progress(8*20, "work")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 20 {
				p.Add(1)
				if j == 10 {
					s.Note("from %d", i)
				}
			}
		})
	}
	group.Wait()
	p.Close()
	got := read()
	for i := range 8 {
		if !strings.Contains(got, fmt.Sprintf("\rkrustup: from %d\r\n", i)) && !strings.Contains(got, fmt.Sprintf("\nkrustup: from %d\r\n", i)) {
			t.Errorf("the line of %d is missing or split in %q", i, got)
		}
	}
}

func TestTable(t *testing.T) {
	var out strings.Builder
	err := term.Table(&out, []string{"TARGET", "SINCE", "WHY"}, [][]string{
		{"arm64", "6.9", "short"},
		{"loongarch64", "6.8", "a text that is too long for what is left of eighty columns and so goes on below"},
		{"ünïcode", "", ""},
		{"url", "1", "https://example.org/a/very/long/path/that/nobody/can/break/anywhere/in/the/middle"},
		{"a remark on the row above, which takes no part in how wide the columns are, and is broken as well"},
		{"short", ""},
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `TARGET       SINCE  WHY
arm64        6.9    short
loongarch64  6.8    a text that is too long for what is left of eighty columns
                    and so goes on below
ünïcode
url          1      https://example.org/a/very/long/path/that/nobody/can/break/anywhere/in/the/middle
    a remark on the row above, which takes no part in how wide the columns are,
    and is broken as well
short
`
	if out.String() != want {
		t.Errorf("got\n%s\nexpected\n%s", out.String(), want)
	}
	out.Reset()
	if err := term.Table(&out, nil, [][]string{{"one"}, {"column"}}); err != nil || out.String() != "one\ncolumn\n" {
		t.Errorf("a table of one column: %q, %v", out.String(), err)
	}
	out.Reset()
	if err := term.Table(&out, nil, nil); err != nil || out.String() != "" {
		t.Errorf("an empty table: %q, %v", out.String(), err)
	}
}

func TestFormats(t *testing.T) {
	for n, want := range map[int]string{0: "0 files", 1: "1 file", 2: "2 files"} {
		if got := term.Count(n, "file", "files"); got != want {
			t.Errorf("Count(%d) = %q, expected %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 999_949: "999.9 kB", 999_950: "1.0 MB", 46_900_000: "46.9 MB", 999_999_999: "1.00 GB", 1_234_000_000: "1.23 GB",
	} {
		if got := term.Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, expected %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0.0s", 430 * time.Millisecond: "0.4s", 59940 * time.Millisecond: "59.9s", 59960 * time.Millisecond: "1m0s", 133 * time.Second: "2m13s",
	} {
		if got := term.Seconds(d); got != want {
			t.Errorf("Seconds(%v) = %q, expected %q", d, got, want)
		}
	}
}
