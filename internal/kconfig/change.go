package kconfig

// Change sets one option to "y", "m" or "n".
type Change struct {
	Symbol string   `json:"symbol"`
	Value  string   `json:"value"`
	Where  Position `json:"where"` // where the option is defined
}

// String returns the line of a .config file that makes the change.
func (c Change) String() string {
	if c.Value == "n" {
		return "# CONFIG_" + c.Symbol + " is not set"
	}
	return "CONFIG_" + c.Symbol + "=" + c.Value
}
