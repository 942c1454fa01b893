package archive

import "fmt"

// HostileError says that an archive asks for something that no archive of tools or sources has reason to ask for.
type HostileError struct {
	Archive string // file name or URL
	Entry   string // name in the archive, or path in the tree from CheckLinks
	Reason  string
}

func (e *HostileError) Error() string {
	return fmt.Sprintf("%s: refusing entry %q: %s", e.Archive, e.Entry, e.Reason)
}

// FormatError says that an archive or a compressed stream is cut short, corrupt, or not of the format it should be.
type FormatError struct {
	Archive string // file name or URL, "" when the stream has no name
	Err     error
}

func (e *FormatError) Error() string {
	if e.Archive == "" {
		return fmt.Sprintf("corrupt archive: %v", e.Err)
	}
	return fmt.Sprintf("%s: corrupt archive: %v", e.Archive, e.Err)
}

func (e *FormatError) Unwrap() error { return e.Err }

// ConflictError says that an archive would replace what an earlier archive put into the tree with something else.
type ConflictError struct {
	Archive string // the later archive
	Path    string // in the tree
	Found   string // what stands there: "a file with other content"
	Want    string // what the later archive has for it: "a directory"
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s: %s is %s of an earlier archive, and %s in this one", e.Archive, e.Path, e.Found, e.Want)
}
