// Package mirror writes and reads copies of the files that sets need, for machines without a network. A slice is the
// part of each supplier's archive that some sets need: artifacts, and the signed documents that their digests come
// from, in the supplier's own layout. A mirror is a slice in a directory, which a web server can serve. A bundle is a
// slice in one file, together with a krustup program. A kit is a mirror or a bundle that an installation takes its
// files from in place of the suppliers. docs/mirror.md specifies the layout of mirrors and bundles.
//
// Invariant: the index of a mirror lists what was written. It detects damage, but does not make a file trustworthy.
// Documents are copied byte for byte as they were verified, and every reader verifies them as those of any other
// mirror.
package mirror
