package lock

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

// Holder is the process that holds a lock, as written into the lock file. It is information for people: flock(2) alone
// decides whether the lock is held.
type Holder struct {
	PID    int       `json:"pid"`
	Host   string    `json:"host"`
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

// String returns "process 12 on build1 (installing rust) since 2026-05-20 14:03:05 UTC".
func (h Holder) String() string {
	if h.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("process %d on %s (%s) since %s", h.PID, h.Host, h.Reason, h.Since.UTC().Format("2006-01-02 15:04:05 MST"))
}

// writeHolder writes this process into the lock file, through a second descriptor, because flock.Flock does not expose
// its own. Errors (a full disk, a file of another user) are ignored: the lock is held without the text.
func writeHolder(path, reason string) {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	text, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Reason: reason, Since: time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return
	}
	// Truncate first: a reader sees nothing or one whole holder, never parts of two.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return
	}
	defer file.Close()
	_, _ = file.Write(append(text, '\n'))
}

// clearHolder empties the lock file, so that it does not name a process that no longer holds the lock.
func clearHolder(path string) { _ = os.Truncate(path, 0) }

// readHolder reads the holder from the lock file. It returns the zero value if the file has none: the holder has just
// changed, or could not write to the file.
func readHolder(path string) (h Holder) {
	file, err := os.Open(path)
	if err != nil {
		return Holder{}
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, 1<<16))
	if err != nil || json.Unmarshal(data, &h) != nil || h.PID == 0 {
		return Holder{}
	}
	return h
}
