package survey

import (
	"fmt"

	"github.com/krustup/krustup/toolchain/survey"
)

// counted returns a number with its noun: "1 entry", "2 entries".
func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// total returns the number of names in all groups.
func total(groups map[survey.Group][]string) (n int) {
	for _, names := range groups {
		n += len(names)
	}
	return n
}
