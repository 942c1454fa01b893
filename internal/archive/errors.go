package archive

import "fmt"

// HostileError reports that an archive contains something that no archive of tools or sources needs.
type HostileError struct {
	Archive string // file name or URL
	Entry   string // name in the archive, or path in the tree from CheckLinks
	Reason  string
}

// Error quotes the entry, whose name the archive chose: it may contain control characters.
func (e *HostileError) Error() string {
	return fmt.Sprintf("%s: refusing entry %q: %s", e.Archive, e.Entry, e.Reason)
}

// FormatError reports that an archive or a compressed stream is truncated, corrupt, or not in the expected format.
type FormatError struct {
	Archive string // file name or URL, "" if the stream has no name
	Err     error
}

// Error leaves out the name of a stream that has none.
func (e *FormatError) Error() string {
	if e.Archive == "" {
		return fmt.Sprintf("corrupt archive: %v", e.Err)
	}
	return fmt.Sprintf("%s: corrupt archive: %v", e.Archive, e.Err)
}

// Unwrap returns Err.
func (e *FormatError) Unwrap() error { return e.Err }

// ConflictError reports that an archive would replace something from an earlier archive by something else.
type ConflictError struct {
	Archive string // the later archive
	Path    string // path in the tree
	Found   string // what the tree has at Path: "a file of 12 bytes and mode 0644"
	Want    string // what the later archive has for it: "a directory"
}

// Error names what both archives have for the path.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s: %s is %s from an earlier archive, but %s in this one", e.Archive, e.Path, e.Found, e.Want)
}
