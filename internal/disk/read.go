package disk

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"syscall"
)

// ReadRegular reads a regular file of at most limit bytes. Any other file is an error, because its tree may be
// untrusted. Opening does not block, because a named pipe in the tree must not hang the program. Without an error, the
// result is not nil.
func ReadRegular(path string, limit int64) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is a %s, expected a regular file", path, info.Mode().Type())
	}
	var data bytes.Buffer
	data.Grow(int(min(info.Size(), limit)) + bytes.MinRead)
	if _, err := data.ReadFrom(io.LimitReader(file, limit+1)); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if int64(data.Len()) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return data.Bytes(), nil
}

// Size returns the size of a file in bytes, or 0 if it is missing.
func Size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
