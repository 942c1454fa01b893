package version

import "testing"

func TestParse(t *testing.T) {
	for text, want := range map[string]bool{
		"1.85": true, "1.85.1": true, "7.3-rc7": true, "22.1.8": true, "1": true,
		"": false, "v1.85": false, "1.85.1+dfsg1": false, "latest": false, "1.2.3.4": false, " 1.2": false, "-1": false,
	} {
		v, err := Parse(text)
		if (err == nil) != want {
			t.Errorf("Parse(%q): error %v, want an error: %v", text, err, !want)
		}
		if err == nil && v.String() != text {
			t.Errorf("Parse(%q).String() = %q", text, v)
		}
		if v.IsZero() == want {
			t.Errorf("Parse(%q).IsZero() = %v", text, v.IsZero())
		}
	}
}

func TestCompare(t *testing.T) {
	ascending := []string{"6.12", "6.12.94", "6.12.107", "7.2", "7.3-rc1", "7.3-rc9", "7.3-rc10", "7.3", "7.3.4", "7.100"}
	for i := 1; i < len(ascending); i++ {
		a, b := MustParse(ascending[i-1]), MustParse(ascending[i])
		if !a.Less(b) || b.Less(a) {
			t.Errorf("%s is not older than %s", a, b)
		}
	}
	if MustParse("1.96").Compare(MustParse("1.96.0")) != 0 {
		t.Error("1.96 and 1.96.0 compare as different")
	}
}

func TestRange(t *testing.T) {
	for _, tt := range []struct {
		constraint, version string
		want                bool
	}{
		{">= 1.78", "1.100.0", true},
		{">= 1.78.0, < 1.95.0", "1.95.0", false},
		{"1.96.1", "1.96.1", true},
		{"1.96.1", "1.96.0", false},
		{"1.96", "1.96.1", true},
		{"0.66.0 || 0.66.1", "0.66.1", true},
		{"< 7.3", "7.3-rc7", true},
		{">= 7.2", "7.3-rc7", true},
		{"6.12", "6.12.107", true},
		{"> 6.12.0", "6.12.5", true},
		{"> 6.12", "6.12.5", false},
		{"<= 6.12", "6.12.5", true},
		{">= 7.3-rc9", "7.3-rc10", true},
		{"< 7.3-rc10", "7.3-rc9", true},
		{"7.3-rc9 || 7.3-rc11", "7.3-rc10", false},
		{"7.3-rc10", "7.3-rc10", true},
		{"", "1.0", true},
	} {
		var r Range
		if err := r.UnmarshalText([]byte(tt.constraint)); err != nil {
			t.Fatal(err)
		}
		if got := r.Contains(MustParse(tt.version)); got != tt.want {
			t.Errorf("range %q: Contains(%s) = %v, want %v", tt.constraint, tt.version, got, tt.want)
		}
	}
	for _, exact := range []string{"6.12", "6.12.0", "7.3-rc10", "7"} {
		v := MustParse(exact)
		r := Exactly(v)
		if !r.Contains(v) || r.Contains(MustParse("6.12.5")) || r.Contains(MustParse("7.3-rc9")) || r.Contains(MustParse("7.1")) {
			t.Errorf("Exactly(%s) contains another version, or not its own", exact)
		}
	}
	if got := MustParse("7.3-rc10").Prerelease(); got != "rc10" {
		t.Errorf("the prerelease of 7.3-rc10 is %q", got)
	}
	if (Range{}).Contains(Version{}) {
		t.Error("the zero Range contains the zero Version")
	}
	if _, err := ParseRange("newest"); err == nil {
		t.Error("ParseRange(newest) succeeded")
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"1.85.1", "7.3-rc7", "1", "", "1.2.3-a.b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(v.String())
		if err != nil || again != v {
			t.Errorf("Parse(%q) = %#v, but parsing its String() returned %#v, %v", text, v, again, err)
		}
		if !AtLeast(v).Contains(v) || !Exactly(v).Contains(v) {
			t.Errorf("AtLeast or Exactly of %s does not contain it", v)
		}
	})
}
