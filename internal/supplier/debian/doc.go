// Package debian turns Debian's archive into Offers. A suite is a directory below dists/ with a signed InRelease file.
// Its index is the Packages file that lists every package of one architecture. A catalogue is the part of an index that
// is kept: the packages that some component can depend on, directly or not. A recipe is a component's packages together
// with all packages that they depend on.
//
// Invariant: an index is decoded only after its digest was found in a Release file that a pinned key signed. A
// catalogue only replaces an older one of its suite. Only Update uses the network, and only Update writes.
//
// Formats: https://www.debian.org/doc/debian-policy/ch-controlfields.html,
// https://wiki.debian.org/DebianRepository/Format.
package debian
