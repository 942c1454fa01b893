package targets

import "github.com/krustup/krustup/internal/version"

// Backend is what turns Rust into machine code.
type Backend string

// The backends.
const (
	LLVM  Backend = "llvm"  // rustc as it is shipped
	GCC   Backend = "gcc"   // rustc with rustc_codegen_gcc, on libgccjit
	GCCRS Backend = "gccrs" // GCC's own Rust front end
)

// Status says how much a Backend can do for a Target.
type Status string

// The statuses.
const (
	Works        Status = "works"        // kernels use it, or the whole of core was built and a test ran
	Partial      Status = "partial"      // generates code, with a restriction that is known
	Experimental Status = "experimental" // upstream calls it so, or miscompiles were seen, or nobody is known to test it
	None         Status = "none"         // no code can be generated
	Unknown      Status = "unknown"      // not looked into
)

// Support says what one Backend can do for one Target.
type Support struct {
	Backend  Backend
	Status   Status
	Since    version.Version // first rustc (LLVM, GCC) or GCC (GCCRS) that can; zero: not known
	Triples  []Triple
	Blockers []string // one clause each
	Evidence []Evidence
}

// Triple is a rustc target and its support tier, 1 to 3.
type Triple struct {
	Name string
	Tier int
}

// Evidence says where a fact can be looked up. One of URL, Release (with File) and Probe is set.
type Evidence struct {
	URL     string
	Release string // "Linux 7.3.4"
	File    string // "arch/arm64/Kconfig:228"; without a line when it is about the whole file
	Probe   string // what was tried, what came of it, and when
}

// String gives it on one line.
func (e Evidence) String() string {
	switch {
	case e.URL != "":
		return e.URL
	case e.Release != "":
		return e.Release + ": " + e.File
	}
	return e.Probe
}
