package install

import (
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/toolchain"
)

func cachedSet(t *testing.T, target string, tools ...string) toolchain.Set {
	t.Helper()
	host, err := toolchain.ParseHost("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	s := toolchain.Set{Target: target, Host: host, CC: toolchain.Clang}
	for _, tool := range tools {
		name, text, _ := strings.Cut(tool, " ")
		v, err := version.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		digest, err := trust.ParseDigest(strings.Repeat("ab", 32))
		if err != nil {
			t.Fatal(err)
		}
		s.Picks = append(s.Picks, toolchain.Pick{
			Offer:  toolchain.Offer{Component: toolchain.Component(name), Version: v, Host: host},
			Recipe: toolchain.Recipe{Layout: toolchain.LayoutDebian, Artifacts: []toolchain.Artifact{{Path: name, Digest: digest}}},
		})
	}
	return s
}

// TestCacheKey pins a key under which existing caches were saved. A different key discards all of them, and then
// CacheFormat must be raised.
func TestCacheKey(t *testing.T) {
	arm := cachedSet(t, "arm64", "rust 1.85.1", "llvm 19.1.7", "patchelf 0.18.0")
	riscv := cachedSet(t, "riscv64", "rust 1.85.1", "llvm 22.1.8")
	key, objects := CacheKey(arm.Host, []toolchain.Set{arm})
	const want = "271f8f62099dcb7140d487bfdf01dcbbb1771185b6046961bdc087e96476f2ba"
	if key.String() != want {
		t.Errorf("key %s, expected %s", key, want)
	}
	if len(objects) != 2 || objects[0].Name() != "llvm" {
		t.Errorf("objects %v, expected llvm and rust", objects)
	}
	if again, _ := CacheKey(arm.Host, []toolchain.Set{cachedSet(t, "x86_64", "rust 1.85.1", "llvm 19.1.7")}); again != key {
		t.Error("the key differs for the same objects and another target")
	}
	one, _ := CacheKey(arm.Host, []toolchain.Set{arm, riscv})
	two, _ := CacheKey(arm.Host, []toolchain.Set{riscv, arm, arm})
	if one != two || one == key {
		t.Errorf("two sets: %s, and %s in another order; one set: %s; expected the first two to be equal and differ from the third", one, two, key)
	}
	other, err := toolchain.ParseHost("aarch64")
	if err != nil {
		t.Fatal(err)
	}
	if moved, _ := CacheKey(other, []toolchain.Set{arm}); moved == key {
		t.Error("the key is the same for another host")
	}
	host := arm
	host.Picks = []toolchain.Pick{{Offer: toolchain.Offer{Component: toolchain.Rust}, Recipe: toolchain.Recipe{Layout: toolchain.LayoutHost}}}
	if _, objects := CacheKey(arm.Host, []toolchain.Set{host}); len(objects) != 0 {
		t.Errorf("objects %v for the host's own tools, expected none", objects)
	}
}
