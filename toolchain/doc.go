// Package toolchain chooses the set of tools that builds one Linux kernel's Rust code, and records the choice in a
// lock.
//
// A Component is one tool of a set. A Supplier offers components, and an Offer is one Component at one version from one
// Supplier for one host. A Request holds what a kernel, its target and the user require; Resolve turns it into a Set,
// the Offers chosen for (kernel, target, host). Each is a Pick with its Reasons and its Recipe, which lists the
// Artifacts to fetch and how they are laid out. A Lock is a list of Sets in a file, krustup.lock.
//
// The packages below act on a Set: install fetches, verifies and publishes its objects, kbuild runs a kernel's build
// with it, and survey reports on many kernels and targets.
//
// Invariant: only Resolve, Relock and FindSource choose, and they read nothing but the catalogues that Supplier.Update
// stored, never the network. The same Request over the same catalogues results in the same Set.
package toolchain
