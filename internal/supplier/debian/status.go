package debian

import (
	"time"

	"github.com/krustup/krustup/toolchain"
)

// SuiteStatus is what is known of a suite without asking the network.
type SuiteStatus struct {
	Suite      string
	Rank       int
	URL        string    // of the Release file; "" when there is no catalogue
	Date       time.Time // of the Release file; zero when there is no catalogue
	ValidUntil time.Time // zero: it does not expire
	Packages   int       // in the catalogue
	Stale      bool      // it had expired, and was accepted
	Err        error     // why the last Update could not read it, nil when it could
}

// Status gives every suite in order.
func (s *Supplier) Status(host toolchain.Host) ([]SuiteStatus, error) {
	names, err := s.host(host)
	if err != nil {
		return nil, err
	}
	var list []SuiteStatus
	for _, suite := range s.manifest.Suites {
		dir := s.dir(suite.Name, names.Arch)
		st := SuiteStatus{Suite: suite.Name, Rank: suite.Rank}
		m, err := readMeta(dir)
		if m != nil && m.Roots == s.roots { // another krustup's is not in use
			st.URL, st.Date, st.ValidUntil, st.Packages, st.Stale = m.URL, m.Date, m.ValidUntil, m.Count, m.Stale
		}
		if st.Err = err; err == nil {
			st.Err = readFailure(dir, suite.Name)
		}
		list = append(list, st)
	}
	return list, nil
}
