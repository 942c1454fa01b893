// Package kbuild builds a kernel's Rust code with an installed set, and finds out which tools built a kernel, so that
// modules for it are built with the same.
//
// RustAvailable runs the kernel's own check of the tools. Prove builds rust/ and samples/rust/ and returns a Proof: the
// record of what was built, with what, and how it ended. TryGates builds the same as a stable rustc would, and returns
// a Trial: what that rustc refuses. Both build in a directory outside of the tree, and a build that fails is a result
// and not an error.
//
// A Built is a kernel that is already built, or its headers. Its Requests ask for the tools that built it, because
// rustc only reads metadata of its own build. A RustProject and its AnalyzerSettings set rust-analyzer up for a kernel
// or a module. ExplainRust returns why CONFIG_RUST is off in a configuration.
//
// Invariant: a tree is only run through its own make, by RustAvailable, Prove and TryGates; TryGates also runs the
// rustc commands again that such a build saved. All else reads files, and runs no program but the set's rustc for its
// version.
package kbuild
