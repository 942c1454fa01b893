// Package trust decides whether bytes are the ones that somebody promised. A Digest is a SHA-256 sum, a Fingerprint
// names one OpenPGP primary key, a Keyring holds the keys whose fingerprints are pinned, and a Verifier checks size and
// digest of bytes while they stream.
//
// Invariant: nothing passes unless a pinned key signed it or its digest was named before it was read. There is no way
// to switch a check off, no web of trust, and no key is ever looked up on a network.
package trust
