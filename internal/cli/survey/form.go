package survey

import (
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// formFlags are the output formats --csv and --markdown. chosenForm reads them, and --json.
func formFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.BoolFlag{Name: "csv", Usage: "print the table as CSV"},
		&urfave.BoolFlag{Name: "markdown", Usage: "print the table as Markdown"},
	}
}

// targetFlags are cli.KernelFlags and the formFlags.
func targetFlags() []urfave.Flag { return append(cli.KernelFlags(), formFlags()...) }

// chosenForm returns the output format that the flags choose: "json", "csv", "markdown", or "" for text.
func chosenForm(c *urfave.Context) (string, error) {
	chosen := ""
	for _, name := range []string{"json", "csv", "markdown"} {
		if !c.Bool(name) {
			continue
		}
		if chosen != "" {
			return "", &cli.UsageError{Text: fmt.Sprintf("--%s and --%s both choose the output format", chosen, name), Hint: "use one of them"}
		}
		chosen = name
	}
	return chosen, nil
}
