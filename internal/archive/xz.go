package archive

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/ulikunitz/xz"
	"golang.org/x/sys/unix"
)

// xzSwitch is the environment variable that forces one of the two decoders, for tests and for machines with a broken
// xz.
const xzSwitch = "KRUSTUP_XZ"

// xzSmall is the size below which the library finishes before the program has started.
const xzSmall = 64 << 10

// openXZ chooses the decoder. If the stream supports random access, the library decodes one block per core.
func openXZ(ctx context.Context, src *source) (io.ReadCloser, error) {
	switch choice := os.Getenv(xzSwitch); choice {
	case "":
	case "library":
		return openXZLibrary(ctx, src)
	case "program":
		path, err := exec.LookPath("xz")
		if err != nil {
			return nil, &programError{err: fmt.Errorf("%s=program: %w", xzSwitch, err)}
		}
		return startXZ(ctx, path, src)
	default:
		return nil, &programError{err: fmt.Errorf("%s=%q in the environment, expected library or program", xzSwitch, choice)}
	}
	path := xzProgram()
	if path == "" {
		return openXZLibrary(ctx, src)
	}
	buffered := bufio.NewReaderSize(src, xzSmall)
	if _, err := buffered.Peek(xzSmall); err == io.EOF {
		return newXZStream(buffered)
	}
	return startXZ(ctx, path, buffered)
}

// xzProgram returns the path of the xz program of XZ Utils, or "". The xz of busybox has neither its threads nor its
// checks.
func xzProgram() string {
	path, err := exec.LookPath("xz")
	if err != nil {
		return ""
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil || strings.Contains(filepath.Base(real), "busybox") {
		return ""
	}
	return path
}

func openXZLibrary(ctx context.Context, src *source) (io.ReadCloser, error) {
	if at, ok := src.r.(randomReader); ok {
		if blocks := xzBlocks(at); len(blocks) > 1 {
			return decodeBlocks(ctx, src, at, blocks, runtime.GOMAXPROCS(0)), nil
		}
	}
	return newXZStream(src)
}

// newXZStream decodes with the library. The library accepts a stream that is truncated between blocks, so xzTail checks
// the end.
func newXZStream(r io.Reader) (io.ReadCloser, error) {
	tail := &xzTail{r: r}
	stream, err := xz.NewReader(tail.buffered())
	if err != nil {
		return nil, err
	}
	return io.NopCloser(&xzStream{r: stream, tail: tail}), nil
}

// xzStream is the library's output, with a check of the end of the input.
type xzStream struct {
	r    io.Reader
	tail *xzTail
	err  error // returned after the bytes that the library returned together with it
}

func (s *xzStream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	if err == io.EOF {
		err = s.tail.check()
	}
	if n > 0 && err != nil {
		s.err, err = err, nil
	}
	return n, err
}

// xzTail records the end of an .xz file: a footer, and perhaps zero bytes.
type xzTail struct {
	r     io.Reader
	last  []byte // the last bytes up to the last one that is not zero, as many as a footer has
	zeros int    // number of zero bytes since then
}

func (x *xzTail) buffered() io.Reader { return bufio.NewReaderSize(x, bufferSize) }

func (x *xzTail) Read(p []byte) (int, error) {
	n, err := x.r.Read(p)
	solid := bytes.TrimRight(p[:n], "\x00")
	if len(solid) > 0 {
		x.last = append(x.last, make([]byte, min(x.zeros, xzFooterSize))...)
		x.last = append(x.last, solid[max(0, len(solid)-xzFooterSize):]...)
		x.last = x.last[max(0, len(x.last)-xzFooterSize):]
		x.zeros = 0
	}
	x.zeros += n - len(solid)
	return n, err
}

// check returns io.EOF if the file ended with a footer.
func (x *xzTail) check() error {
	if len(x.last) == xzFooterSize && validXZFooter(x.last) {
		return io.EOF
	}
	return fmt.Errorf("no footer at the end: %w", io.ErrUnexpectedEOF)
}

// programError reports that the xz program failed.
type programError struct {
	err      error
	stderr   string
	rejected bool // the program rejected its input
}

func (e *programError) Error() string {
	if e.stderr == "" {
		return e.err.Error()
	}
	return fmt.Sprintf("%s (%v)", e.stderr, e.err)
}

func (e *programError) Unwrap() error { return e.err }

// xzProcess is a running xz -dc.
type xzProcess struct {
	cmd    *exec.Cmd
	stop   context.CancelFunc
	stdout io.ReadCloser
	stderr firstBytes
	err    error // set at the end: io.EOF or the reason of a failure
}

func startXZ(ctx context.Context, path string, src io.Reader) (io.ReadCloser, error) {
	ctx, stop := context.WithCancel(ctx)
	x := &xzProcess{stop: stop}
	x.cmd = exec.CommandContext(ctx, path, "-dc", "-T0")
	x.cmd.Stdin, x.cmd.Stderr = src, &x.stderr
	// Without the caller's XZ_OPT, which may limit memory or threads, and with messages in English.
	x.cmd.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	// Without it, Wait would block on a source that blocks (a network) after xz is killed.
	x.cmd.WaitDelay = time.Second
	var err error
	if x.stdout, err = x.cmd.StdoutPipe(); err == nil {
		err = x.cmd.Start()
	}
	if err != nil {
		stop()
		return nil, &programError{err: fmt.Errorf("starting %s: %w", path, err)}
	}
	// A larger pipe saves switches between the two processes. If the kernel refuses, it is only slower.
	if pipe, ok := x.stdout.(*os.File); ok {
		if raw, err := pipe.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, bufferSize) })
		}
	}
	return x, nil
}

func (x *xzProcess) Read(p []byte) (int, error) {
	if x.err != nil {
		return 0, x.err
	}
	n, err := x.stdout.Read(p)
	if n > 0 || err == nil {
		return n, nil
	}
	// Whether the output is complete is known only from the exit status.
	if x.err = x.wait(); x.err == nil && err != io.EOF {
		x.err = err
	} else if x.err == nil {
		x.err = io.EOF
	}
	return 0, x.err
}

func (x *xzProcess) wait() error {
	defer x.stop()
	err := x.cmd.Wait()
	if err == nil {
		return nil
	}
	var exit *exec.ExitError
	rejected := errors.As(err, &exit) && exit.Exited()
	text := strings.TrimSpace(string(x.stderr))
	return &programError{err: err, stderr: text, rejected: rejected}
}

// Close stops the program if it is still running. Its exit status counts only if the output was read to the end.
func (x *xzProcess) Close() error {
	if x.err == nil {
		x.stop()
		_ = x.cmd.Wait()
		x.err = os.ErrClosed
	}
	return nil
}

// firstBytes keeps the first 1000 bytes that are written to it.
type firstBytes []byte

func (f *firstBytes) Write(p []byte) (int, error) {
	*f = append(*f, p[:min(len(p), max(0, 1000-len(*f)))]...)
	return len(p), nil
}
