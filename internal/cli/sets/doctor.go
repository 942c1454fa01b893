package sets

import (
	"fmt"
	"io"
	"os"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/doctor"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/install"
)

func doctorCommand(a *cli.App) *urfave.Command {
	flags := []urfave.Flag{
		&urfave.BoolFlag{Name: "install-command", Usage: "print only the command that installs missing packages"},
		&urfave.StringFlag{Name: "target", Aliases: []string{"t"}, Usage: "check only what kernels for `TARGET` need (default: any)"},
	}
	manual := cli.Manual{
		Examples: []string{
			"krustup doctor --target arm64",
			"krustup doctor --install-command",
		},
		Exit: "6  something is missing that every kernel build needs",
	}
	return manual.For(a.Command("doctor", "check this host for what a kernel build needs", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		dir, err := cli.Home()
		if err != nil {
			return err
		}
		var target targets.Target
		if name := c.String("target"); name != "" {
			if target, err = targets.Find(name); err != nil {
				return err
			}
		}
		findings := doctor.Check(c.Context, doctor.Options{Store: dir, SrcArch: target.SrcArch})
		influences := install.Influences(os.Environ())
		command, known := doctor.InstallCommand(findings)
		switch {
		case c.Bool("install-command"):
			if known && command != "" {
				fmt.Fprintln(a.Out, command)
			}
			return nil
		case c.Bool("json"):
			err = cli.WriteJSON(a.Out, struct {
				Schema     int                 `json:"schema"`
				Findings   []doctor.Finding    `json:"findings"`
				Command    string              `json:"install_command,omitempty"`
				Influences []install.Influence `json:"influences,omitempty"`
			}{1, findings, command, influences})
		default:
			err = printFindings(a.Out, findings)
			for _, i := range influences {
				fate := "builds with a set run without it"
				if !i.Cleared {
					fate = "it is passed on"
				}
				a.Screen().Note("%s in the environment %s; %s", i.Name, i.Changes, fate)
			}
		}
		if err != nil {
			return err
		}
		return cli.RequireHostTools(findings)
	}))
}

// printFindings prints a table of the findings. MISSING is required for every build, missing only for some.
func printFindings(out io.Writer, findings []doctor.Finding) error {
	var rows [][]string
	for _, f := range findings {
		state := "ok"
		switch {
		case !f.OK && f.Need == doctor.Required:
			state = "MISSING"
		case !f.OK:
			state = "missing"
		}
		detail := f.Found
		if !f.OK {
			detail = f.Why
		}
		rows = append(rows, []string{state, f.Name, detail})
	}
	return term.Table(out, nil, rows)
}
