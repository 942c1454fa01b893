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

// SettingJSON is one setting, and what set it: a file, a variable, "default".
type SettingJSON struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	From  string `json:"from"`
}

func configCommand(a *cli.App) *urfave.Command {
	flags := []urfave.Flag{&urfave.StringFlag{Name: "tree", Usage: "kernel source `DIR` whose krustup.toml counts when there is none here"}}
	return a.Command("config", "show what is configured, and where each setting comes from", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		settings, err := a.Config(c.String("tree"))
		if err != nil {
			return err
		}
		list, err := inForce(a, settings)
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
	})
}

// inForce lists every setting as it counts now: a variable beats a project's file, that the user's, that the default.
func inForce(a *cli.App, settings config.Config) ([]SettingJSON, error) {
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

// mirrorSettings gives the addresses in use of every supplier that fetches, whether it is in use itself or not.
func mirrorSettings(a *cli.App, settings config.Config) ([]SettingJSON, error) {
	var list []SettingJSON
	add := func(name string, addresses []string, from string) {
		address := strings.Join(shown(addresses), " ")
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
