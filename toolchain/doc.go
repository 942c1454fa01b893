// Package toolchain chooses, installs and activates the set of tools that builds one Linux kernel's Rust code.
//
// Its nouns: a Component is one tool of a set; a Supplier offers components; an Offer is one Component at one version
// from one Supplier for one host; a Set is the Offers chosen for (kernel, target, host), each a Pick with its Reasons;
// a Recipe says which Artifacts make an Offer and how they are laid out; a Lock is a Set written down.
//
// Invariant: everything goes one way. Resolve makes every choice and touches no network; Install makes none, and
// publishes an object only after each of its bytes was verified against a digest that a trusted signature covers.
package toolchain
