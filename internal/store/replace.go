package store

import "github.com/krustup/krustup/internal/disk"

// ReplaceFile replaces the content of path with data by one rename, as disk.ReplaceFile does. The file need not be in a
// store.
func ReplaceFile(path string, data []byte) error { return disk.ReplaceFile(path, data) }
