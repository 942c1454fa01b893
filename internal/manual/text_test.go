package manual

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTextFitsItsWidth(t *testing.T) {
	page := Page{
		Name: "krustup lock", Summary: "lock sets in krustup.lock, check the lock, or update it", Synopsis: []string{"krustup lock [OPTIONS]"},
		Options: []Section{{"What to choose", []Row{
			{"-t, --target TARGET", "build for TARGET, such as arm64 (default: $ARCH, else the host's)"},
			{"--a-very-long-option-name VALUE", "an option whose name leaves no room beside it for the text"},
		}}},
		Exit: []Row{{"4", "verification failed, or the lock does not match the request"}},
	}
	for _, width := range []int{44, 80, 100} {
		for line := range strings.Lines(page.Text(width)) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("width %d: %q has %d columns", width, line, n)
			}
		}
	}
	if wide := page.Text(100); !strings.Contains(wide, "build for TARGET, such as arm64 (default: $ARCH, else the host's)\n") {
		t.Errorf("100 columns break a line that fits:\n%s", wide)
	}
}

func TestNearest(t *testing.T) {
	words := []string{"install", "list", "lock", "config", "check", "resolve", "report"}
	for name, want := range map[string]string{
		"instal": "install", "nistall": "install", "isntall": "install", "lst": "list", "lcok": "lock", "conf": "config", "INSTALL": "install",
		"chekc": "check", "res": "resolve", "re": "", "zzz": "", "l": "", "publish": "",
	} {
		if got := Nearest(name, words); got != want {
			t.Errorf("%s: %q, expected %q", name, got, want)
		}
	}
}
