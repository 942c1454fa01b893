// Package debian is the supplier that reads Debian's archive. A suite is one directory under dists/ with a signed
// InRelease file; its index is the Packages file that lists every package of one architecture; a catalogue is what is
// kept of an index, namely the packages that some component can reach; a recipe is the closure of a component's
// packages over their dependencies.
//
// Invariant: nothing of an index is decoded before its digest was found in a Release file that a pinned key signed,
// and a catalogue only ever replaces an older one of its suite. Update alone uses the network, and only Update writes.
//
// Formats: https://www.debian.org/doc/debian-policy/ch-controlfields.html,
// https://wiki.debian.org/DebianRepository/Format.
package debian
