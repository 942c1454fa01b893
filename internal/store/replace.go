package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ReplaceFile makes data appear at path as a whole, by one rename, so that no reader and no crash meets a part of it:
// there is the old text or the new one. It serves files beside the store, such as a lock, too.
func ReplaceFile(path string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(data)
	err = errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
