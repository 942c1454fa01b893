package mirror

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/trust"
)

const zeros = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestParseIndexRefuses(t *testing.T) {
	one := func(path string) string { return fmt.Sprintf(`{"path": %q, "size": 1, "sha256": "%s"}`, path, zeros) }
	list := func(files ...string) string {
		return `{"schema": 1, "files": [` + strings.Join(files, ",") + `]}`
	}
	for name, text := range map[string]string{
		"empty":              "",
		"not JSON":           "debian/",
		"a later format":     `{"schema": 2, "files": [], "more": 1}`,
		"no format":          `{"files": []}`,
		"an unknown key":     `{"schema": 1, "files": [], "evil": true}`,
		"truncated":          `{"schema": 1, "files": [`,
		"text at the end":    list(one("a")) + "{}",
		"a climbing path":    list(one("../evil")),
		"an absolute path":   list(one("/etc/passwd")),
		"a path not clean":   list(one("a//b")),
		"an empty path":      list(one("")),
		"a duplicate path":   list(one("a"), one("a")),
		"paths not in order": list(one("b"), one("a")),
		"no digest":          `{"schema": 1, "files": [{"path": "a", "size": 1}]}`,
		"a negative size":    `{"schema": 1, "files": [{"path": "a", "size": -1, "sha256": "` + zeros + `"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			x, err := parseIndex("index", []byte(text))
			if _, ok := errors.AsType[*IndexError](err); !ok {
				t.Errorf("%v, %v; expected an IndexError", x, err)
			}
		})
	}
}

// FuzzParseIndex checks that an accepted index names only files inside the mirror and survives encoding and parsing.
func FuzzParseIndex(f *testing.F) {
	f.Add([]byte(`{"schema": 1, "files": []}`))
	f.Add([]byte(`{"schema": 1, "files": [{"path": "a/b", "size": 1, "sha256": "` + zeros + `", "pending": true}]}`))
	f.Add([]byte(`{"schema": 1, "files": [{"path": "../b", "size": 1, "sha256": "` + zeros + `"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := parseIndex("index", data)
		if err != nil {
			return
		}
		for _, file := range x.Files {
			if !filepath.IsLocal(file.Path) {
				t.Errorf("path %q leads out of the mirror", file.Path)
			}
		}
		again, err := x.encode()
		if err != nil {
			t.Fatal(err)
		}
		y, err := parseIndex("index", again)
		if err != nil || !cmp.Equal(x.Files, y.Files, cmp.Comparer(func(a, b trust.Digest) bool { return a == b })) {
			t.Errorf("encoded and parsed again: %v, %v; expected %v", y, err, x)
		}
	})
}
