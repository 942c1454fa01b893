package toolchain

import (
	"os"
	"time"
)

// Found is a program of the host as it was when a set was installed. When its size or time changes, it is another program.
type Found struct {
	Path     string    `json:"path"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

// ChangedError reports that a program of the host is no longer the one that a set was installed with.
type ChangedError struct{ Path string }

func (e *ChangedError) Error() string {
	return e.Path + ": the host's program changed, or is gone, since the set was installed"
}

// Look returns the present state of a program of the host. The error is a *ChangedError when it is gone.
func Look(path string) (Found, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Found{}, &ChangedError{path}
	}
	return Found{Path: path, Size: info.Size(), Modified: info.ModTime().UTC()}, nil
}
