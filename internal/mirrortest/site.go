package mirrortest

import (
	"testing"

	"github.com/krustup/krustup/internal/trust"
)

// Site is what every mirror of this package has: a directory, the key that signs what is in it, and a server for it.
type Site struct {
	Dir     string
	Key     *Key           // signs what names no other key
	Keyring *trust.Keyring // pins Key
	Server  *Server        // nil until Serve
}

// newSite makes the key of a site in dir, with that name as its owner, and serves it nowhere.
func newSite(dir, owner string) (Site, error) {
	key, err := NewKey(owner)
	if err != nil {
		return Site{}, err
	}
	ring, err := Keyring(key)
	if err != nil {
		return Site{}, err
	}
	return Site{Dir: dir, Key: key, Keyring: ring}, nil
}

// servedSite makes a site in a directory of the test, and serves it on loopback until the test ends.
func servedSite(tb testing.TB, owner string) Site {
	tb.Helper()
	s, err := newSite(tb.TempDir(), owner)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Serve().Close)
	return s
}

// Serve starts a server, unless there is one. Its faults and its record go by paths from the directory on, such as
// /debian/dists/trixie/InRelease or /dist/channel-rust-stable.toml.
func (s *Site) Serve() *Server {
	if s.Server == nil {
		s.Server = NewServer(s.Dir)
	}
	return s.Server
}

// URL is the address of the server.
func (s *Site) URL() string { return s.Server.URL }

// FileURL is the address of the directory.
func (s *Site) FileURL() string { return "file://" + s.Dir }
