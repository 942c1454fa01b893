package targets

import "github.com/krustup/krustup/internal/version"

// Backend is a compiler back end that turns Rust into machine code.
type Backend string

// The backends.
const (
	LLVM  Backend = "llvm"  // rustc as it is shipped
	GCC   Backend = "gcc"   // rustc with rustc_codegen_gcc, on libgccjit
	GCCRS Backend = "gccrs" // GCC's own Rust front end
)

// Status says how well a Backend supports a Target.
type Status string

// The statuses.
const (
	Works        Status = "works"        // kernels use it, or all of core was built and a test ran
	Partial      Status = "partial"      // generates code, with a known restriction
	Experimental Status = "experimental" // upstream calls it so, miscompilations are known, or no testing is known
	None         Status = "none"         // cannot generate code
	Unknown      Status = "unknown"      // not examined
)

// Support says how well one Backend supports one Target.
type Support struct {
	Backend  Backend
	Status   Status
	Since    version.Version // first rustc (LLVM, GCC) or GCC (GCCRS) with support; zero: not known
	Triples  []Triple
	Blockers []string // one clause each
	Evidence []Evidence
}

// Triple is a rustc target and its support tier, 1 to 3.
type Triple struct {
	Name string
	Tier int
}

// Evidence says where a fact can be verified. Exactly one of URL, Release (with File) and Probe is set.
type Evidence struct {
	URL     string
	Release string // "Linux 7.3.4"
	File    string // "arch/arm64/Kconfig:228"; without a line when it concerns the whole file
	Probe   string // what was tried, the result, and the date
}

// String returns the evidence on one line.
func (e Evidence) String() string {
	switch {
	case e.URL != "":
		return e.URL
	case e.Release != "":
		return e.Release + ": " + e.File
	}
	return e.Probe
}
