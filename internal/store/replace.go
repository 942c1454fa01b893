package store

import "github.com/krustup/krustup/internal/durable"

// ReplaceFile is durable.ReplaceFile: data is the content of path as a whole, by one rename. It serves files beside the
// store, such as a lock, too.
func ReplaceFile(path string, data []byte) error { return durable.ReplaceFile(path, data) }
