package debian

import "github.com/krustup/krustup/toolchain"

// Status returns the status of every suite, in order, with the dates of its Release file. Err is the reason why the
// last update could not read the suite.
func (s *Supplier) Status(host toolchain.Host) ([]toolchain.Status, error) {
	names, err := s.host(host)
	if err != nil {
		return nil, err
	}
	var list []toolchain.Status
	for _, suite := range s.manifest.Suites {
		dir := s.dir(suite.Name, names.Arch)
		st := toolchain.Status{Part: suite.Name}
		m, err := readMeta(dir)
		if m != nil && m.Roots == s.roots { // a catalogue of another version of krustup is not used
			st.Date, st.ValidUntil, st.Stale = m.Date, m.ValidUntil, m.Stale
		}
		if st.Err = err; err == nil {
			st.Err = readFailure(dir, suite.Name)
		}
		list = append(list, st)
	}
	return list, nil
}
