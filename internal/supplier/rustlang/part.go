package rustlang

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
)

// part names a channel manifest. With a backend, it is the newest manifest of the channel that has that backend too.
type part struct {
	channel string // "stable", "beta", "nightly", or a release: "1.73.0"
	date    string // "2026-05-20", or "" for the newest
	backend targets.Backend
}

var stable = part{channel: "stable"}

var partForm = regexp.MustCompile(`^(stable|beta|nightly|[0-9]+\.[0-9]+\.[0-9]+)(-[0-9]{4}-[0-9]{2}-[0-9]{2})?(\+gcc)?$`)

// parsePart parses a part such as "1.73.0", "beta", "nightly-2026-05-20" or "nightly+gcc".
func parsePart(text string) (part, error) {
	m := partForm.FindStringSubmatch(text)
	if m == nil || m[2] != "" && m[1][0] <= '9' {
		return part{}, fmt.Errorf("channel %q: expected stable, beta, nightly, one of them with a date such as nightly-2026-05-20, or a release such as 1.95.0", text)
	}
	return part{m[1], strings.TrimPrefix(m[2], "-"), targets.Backend(strings.TrimPrefix(m[3], "+"))}, nil
}

func (p part) String() string {
	text := p.channel
	if p.date != "" {
		text += "-" + p.date
	}
	if p.backend != "" {
		text += "+" + string(p.backend)
	}
	return text
}

// moves reports whether the manifest of the part changes over time, as that of a channel does.
func (p part) moves() bool { return p.date == "" && !p.isRelease() }

func (p part) isRelease() bool { return p.channel[0] >= '0' && p.channel[0] <= '9' }

// path returns the path of the manifest below the base.
func (p part) path() string {
	if p.date != "" {
		return "dist/" + p.date + "/channel-rust-" + p.channel + ".toml"
	}
	return "dist/channel-rust-" + p.channel + ".toml"
}

// fits returns why a manifest is not that of the part, or "". Without this check a server could serve one release as
// another, or a nightly as a stable release.
func (p part) fits(c *channel, release version.Version) string {
	kind, _, _ := strings.Cut(release.Prerelease(), ".")
	if kind == "" {
		kind = "stable"
	}
	switch {
	case p.isRelease() && release.String() != p.channel:
		return fmt.Sprintf("it is the manifest of Rust %s, expected %s", release, p.channel)
	case !p.isRelease() && kind != p.channel:
		return fmt.Sprintf("it is the manifest of Rust %s, expected the %s channel", release, p.channel)
	case p.date != "" && c.date != p.date:
		return fmt.Sprintf("its date is %s, expected %s", c.date, p.date)
	}
	return ""
}
