package store

import (
	"context"
	"fmt"
	"os"
)

// LockFile keeps two updates of one catalogue apart; readers need no lock. It ends with ctx. The file stays, as that of
// Lock does.
func LockFile(ctx context.Context, path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("locking: %w", err)
	}
	if err := acquire(ctx, file, nil); err != nil {
		file.Close()
		return nil, err
	}
	return func() { file.Close() }, nil
}
