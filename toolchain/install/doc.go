// Package install turns a chosen set into tools that run: it fetches, verifies, unpacks, relocates and publishes.
//
// An Installer puts sets into a store. A Plan lists the objects of a set that are in the store, and the files that the
// missing ones are built from. An Outcome is what was done for one component. An Environment is an installed set as a
// build uses it: directories and variables.
//
// Install does not choose the contents of a set. It does choose between the two encodings in which some artifacts are
// published: it fetches the one that is faster at the measured bandwidth.
//
// Invariant: every byte of an object's artifacts is verified against a digest of the set before the first of them is
// unpacked or run. What fails later is thrown away with its temporary tree.
package install
