package kernel

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// Release names a release of Linux: one of kernel.org's, a vendor's kernel by the upstream release that it is based on,
// or linux-next. The zero value is not valid.
type Release struct {
	Version version.Version // the upstream release; zero for linux-next
	Vendor  string          // the whole name if a vendor appended something: "6.12.43+deb13-amd64"
	Next    bool            // linux-next, whatever its date
}

const count = `(?:0|[1-9][0-9]{0,5})`

var (
	releaseName = regexp.MustCompile(`^(?:linux-|v)?(` + count + `\.` + count + `)(\.` + count + `)?(?:[-~.]?rc([0-9]+))?([-+._~][-+._~0-9A-Za-z]*)?$`)
	tarName     = regexp.MustCompile(`\.(?:tar(?:\.[a-z0-9]+)?|t[gx]z)$`) // linux-6.12.5.tar.xz

	// What cannot follow a release: a candidate without a number, and a number that is none. A fourth one is a vendor's
	// (6.6.87.2).
	badRest = regexp.MustCompile(`^[-~.]?rc|^\.0[0-9]`)

	// Fedora's 6.17.0-0.rc3.250820.fc44 and Ubuntu's 6.17.0-061700rc3-generic.
	vendorCandidate = regexp.MustCompile(`^-(?:0\.|[0-9]{6})rc([0-9]+)(?:[-.]|$)`)
	nextName        = regexp.MustCompile(`^(linux-)?next(-[0-9]{8})?$|^v?[0-9][-.0-9a-z]*-next-[0-9]{8}$`)
)

// ParseRelease parses the name of a release as people, `uname -r`, kernel.org's branches and files, and distributions'
// packages write it: "6.12", "v6.12.30", "7.3-rc10", "linux-6.12.y", "linux-6.12.5.tar.xz", "next",
// "6.12.43+deb13-amd64", "6.14.3-300.fc42.x86_64", "6.6.87.2-microsoft-standard-WSL2", "7.3~rc7-1~exp1".
func ParseRelease(name string) (Release, error) {
	text := tarName.ReplaceAllString(strings.TrimSpace(name), "")
	if nextName.MatchString(text) {
		return Release{Next: true}, nil
	}
	part := releaseName.FindStringSubmatch(text)
	if part == nil || badRest.MatchString(part[4]) {
		return Release{}, fmt.Errorf("kernel release %q: expected a release such as 6.12, 6.12.30 or 7.3-rc7, the output of uname -r, or next", name)
	}
	number, patch, candidate, rest := part[1], part[2], part[3], part[4]
	if c := vendorCandidate.FindStringSubmatch(rest); c != nil && candidate == "" {
		candidate = c[1]
	}
	if candidate != "" {
		candidate = "-rc" + candidate
		if patch == ".0" { // uname writes 7.3.0-rc7
			patch = ""
		}
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

// Followed returns the series that came after the last one with the release's major number, if the release is of a later
// one that therefore never was: 7.0 followed 6.19, so there is no 6.20. ok is false if the release can exist.
func (r Release) Followed() (last, next string, ok bool, _ error) {
	rows, err := manifests.Kernels()
	if err != nil || r.Next {
		return "", "", false, err
	}
	for i := range rows[1:] {
		before, after := rows[i].Release, rows[i+1].Release
		if before.Major() == r.Version.Major() && after.Major() > before.Major() && r.after(before) {
			return before.Series(), after.Series(), true, nil
		}
	}
	return "", "", false, nil
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
