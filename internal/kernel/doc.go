// Package kernel reads a Linux source tree and reports which tools it requires for one architecture, and which unstable
// parts of Rust it uses.
//
// Requirements is the answer of Read. A Demand is the minimum version of a tool that the tree states. A HaveRust is a
// place where an architecture allows Rust, with its condition. A Hazard is a range of versions of a tool with which the
// tree is known not to build although none of its files says so. Arch is the pair of names that Kbuild has for an
// architecture. Known returns Requirements for a release without its tree, from manifests/kernels.toml.
//
// A Use, returned by ReadUses and KnownUses, is one place where a kernel depends on something that stable Rust does not
// have.
//
// Invariant: nothing in a tree is run or written, and each fact carries the file, and if there is one the line, that it
// was read from. A tree is untrusted input: Read takes regular files of bounded size only, and interprets
// scripts/min-tool-version.sh without programs, files, loops or functions.
package kernel
