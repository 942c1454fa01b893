// Package host offers tools that are already installed on this machine: rustup's toolchains, programs on PATH, and LLVM
// in /usr/lib. A tool is one component that Update found in one place; the catalogue lists the tools of the last
// Update.
//
// Invariant: none of these tools is verified. Every offer is marked as untrusted, and a tool that changed after the
// last Update is not offered.
package host
