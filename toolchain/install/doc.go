// Package install turns a chosen set into tools that run: it fetches, verifies, unpacks, relocates and publishes.
//
// An Installer puts sets into a store. A Plan is what that takes: which objects are in the store, and which files the missing
// ones are made of. An Outcome is what was done for one component. An Environment is an installed set as a build uses it:
// directories and variables.
//
// Install chooses nothing about what a set is made of. It does choose how a file travels: an artifact that is published in two
// encodings is fetched in the one that is faster at the measured bandwidth.
//
// Invariant: every byte of an object's artifacts is verified against a digest of the set before the first of them is
// unpacked or run. What fails later is thrown away with its temporary tree.
package install
