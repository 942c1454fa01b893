package debian

import "testing"

// ascending lists versions, oldest first, from Debian policy 5.6.12, dpkg's own tests and the archive.
var ascending = []string{
	"~~", "~~a", "~", "0~", "", "1.0~beta1~svn1245", "1.0~beta1", "1.0", "1.0-1~bpo12+1", "1.0-1", "1.0-1a", "1.0-1+b1",
	"1.0-1.1", "1.0a", "1.0+dfsg-1", "1.0.1", "1.2.3", "1.10", "1.85.1+dfsg1-1", "1.85.1+dfsg1-1+deb13u1",
	"1.96.1+dfsg1-2~bpo13+1", "1.96.1+dfsg1-2", "9", "1:0", "1:19.1.7-3", "1:19.1.7-3+b1", "1:19.1.7-22",
	"1:22.1.8-1~deb13u4", "1:22.1.8-3", "1:24~++20261025103442+7e3c57157096-1~exp1", "1:24~++20261026000000-1", "1:24.1.0~rc1-1", "1:24.1.0-1", "2:0.0~1",
}

func TestCompareVersions(t *testing.T) {
	for i, a := range ascending {
		for j, b := range ascending {
			if got, want := compareVersions(a, b), sign(i-j); got != want {
				t.Errorf("compare %q with %q: got %d, expected %d", a, b, got, want)
			}
		}
	}
	for _, same := range [][2]string{{"1.0", "1.0-0"}, {"0:1.0", "1.0"}, {"1.01", "1.1"}, {"1.0-", "1.0"}, {"00:1", "1"}} {
		if compareVersions(same[0], same[1]) != 0 {
			t.Errorf("compare %q with %q: expected 0", same[0], same[1])
		}
	}
}

func TestUpstreamOf(t *testing.T) {
	cases := map[string]string{
		"1.85.1+dfsg1-1+deb13u1":                    "1.85.1",
		"1.96.1+dfsg1-2~bpo13+1":                    "1.96.1",
		"1.99.0~beta.3+dfsg1-1~exp1":                "1.99.0-beta.3",
		"1:19.1.7-3+b1":                             "19.1.7",
		"1:22.1.8-1~deb13u4":                        "22.1.8",
		"1:24~++20261025103442+7e3c57157096-1~exp1": "24-20261025103442",
		"14.2.0-19cross1":                           "14.2.0",
		"16-20260315-1":                             "16-20260315",
		"7.3~rc7-1~exp1":                            "7.3-rc7",
		"6.12.107-1":                                "6.12.107",
		"0.71.1-6":                                  "0.71.1",
		"1.30":                                      "1.30",
		"2.44~deb13u1":                              "2.44",
		"2.12.7+dfsg+really2.9.14-2.1+deb13u3":      "2.9.14",
	}
	for from, want := range cases {
		if got, err := upstreamOf(from); err != nil || got.String() != want {
			t.Errorf("%s: got %q, %v; expected %q", from, got, err, want)
		}
	}
	for _, bad := range []string{"", "git20260101-1", "1.2.3.4-1"} {
		if got, err := upstreamOf(bad); err == nil {
			t.Errorf("%q: got %q, expected an error", bad, got)
		}
	}
}

func FuzzCompareVersions(f *testing.F) {
	for i := range ascending {
		f.Add(ascending[i], ascending[(i+1)%len(ascending)], ascending[(i+7)%len(ascending)])
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if compareVersions(a, a) != 0 {
			t.Errorf("compare %q with itself: expected 0", a)
		}
		ab, ba, bc, ac := compareVersions(a, b), compareVersions(b, a), compareVersions(b, c), compareVersions(a, c)
		if ab != -ba {
			t.Errorf("compare %q with %q: got %d, but %d with the arguments swapped", a, b, ab, ba)
		}
		if ab <= 0 && bc <= 0 && ac > 0 {
			t.Errorf("%q <= %q <= %q, but the first is greater than the last", a, b, c)
		}
	})
}
