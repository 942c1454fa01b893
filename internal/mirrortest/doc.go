// Package mirrortest creates signed archives for tests. A Key signs. A Deb is a package, and a Debian is an archive of
// suites in a directory. A RustDist is a Rust dist server, and a KernelOrg a mirror of kernel.org. A Server serves a
// directory over HTTP, with faults on request and a record of the requests.
//
// Invariant: archives have the same formats as the real ones. Everything, keys included, is created during the test, so
// no test depends on a network, and no key that a test trusts is trusted outside it.
package mirrortest
