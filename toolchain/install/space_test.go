package install

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/krustup/krustup/internal/store"
)

// TestEnough checks that directories on one file system need space together, also those that do not exist yet, and that
// the error names the directory that lacks it. Another file system needs only its own share.
func TestEnough(t *testing.T) {
	home, dir := t.TempDir(), filepath.Join(t.TempDir(), "not", "yet")
	free, here, err := store.FreeAt(home)
	if err != nil {
		t.Fatal(err)
	}
	tenth := free / 10
	if err := enough([]room{{home, 1}, {dir, 5}}, tenth); err != nil {
		t.Errorf("six tenths: %v", err)
	}
	lacking, ok := errors.AsType[*SpaceError](enough([]room{{home, 1}, {dir, 12}}, tenth))
	if !ok || lacking.Dir != dir || lacking.Need != 13*tenth {
		t.Errorf("thirteen tenths: %+v", lacking)
	}
	if other, there, err := store.FreeAt("/dev/shm"); err == nil && here != there && other > 0 && free/20 < other {
		if err := enough([]room{{home, 9}, {"/dev/shm", 0}}, tenth); err != nil {
			t.Errorf("two file systems: %v", err)
		}
	}
}
