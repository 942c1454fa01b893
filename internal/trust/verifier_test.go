package trust_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/krustup/krustup/internal/trust"
)

func TestParseDigest(t *testing.T) {
	want := trust.DigestOf([]byte("x"))
	if got, err := trust.ParseDigest(want.String()); err != nil || got != want {
		t.Errorf("ParseDigest(%q) = %q, %v", want, got, err)
	}
	for _, text := range []string{
		"", "00", want.String()[1:], want.String() + "0", "G" + want.String()[1:],
		"2D711642B726B04401627CA9FBAC32F5C8530FB1903CC4DB02258717921A4881",
	} {
		if got, err := trust.ParseDigest(text); err == nil || !got.IsZero() {
			t.Errorf("ParseDigest(%q) = %q, %v", text, got, err)
		}
	}
}

func TestVerifier(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789"), 1000)
	right, size := trust.DigestOf(data), int64(len(data))
	tests := []struct {
		name string
		data []byte
		want trust.Digest
		size int64
		err  any // pointer to the error type that Write or Verify returns
	}{
		{"complete", data, right, size, nil},
		{"size unknown", data, right, 0, nil},
		{"too short", data[:9999], right, size, new(*trust.SizeError)},
		{"too short, size unknown", data[:9999], right, 0, new(*trust.DigestError)},
		{"too long", append(data, 'x'), right, size, new(*trust.SizeError)},
		{"other bytes", bytes.ToUpper(append(bytes.Clone(data[:9999]), 'x')), right, size, new(*trust.DigestError)},
		{"no digest expected", data, trust.Digest{}, size, new(*trust.DigestError)},
		{"empty", nil, trust.DigestOf(nil), 0, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			v := trust.NewVerifier(&out, "f", test.want, test.size)
			_, err := io.Copy(v, iotest.HalfReader(bytes.NewReader(test.data)))
			if err == nil {
				err = v.Verify()
			}
			check(t, err, test.err)
			if test.size > 0 && int64(out.Len()) > test.size {
				t.Errorf("%d bytes were passed on, want at most %d", out.Len(), test.size)
			}
			if v.Count() != int64(out.Len()) {
				t.Errorf("Count() = %d, want %d", v.Count(), out.Len())
			}
			path := filepath.Join(t.TempDir(), "f")
			if err := os.WriteFile(path, test.data, 0o644); err != nil {
				t.Fatal(err)
			}
			check(t, trust.VerifyFile(path, test.want, test.size), test.err)
		})
	}
}

func check(t *testing.T, err error, want any) {
	t.Helper()
	if want == nil {
		if err != nil {
			t.Error(err)
		}
		return
	}
	if err == nil || !errors.As(err, want) {
		t.Errorf("error %v, want a %T", err, want)
	}
}

func TestVerifyFileMissing(t *testing.T) {
	err := trust.VerifyFile(filepath.Join(t.TempDir(), "none"), trust.DigestOf(nil), 0)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// An error of the writer below is returned as it is, and bytes that were not written are not counted.
func TestVerifierWriteError(t *testing.T) {
	full := errors.New("no space left on device")
	v := trust.NewVerifier(failing{full}, "f", trust.DigestOf([]byte("data")), 4)
	if _, err := v.Write([]byte("data")); !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
	if v.Count() != 0 || v.Verify() == nil {
		t.Errorf("Count() = %d, Verify() = %v; want 0 and an error", v.Count(), v.Verify())
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
