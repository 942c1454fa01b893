// Package probe finds out what a compiler can do for a target by trying it. A Job is one backend and one triple; its
// ladder is a row of Steps, each of which needs the one before: for rustc the library core, a small crate, the link and
// the run under an emulator; for gccrs programs from no_core up to core itself. A Result says how far it went.
//
// The package takes paths of programs and gives results. It knows nothing of stores, sets or kernels.
//
// Invariant: a Result tells what was seen. A program that is not there is Absent or a Skipped step with its reason,
// never a guess; one that hangs, crashes or eats memory is stopped with all that it started, and recorded as that.
package probe
