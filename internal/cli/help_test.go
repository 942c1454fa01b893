package cli

import (
	"testing"

	urfave "github.com/urfave/cli/v2"
)

func TestOptionHelp(t *testing.T) {
	for _, test := range []struct {
		flag         urfave.DocGenerationFlag
		names, usage string
	}{
		{&urfave.BoolFlag{Name: "json", Usage: "print JSON"}, "--json", "print JSON"},
		{&urfave.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print nothing"}, "-q, --quiet", "print nothing"},
		{&urfave.StringFlag{Name: "tree", Usage: "read `DIR`"}, "--tree DIR", "read DIR"},
		{&urfave.StringFlag{Name: "tree", Usage: "read a tree"}, "--tree VALUE", "read a tree"},
		{&urfave.StringFlag{Name: "dir", Value: ".", Usage: "write to `DIR`"}, "--dir DIR", `write to DIR (default: ".")`},
		{&urfave.StringSliceFlag{Name: "with", Usage: "require `TOOL`"}, "--with TOOL", "require TOOL (repeatable)"},
		{&urfave.StringSliceFlag{Name: "cc", Usage: "use `CC` (default: clang)"}, "--cc CC", "use CC (default: clang; repeatable)"},
		{&urfave.StringSliceFlag{Name: "cc", Usage: "use `CC`; may be repeated"}, "--cc CC", "use CC; may be repeated"},
	} {
		if names, usage := optionNames(test.flag), optionUsage(test.flag); names != test.names || usage != test.usage {
			t.Errorf("%q, %q, expected %q, %q", names, usage, test.names, test.usage)
		}
	}
}
