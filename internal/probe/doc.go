// Package probe finds out what a compiler can do for a target by trying it.
//
// A Job is one backend and one triple. Its ladder is a sequence of Steps, each of which needs the one before: for rustc
// the library core, a small crate, the link, and a run under an emulator; for gccrs programs from no_core up to core
// itself. A Result holds how far the ladder went. A Record is the file that holds the Results of one target and
// backend.
//
// The package takes paths of programs and returns results. It does not depend on stores, sets or kernels.
//
// Invariant: a Result holds only what was observed. A missing program makes a Result Absent or a step Skipped, with the
// reason. A program that hangs, crashes or exceeds its memory limit is stopped together with all processes that it
// started, and the Result says so.
package probe
