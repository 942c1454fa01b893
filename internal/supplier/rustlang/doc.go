// Package rustlang turns the channels of static.rust-lang.org into Offers. A part is one channel manifest: that of a
// release ("1.73.0"), of a channel ("stable", "beta", "nightly"), or of one of its days ("nightly-2026-05-20").
//
// Invariant: an offer comes from a manifest whose detached signature verifies by the pinned key, each time that it is
// read, unless the lack of a signature was accepted in so many words, and then the offer says so. The signed text is
// never edited: a mirror takes the base's place in addresses afterwards.
package rustlang
