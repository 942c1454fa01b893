// Package trust verifies digests and OpenPGP signatures. A Digest is a SHA-256 sum, a Fingerprint names one OpenPGP
// primary key, a Keyring holds the keys whose fingerprints are pinned, and a Verifier checks the size and the digest of
// bytes while they stream.
//
// Invariant: data is accepted only if a pinned key signed it or if its digest was known before it was read. No check
// can be switched off, there is no web of trust, and keys are never looked up on a network.
package trust
