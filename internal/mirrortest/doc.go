// Package mirrortest makes archives for tests: a Key signs, a Deb is a package, a Debian is an archive of suites in a
// directory, and a Server gives a directory out over HTTP, with faults on request and a record of what was asked.
//
// Invariant: everything has the form of the real thing and is made anew in the test, keys included, so that a test
// never depends on a network and nothing that it trusts is trusted by anybody else.
package mirrortest
