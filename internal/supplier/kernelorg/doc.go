// Package kernelorg turns the lists of digests on kernel.org into Offers: LLVM, LLVM with Rust, cross GCC, and Linux
// itself. A list is the sha256sums.asc of one directory. A part is the lists of one kind of files.
//
// Invariant: an offer comes from a list that the pinned key of the checksum autosigner signed, and the signature is
// verified every time the list is read. A release of Linux also has a signature by whoever released it, which the
// installation verifies.
package kernelorg
