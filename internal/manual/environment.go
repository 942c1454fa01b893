package manual

import "slices"

// variable is a variable of the environment that commands read.
type variable struct {
	Row
	options []string // the commands that read it have one of these options; nil: every command reads it
}

var variables = []variable{
	{Row{"ARCH", "the default of --target"}, []string{"target"}},
	{Row{"KRUSTUP_HOME", "the store (default: ~/.local/share/krustup)"}, nil},
	{Row{"KRUSTUP_STORE_PATH", "base stores, which are only read, separated by colons"}, nil},
	{Row{"KRUSTUP_CONFIG", "the user's configuration file (default: ~/.config/krustup/config.toml)"}, nil},
	{Row{"KRUSTUP_…_MIRROR", "mirrors; … is DEBIAN, DEBIAN_SECURITY, RUST, CRATES, GITHUB or KERNEL"}, []string{"supplier"}},
	{Row{"KRUSTUP_CA_FILE", "certificates to trust in addition to the system's"}, []string{"supplier"}},
	{Row{"https_proxy, no_proxy", "proxies, as in other programs"}, []string{"supplier"}},
	{Row{"NO_COLOR, CI", "the form of messages: without colour, as a log"}, nil},
}

// Environment returns the variables that a command with these options reads.
func Environment(options []string) []Row {
	var rows []Row
	for _, v := range variables {
		if v.options == nil || slices.ContainsFunc(v.options, func(name string) bool { return slices.Contains(options, name) }) {
			rows = append(rows, v.Row)
		}
	}
	return rows
}
