package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFormatOf(t *testing.T) {
	for name, want := range map[string]Format{
		"linux-7.3.tar.xz": XZ, "dists/trixie/main/binary-amd64/Packages.xz": XZ, "x.tgz": Gzip, "x.tar.gz": Gzip,
		"data.tar.zst": Zstd, "data.tar": Plain, "Packages": Plain, "a.dir/Packages": Plain, "X.TAR.XZ": XZ,
		"x.tar.bz2": 0, "x.zip": 0, "x.deb": 0,
	} {
		got, err := FormatOf(name)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("FormatOf(%q) = %v, %v, want %v", name, got, err, want)
		}
	}
}

// text returns compressible bytes that are the same in each run. They repeat after 50,000, to compress faster.
func text(size int) []byte {
	rnd := rand.New(rand.NewPCG(3, 4))
	var out []byte
	for len(out) < min(size, 50_000) {
		out = fmt.Appendf(out, "obj-$(CONFIG_%X) += %x.o\n", rnd.IntN(1<<12), rnd.IntN(1<<20))
	}
	return bytes.Repeat(out, size/max(1, len(out))+1)[:size]
}

// eachDecoder runs a test with each format, and for xz with each decoder.
func eachDecoder(t *testing.T, run func(t *testing.T, f Format)) {
	for _, f := range []Format{Gzip, Zstd} {
		t.Run(f.String(), func(t *testing.T) { run(t, f) })
	}
	for _, decoder := range []string{"library", "program"} {
		t.Run("xz "+decoder, func(t *testing.T) {
			if decoder == "program" {
				needProgram(t, "xz")
			}
			t.Setenv(xzSwitch, decoder)
			run(t, XZ)
		})
	}
}

func needProgram(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("no %s on this machine", name)
	}
}

// decompress decompresses data from a reader without random access.
func decompress(ctx context.Context, data []byte, f Format) ([]byte, error) {
	return decompressFrom(ctx, io.MultiReader(bytes.NewReader(data)), f)
}

func decompressFrom(ctx context.Context, r io.Reader, f Format) ([]byte, error) {
	stream, err := Decompress(ctx, r, f)
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(stream)
	return out, errors.Join(err, stream.Close())
}

func TestDecompress(t *testing.T) {
	eachDecoder(t, func(t *testing.T, f Format) {
		for _, size := range []int{0, 1, 5000, 300_000} {
			want := text(size)
			got, err := decompress(t.Context(), compress(t, f, want), f)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes became %d different bytes (%v)", size, len(got), err)
			}
		}
	})
}

// TestDecompressXZByDefault checks which decoder is chosen if KRUSTUP_XZ is not set: it depends on the size of the
// stream and on whether the machine has the program.
func TestDecompressXZByDefault(t *testing.T) {
	needProgram(t, "xz")
	path := os.Getenv("PATH")
	for _, c := range []struct {
		name, path string
		size       int
		program    bool
	}{
		{"small", path, 1000, false},
		{"large", path, xzSmall + 9000, true},
		{"large, no program", t.TempDir(), xzSmall + 9000, false},
		{"large, busybox", busybox(t), xzSmall + 9000, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(xzSwitch, "")
			t.Setenv("PATH", c.path)
			want := noise(c.size)
			stream, err := Decompress(t.Context(), bytes.NewReader(compress(t, XZ, want)), XZ)
			if err != nil {
				t.Fatal(err)
			}
			defer stream.Close()
			if _, program := stream.(*decoded).ReadCloser.(*xzProcess); program != c.program {
				t.Errorf("uses the program: %v, want %v", program, c.program)
			}
			if got, err := io.ReadAll(stream); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes became %d different bytes (%v)", len(want), len(got), err)
			}
		})
	}
}

// noise returns incompressible bytes that are the same in each run.
func noise(size int) []byte {
	out := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(out)
	return out
}

// busybox returns a PATH in which xz is a link to busybox.
func busybox(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "busybox"), []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("busybox", filepath.Join(bin, "xz")); err != nil {
		t.Fatal(err)
	}
	return bin
}

func TestDecompressRefusesAnUnknownSwitch(t *testing.T) {
	t.Setenv(xzSwitch, "fast")
	_, err := decompress(t.Context(), compress(t, XZ, nil), XZ)
	if err == nil || !strings.Contains(err.Error(), `"fast"`) {
		t.Errorf("error %v, want one that names the value", err)
	}
}

func wantFormatError(t *testing.T, what string, err error) {
	t.Helper()
	var format *FormatError
	if !errors.As(err, &format) {
		t.Errorf("%s: error %v, want a FormatError", what, err)
	}
}

func TestDecompressTruncated(t *testing.T) {
	eachDecoder(t, func(t *testing.T, f Format) {
		data := compress(t, f, text(300))
		step := 1
		if os.Getenv(xzSwitch) == "program" {
			step = len(data)/8 + 1 // each cut starts a process
		}
		for cut := 0; cut < len(data); cut += step {
			out, err := decompress(t.Context(), data[:cut], f)
			if f == Zstd && cut == 0 && err == nil && len(out) == 0 {
				continue // a zstd stream may have no frames; UnpackTar notices the missing end mark
			}
			wantFormatError(t, fmt.Sprintf("%d of %d bytes", cut, len(data)), err)
		}
	})
}

func TestDecompressCorrupt(t *testing.T) {
	eachDecoder(t, func(t *testing.T, f Format) {
		data := compress(t, f, text(3000))
		for _, at := range []int{0, len(data) / 2, len(data) - 3} {
			bad := bytes.Clone(data)
			bad[at] ^= 0x55
			_, err := decompress(t.Context(), bad, f)
			wantFormatError(t, fmt.Sprintf("byte %d of %d", at, len(data)), err)
		}
	})
}

func TestDecompressTrailingGarbage(t *testing.T) {
	eachDecoder(t, func(t *testing.T, f Format) {
		for _, garbage := range []string{"x", "garbage after the stream", strings.Repeat("g", 100_000)} {
			_, err := decompress(t.Context(), append(compress(t, f, text(3000)), garbage...), f)
			wantFormatError(t, fmt.Sprintf("%d bytes of garbage", len(garbage)), err)
		}
	})
}

func TestDecompressReportsMessagesOfXZ(t *testing.T) {
	needProgram(t, "xz")
	t.Setenv(xzSwitch, "program")
	_, err := decompress(t.Context(), []byte("this is not an xz stream"), XZ)
	wantFormatError(t, "not a stream", err)
	if err == nil || !strings.Contains(err.Error(), "File format not recognized") {
		t.Errorf("error %q does not contain the program's message", err)
	}
}

func TestDecompressReturnsErrorsOfTheSource(t *testing.T) {
	broken := errors.New("input/output error")
	eachDecoder(t, func(t *testing.T, f Format) {
		data := compress(t, f, noise(100_000))
		_, err := decompressFrom(t.Context(), io.MultiReader(bytes.NewReader(data[:len(data)/2]), failing{broken}), f)
		var format *FormatError
		if !errors.Is(err, broken) || errors.As(err, &format) {
			t.Errorf("error %v, want %v", err, broken)
		}
	})
}

// TestDecompressStopsWhenCancelled checks that a program that waits for input ends soon after the context is cancelled.
func TestDecompressStopsWhenCancelled(t *testing.T) {
	eachDecoder(t, func(t *testing.T, f Format) {
		ctx, cancel := context.WithCancel(t.Context())
		data := compress(t, f, noise(100_000))
		in, feed := io.Pipe()
		defer in.Close()
		go func() {
			_, _ = feed.Write(data[:len(data)/2])
			cancel()
			// The download continues, but Decompress must not wait for the rest.
			_, _ = feed.Write(data[len(data)/2:])
			feed.Close()
		}()
		began := time.Now()
		_, err := decompressFrom(ctx, in, f)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestDecompressCloseBeforeTheEnd(t *testing.T) {
	eachDecoder(t, func(t *testing.T, f Format) {
		stream, err := Decompress(t.Context(), bytes.NewReader(compress(t, f, text(1_200_000))), f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(stream, make([]byte, 10)); err != nil {
			t.Error(err)
		}
		if err := stream.Close(); err != nil {
			t.Error(err)
		}
	})
}

// multiBlock compresses data with the xz program, in blocks of 64 KiB.
func multiBlock(t *testing.T, data []byte, args ...string) []byte {
	t.Helper()
	needProgram(t, "xz")
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("xz", append([]string{"-zc", "-0", "--block-size=64KiB", path}, args...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDecompressBlocksAtTheSameTime(t *testing.T) {
	t.Setenv(xzSwitch, "library")
	want := text(1<<20 + 17)
	for _, check := range []string{"--check=crc64", "--check=crc32", "--check=sha256"} {
		data := multiBlock(t, want, check)
		if blocks := xzBlocks(bytes.NewReader(data)); len(blocks) != 17 {
			t.Fatalf("%d blocks in the index, want 17", len(blocks))
		}
		got, err := decompressFrom(t.Context(), bytes.NewReader(data), XZ)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes became %d different bytes (%v)", check, len(want), len(got), err)
		}
		forward, err := decompress(t.Context(), data, XZ)
		if err != nil || !bytes.Equal(got, forward) {
			t.Errorf("%s: the outputs of the block decoder and of the library differ (%v)", check, err)
		}
	}
}

// TestDecompressCorruptBlocks checks that a damaged file of several blocks is never accepted.
func TestDecompressCorruptBlocks(t *testing.T) {
	t.Setenv(xzSwitch, "library")
	whole := text(200_000)
	data := multiBlock(t, whole)
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 25 {
		bad := bytes.Clone(data)
		at := rnd.IntN(len(bad))
		bad[at] ^= byte(1 + rnd.IntN(255))
		_, err := decompressFrom(t.Context(), bytes.NewReader(bad), XZ)
		wantFormatError(t, fmt.Sprintf("byte %d of %d", at, len(bad)), err)
	}
	for _, cut := range []int{1, 4, 12, 13, 100, len(data) / 2} {
		_, err := decompressFrom(t.Context(), bytes.NewReader(data[:len(data)-cut]), XZ)
		wantFormatError(t, fmt.Sprintf("%d bytes fewer", cut), err)
	}
	_, err := decompressFrom(t.Context(), bytes.NewReader(append(bytes.Clone(data), "junk"...)), XZ)
	wantFormatError(t, "trailing garbage", err)
	twice, err := decompressFrom(t.Context(), bytes.NewReader(append(bytes.Clone(data), data...)), XZ)
	if err != nil || len(twice) != 2*len(whole) {
		t.Errorf("two streams decode to %d bytes (%v), want %d", len(twice), err, 2*len(whole))
	}
}

func TestDecompressBlocksStopsWhenCancelled(t *testing.T) {
	t.Setenv(xzSwitch, "library")
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := Decompress(ctx, bytes.NewReader(multiBlock(t, text(1<<20))), XZ)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if _, err := io.ReadFull(stream, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.Copy(io.Discard, stream); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestUnpackTarTruncated(t *testing.T) {
	data := tarOf(t, dir("d"), file("d/a", strings.Repeat("a", 700)), file("d/b", ""), link("l", "d"))
	for cut := 0; cut < len(data); cut += 128 {
		_, err := UnpackTar(t.Context(), bytes.NewReader(data[:cut]), t.TempDir(), Options{Archive: "cut.tar"})
		wantFormatError(t, fmt.Sprintf("%d of %d bytes", cut, len(data)), err)
		if err != nil && !strings.HasPrefix(err.Error(), "cut.tar: ") {
			t.Errorf("error %q does not name the archive", err)
		}
	}
}

func TestUnpackTarDataAfterTheEndMark(t *testing.T) {
	data := tarOf(t, file("a", ""))
	for name, more := range map[string][]byte{"another archive": data, "text": []byte("x"), "endless padding": make([]byte, 2<<20)} {
		_, err := UnpackTar(t.Context(), bytes.NewReader(append(bytes.Clone(data), more...)), t.TempDir(), Options{})
		wantFormatError(t, name, err)
	}
	if _, err := UnpackTar(t.Context(), bytes.NewReader(append(data, make([]byte, 9*1024)...)), t.TempDir(), Options{}); err != nil {
		t.Errorf("padding to a blocking factor: %v", err)
	}
}

// TestUnpackTarFileReadsToTheEnd checks that the part of the compressed stream after the end of the tar must be intact
// too.
func TestUnpackTarFileReadsToTheEnd(t *testing.T) {
	eachDecoder(t, func(t *testing.T, f Format) {
		data := compress(t, f, tarOf(t, file("a", string(text(2000)))))
		for what, bad := range map[string][]byte{
			"cut": data[:len(data)-1], "garbage": append(bytes.Clone(data), "garbage"...), "empty": {},
		} {
			to := t.TempDir()
			_, err := UnpackTarFile(t.Context(), onDisk(t, "x", bad), f, to, Options{})
			wantFormatError(t, what, err)
		}
		if _, err := UnpackTarFile(t.Context(), onDisk(t, "x", data), f, t.TempDir(), Options{}); err != nil {
			t.Error(err)
		}
	})
}
