package kernel

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/krustup/krustup/internal/version"
)

// Release names a release of Linux: one of kernel.org's, a vendor's kernel by the upstream release that it is based on,
// or linux-next. The zero value is not valid.
type Release struct {
	Version version.Version // the upstream release; zero for linux-next
	Vendor  string          // the whole name if a vendor appended something: "6.12.43+deb13-amd64"
	Next    bool            // linux-next, whatever its date
}

var (
	releaseName = regexp.MustCompile(`^v?([0-9]+\.[0-9]+)(\.[0-9]+)?(-rc[0-9]+)?([-+._~][-+._~0-9A-Za-z]*)?$`)
	nextName    = regexp.MustCompile(`^(linux-)?next(-[0-9]{8})?$|^v?[0-9][-.0-9a-z]*-next-[0-9]{8}$`)
)

// ParseRelease parses the name of a release as people and `uname -r` write it: "6.12", "v6.12.30", "7.3-rc10", "6.12.y",
// "next", "6.12.43+deb13-amd64", "6.14.3-300.fc42.x86_64", "6.6.87.2-microsoft-standard-WSL2".
func ParseRelease(text string) (Release, error) {
	text = strings.TrimSpace(text)
	if nextName.MatchString(text) {
		return Release{Next: true}, nil
	}
	part := releaseName.FindStringSubmatch(text)
	if part == nil || strings.HasPrefix(part[4], "-rc") {
		return Release{}, fmt.Errorf("kernel release %q: expected a release such as 6.12, 6.12.30 or 7.3-rc7, the output of uname -r, or next", text)
	}
	number, patch, candidate, rest := part[1], part[2], part[3], part[4]
	if candidate != "" && patch == ".0" { // uname writes 7.3.0-rc7
		patch = ""
	}
	v, err := version.Parse(number + patch + candidate)
	if err != nil {
		return Release{}, err
	}
	r := Release{Version: v}
	if rest != "" && !(patch == "" && (rest == ".y" || rest == ".x")) { // the names of stable branches
		r.Vendor = text
	}
	return r, nil
}

// wholeSeries reports whether the name means a series and not one release of it.
func (r Release) wholeSeries() bool {
	return r.Version.String() == r.Version.Series() && r.Vendor == ""
}

// before reports whether the release is of an earlier series than v.
func (r Release) before(v version.Version) bool {
	return !r.Next && (r.Version.Major() < v.Major() || r.Version.Major() == v.Major() && r.Version.Minor() < v.Minor())
}

// after reports whether the release is of a later series than v. linux-next is later than everything.
func (r Release) after(v version.Version) bool {
	return r.Next || v.Less(r.Version) && v.Series() != r.Version.Series()
}

// vendorNotes returns what a user should know about the name.
func (r Release) vendorNotes() []string {
	if r.Vendor == "" {
		return nil
	}
	return []string{fmt.Sprintf("%s: taken as Linux %s; a vendor's kernel may differ from it", r.Vendor, r.Version)}
}

// servedBy returns what a user should know if the answer is what was read from another release. Nothing for a series:
// where the kernel is named, its row is too.
func (r Release) servedBy(read version.Version) []string {
	notes := r.vendorNotes()
	switch {
	case r.Next:
		notes = append(notes, fmt.Sprintf("linux-next was not read: the answer is a guess from Linux %s; --tree DIR is exact", read))
	case r.after(read):
		notes = append(notes, fmt.Sprintf("Linux %s is newer than all releases that were read: the answer is a guess from %s; --tree DIR is exact", r.Version, read))
	case !r.wholeSeries() && read.Compare(r.Version) != 0:
		notes = append(notes, fmt.Sprintf("Linux %s was not read: the answer is from %s; --tree DIR is exact", r.Version, read))
	}
	return notes
}
