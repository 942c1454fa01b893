package sets

import (
	"os"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/config"
	"github.com/krustup/krustup/internal/supplier/debian"
	"github.com/krustup/krustup/internal/supplier/kernelorg"
	"github.com/krustup/krustup/internal/supplier/rustlang"
	"github.com/krustup/krustup/internal/term"
)

// SettingJSON is one setting. From is what set it: a file, an environment variable, or "default".
type SettingJSON struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"`
}

func configCommand(a *cli.App) *urfave.Command {
	flags := []urfave.Flag{&urfave.StringFlag{Name: "tree", Usage: "read the krustup.toml of kernel source `DIR` if there is none here"}}
	manual := cli.Manual{
		Examples: []string{
			"krustup config",
			"krustup config --tree linux-6.12 --json",
		},
		Document: "docs/suppliers.md",
	}
	command := manual.For(a.Command("config", "print every setting and where it is set", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		settings, list, err := readSettings(a)
		if err != nil {
			return err
		}
		if c.Bool("json") {
			return cli.WriteJSON(a.Out, struct {
				Schema   int           `json:"schema"`
				Files    []string      `json:"files"`
				Settings []SettingJSON `json:"settings"`
			}{1, append([]string{}, settings.Files...), list})
		}
		var rows [][]string
		for _, s := range list {
			rows = append(rows, []string{s.Name, s.Value, s.From})
		}
		return term.Table(a.Out, []string{"SETTING", "VALUE", "FROM"}, rows)
	}))
	command.Subcommands = []*urfave.Command{configGetCommand(a), configSetCommand(a), configUnsetCommand(a), configEditCommand(a)}
	cli.InheritOptions(command)
	return command
}

// readSettings returns the configuration, and the effective value of every setting.
func readSettings(a *cli.App) (config.Config, []SettingJSON, error) {
	settings, err := a.Config()
	if err != nil {
		return settings, nil, err
	}
	list, err := allSettings(a, settings)
	return settings, list, err
}

// allSettings lists the effective value of every setting. An environment variable takes precedence over the project's
// file, that over the user's file, and that over the default.
func allSettings(a *cli.App, settings config.Config) ([]SettingJSON, error) {
	dir, err := cli.Home()
	if err != nil {
		return nil, err
	}
	from := "default"
	for _, name := range []string{"XDG_DATA_HOME", "KRUSTUP_HOME"} {
		if os.Getenv(name) != "" {
			from = name
		}
	}
	list := []SettingJSON{
		{"suppliers", strings.Join(settings.Suppliers, ", "), settings.SuppliersFrom},
		{"store", dir, from},
	}
	for _, name := range config.Words() {
		if s := settings.Words[name]; s.Value != "" {
			list = append(list, SettingJSON{name, s.Value, s.From})
		}
	}
	if s := settings.Jobs; s.Value != "" {
		list = append(list, SettingJSON{"jobs", s.Value, s.From})
	}
	mirrors, err := mirrorSettings(a, settings)
	if err != nil {
		return nil, err
	}
	list = append(list, mirrors...)
	if ca := os.Getenv(cli.CaVariable); ca != "" {
		settings.CA = config.Setting{Value: ca, From: cli.CaVariable}
	}
	if settings.CA.Value != "" {
		list = append(list, SettingJSON{"ca", settings.CA.Value, settings.CA.From})
	}
	return list, nil
}

// mirrorSettings lists the addresses of the mirrors of all suppliers that fetch files, including suppliers that are
// not in use.
func mirrorSettings(a *cli.App, settings config.Config) ([]SettingJSON, error) {
	var list []SettingJSON
	add := func(name string, addresses []string, from string) {
		address := strings.Join(redacted(addresses), " ")
		if from == "configuration" {
			from = settings.Mirrors[name].From
		}
		list = append(list, SettingJSON{"mirrors." + name, address, from})
	}
	for _, name := range config.DefaultSuppliers {
		s, err := a.Supplier(name, settings)
		if err != nil {
			return nil, err
		}
		switch s := s.(type) {
		case *debian.Supplier:
			all, err := s.Mirrors()
			if err != nil {
				return nil, err
			}
			for _, m := range all {
				add(m.Archive, append([]string{m.URL}, m.Others...), m.From)
			}
		case *rustlang.Supplier:
			for _, archive := range rustlang.Archives {
				bases, from, err := s.Mirrors(archive)
				if err != nil {
					return nil, err
				}
				add(archive, bases, from)
			}
		case *kernelorg.Supplier:
			bases, from, err := s.Mirrors("tools")
			if err != nil {
				return nil, err
			}
			add(name, bases, from)
		}
	}
	return list, nil
}
