package toolchain

import (
	"os"
	"time"
)

// Found is the state of a program of the host at the time when a set was installed. If its size or time of modification
// differs later, it counts as another program.
type Found struct {
	Path     string    `json:"path"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

// ChangedError reports that a program of the host is no longer the one that a set was installed with.
type ChangedError struct{ Path string }

// Error says "changed or removed": a program is identified by its path, size and time of modification only.
func (e *ChangedError) Error() string {
	return e.Path + ": this program of the host was changed or removed after the set was installed"
}

// Look returns the current state of a program of the host, or a *ChangedError if it cannot be found.
func Look(path string) (Found, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Found{}, &ChangedError{path}
	}
	return Found{Path: path, Size: info.Size(), Modified: info.ModTime().UTC()}, nil
}
