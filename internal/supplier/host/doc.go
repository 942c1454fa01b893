// Package host turns tools that are on this machine already into Offers: rustup's toolchains, /usr/bin, LLVM in
// /usr/lib. A tool is what was found of one component in one place, when somebody looked: that is what Update does.
//
// Invariant: nobody vouches for any of it. Every offer is marked as untrusted, and a tool that is no longer what it was
// when it was looked at is not offered.
package host
