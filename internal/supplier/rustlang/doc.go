// Package rustlang turns the channels of static.rust-lang.org into Offers. A part is one channel manifest: that of a
// release ("1.73.0"), of a channel ("stable", "beta", "nightly"), or of one day of a channel ("nightly-2026-05-20"). A
// catalogue is a part in the store. Some programs come from elsewhere: a binary is a file of a release on GitHub, and a
// crate is built from its source.
//
// Invariant: an offer from a channel comes from a manifest that the pinned key signed, and the detached signature is
// verified every time the manifest is read. The exception is a manifest without a signature that the user explicitly
// accepted, and its offers are marked. The signed text is never edited: a mirror replaces the base of addresses after
// verification. The digests of binaries and crates are pinned in krustup's own data.
package rustlang
