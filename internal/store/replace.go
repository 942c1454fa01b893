package store

import "github.com/krustup/krustup/internal/disk"

// ReplaceFile is disk.ReplaceFile: data is the content of path as a whole, by one rename. It serves files beside the
// store, such as a lock, too.
func ReplaceFile(path string, data []byte) error { return disk.ReplaceFile(path, data) }
