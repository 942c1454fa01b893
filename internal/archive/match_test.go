package archive

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"usr/bin/rustc", "usr/bin/rustc", true},
		{"usr/bin/rustc", "usr/bin/rustc2", false},
		{"usr/bin", "usr/bin/rustc", false},
		{"usr/bin/*", "usr/bin/rustc", true},
		{"usr/bin/*", "usr/bin", false},
		{"usr/bin/*", "usr/bin/a/b", false},
		{"usr/share/doc/**", "usr/share/doc", true},
		{"usr/share/doc/**", "usr/share/doc/rustc", true},
		{"usr/share/doc/**", "usr/share/doc/rustc/html/index.html", true},
		{"usr/share/doc/**", "usr/share/docs", false},
		{"usr/src/rustc-*/library/**", "usr/src/rustc-1.85.1/library/core/src/lib.rs", true},
		{"usr/src/rustc-*/library/**", "usr/src/rustc-1.85.1/compiler/x.rs", false},
		{"usr/src/rustc-*/library/**", "usr/src/a/rustc-1/library/x", false},
		{"**/*.a", "libx.a", true},
		{"**/*.a", "usr/lib/libx.a", true},
		{"**/*.a", "usr/lib/libx.a/b", false},
		{"usr/**/lib/*.so.?", "usr/lib/x.so.1", true},
		{"usr/**/lib/*.so.?", "usr/a/lib/b/lib/x.so.1", true},
		{"usr/**/lib/*.so.?", "usr/a/lib/b/x.so.1", false},
		{"a/**/b/**/c", "a/b/b/c", true},
		{"a/**/b/**/c", "a/x/b/y/c/d/c", true},
		{"a/**/b/**/c", "a/x/c", false},
		{"**", "anything/at/all", true},
		{"lib[0-9]", "lib6", true},
		{"lib[0-9]", "libx", false},
		{"lib[", "lib[", false},
	} {
		if got := Match(c.pattern, c.name); got != c.want {
			t.Errorf("Match(%q, %q) = %v, want %v", c.pattern, c.name, got, c.want)
		}
	}
}

// TestMatchIsNotExponential checks that the time for a pattern with many ** does not grow exponentially.
func TestMatchIsNotExponential(t *testing.T) {
	pattern := strings.Repeat("**/a/", 60) + "b"
	if Match(pattern, strings.Repeat("a/", 500)+"c") {
		t.Error("matched")
	}
}

func TestCheckPattern(t *testing.T) {
	for pattern, good := range map[string]bool{
		"usr/share/doc/**": true, "**/*.a": true, "x": true, "[a-z]/?": true,
		"": false, "/usr": false, "usr/": false, "usr/**.a": false, "a/[b": false,
	} {
		if err := CheckPattern(pattern); (err == nil) != good {
			t.Errorf("CheckPattern(%q) = %v, want valid: %v", pattern, err, good)
		}
	}
}

func TestFilterDropOverridesKeep(t *testing.T) {
	f := newFilter([]string{"usr/bin/**", "usr/lib/**"}, []string{"**/*.a"})
	for name, want := range map[string]bool{
		"usr/bin/rustc": true, "usr/lib/libx.so": true, "usr/lib/libx.a": false, "usr/share/x": false,
	} {
		if got := f.keeps(name); got != want {
			t.Errorf("keeps(%q) = %v, want %v", name, got, want)
		}
	}
	if !newFilter(nil, nil).keeps("anything") || newFilter(nil, []string{"**"}).keeps("anything") {
		t.Error("an empty Keep must keep everything that Drop does not match")
	}
}
