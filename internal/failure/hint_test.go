package failure

import (
	"fmt"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/supplier/debian"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// With --offline, a catalogue that was never fetched is named before a suite that expired: it is more likely to help.
func TestMissingCatalogueHint(t *testing.T) {
	stale := toolchain.Unread{Supplier: "debian", Suite: "sid", Err: &debian.StaleError{Suite: "sid"}}
	missing := toolchain.Unread{Supplier: "rust-lang", Err: &toolchain.NoCatalogueError{Supplier: "rust-lang"}}
	for want, list := range map[string][]toolchain.Unread{
		"krustup update fetches the missing catalogue of rust-lang":  {stale, missing},
		"--allow-stale also reads suite sid, whose metadata expired": {stale},
	} {
		if got := Hint(&toolchain.NoSetError{Unread: list}); got != want {
			t.Errorf("hint %q, expected %q", got, want)
		}
	}
}

// A list of digests that an unverified key signed is refused, and the hint names the claimed owner of the key.
func TestUnverifiedKeyHint(t *testing.T) {
	for signer, want := range map[string]string{
		"2437CB76E544CB6AB3D9DFD399739260CB6CB716": "Nathan Chancellor", "99739260CB6CB716": "Nathan Chancellor",
		"A3AFD8050C08AD54B6F1618A9A6C79EFE60018D9": "Arnd Bergmann", "60AB47FFC9095227": "Arnd Bergmann",
		"CB6CB716": "", "0000000000000000000000000000000000000000": "",
	} {
		bad := &trust.SignatureError{Name: "sha256sums.asc", Reason: "no good signature by a pinned key", Found: []string{signer}}
		for what, err := range map[string]error{
			"alone": fmt.Errorf("updating kernel-org: %w", bad),
			"of a supplier after the first": &toolchain.NoSetError{
				Unread: []toolchain.Unread{{Supplier: "kernel-org", Err: bad}}, Remedies: []string{"with --cc gcc"},
			},
		} {
			got := Hint(err)
			if strings.Contains(got, "could not be verified") || strings.Contains(got, "is not used") != (want != "") || !strings.Contains(got, want) {
				t.Errorf("%s, %s: hint %q, expected one of %q", signer, what, got, want)
			}
			if code := Code(err); code != Unverified {
				t.Errorf("%s, %s: exit code %d", signer, what, code)
			}
		}
	}
}
