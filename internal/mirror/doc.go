// Package mirror carries the files that sets are made of to machines without a network. A slice is the needed part of each
// supplier's archive: artifacts, and the signed documents that vouch for them, in the supplier's own layout. A mirror is a
// slice in a directory, which a web server may give out; a bundle is one in a file, with a krustup; a kit is either,
// where an installation takes its files from in place of the suppliers. docs/mirror.md has the layout of all three.
//
// Invariant: the index of a mirror says only what was written, so that it tells damage and not whom to trust. Documents go
// in as they were verified, and whoever reads them verifies them as those of any other mirror.
package mirror
