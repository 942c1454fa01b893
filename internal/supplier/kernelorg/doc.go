// Package kernelorg turns the lists of digests on kernel.org into Offers: LLVM, LLVM with Rust, cross GCC, and Linux
// itself. A part is lists of one kind of files; a list is the sha256sums.asc of one directory.
//
// Invariant: an offer comes from a list whose clear signature verifies by the pinned key of the checksum autosigner,
// each time that it is read. A release of Linux is moreover signed by who released it, which the installation checks.
package kernelorg
