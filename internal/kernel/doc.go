// Package kernel reads a Linux source tree and says which tools it asks for on one architecture. Requirements is the
// answer: a Demand is the least version of a tool that the tree states, a HaveRust is a place where an architecture
// allows Rust and under which condition, a Hazard is a range of versions with which the tree is known not to build
// although no file of it says so. Arch is the pair of names that a kernel knows an architecture by. Known gives the
// same answer for a release whose tree is not at hand, from manifests/kernels.toml.
//
// Invariant: nothing of a tree is ever run or written, and each fact carries the file, and where there is one the line,
// that it was read from. A tree is input from a stranger: only regular files of bounded size are read, and
// scripts/min-tool-version.sh is interpreted without programs, files, loops or functions.
package kernel
