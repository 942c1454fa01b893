package kconfig

import (
	"bytes"
	"os"
	"path/filepath"
)

// rules are the differences between releases of scripts/kconfig. The zero value is 6.11 and later.
type rules struct {
	oldChoices  bool // up to 6.10: a choice has a value of its own, and the default does not regard what is set to n
	noZero      bool // up to 6.7: an int or hex without a value is empty, not 0
	resetRanges bool // up to 6.7: a user's value outside of its range is dropped, not limited
}

// readRules returns the rules of a tree, by what its own scripts/kconfig has.
func readRules(root string) rules {
	has := func(name, word string) bool {
		data, err := os.ReadFile(filepath.Join(root, "scripts/kconfig", name))
		return err == nil && bytes.Contains(data, []byte(word))
	}
	return rules{
		oldChoices:  has("symbol.c", "sym_get_choice_prop"),
		noZero:      has("symbol.c", "sym_calc_value") && !has("symbol.c", `newval.val = "0x0"`),
		resetRanges: has("confdata.c", "sym_string_within_range"),
	}
}
