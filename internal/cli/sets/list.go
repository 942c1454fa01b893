package sets

import (
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
)

type jsonObject struct {
	ID        store.ID `json:"id"`
	Component string   `json:"component"`
	Version   string   `json:"version"`
	Label     string   `json:"label"`
	Supplier  string   `json:"supplier"`
	Suite     string   `json:"suite"`
	Bytes     int64    `json:"bytes"`
	Dir       string   `json:"dir"`
}

func listCommand(a *cli.App) *urfave.Command {
	manual := cli.Manual{
		Examples: []string{
			"krustup list",
			"krustup list --json",
		},
		Document: "docs/json.md",
	}
	return manual.For(a.Command("list", "list the installed tools", "", nil, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		st, err := a.Store()
		if err != nil {
			return err
		}
		objects, damaged := st.Objects()
		for _, err := range damaged {
			a.Screen().Warn("%s", err)
		}
		if c.Bool("json") {
			list := []jsonObject{}
			for _, o := range objects {
				r := o.Record
				list = append(list, jsonObject{o.ID, r.Component, r.Version.String(), r.Label, r.Supplier, r.Suite, r.Bytes, o.Dir})
			}
			return cli.WriteJSON(a.Out, struct {
				Schema  int          `json:"schema"`
				Objects []jsonObject `json:"objects"`
			}{1, list})
		}
		var rows [][]string
		var total int64
		for _, o := range objects {
			r := o.Record
			total += r.Bytes
			rows = append(rows, []string{r.Component, r.Version.String(), r.Suite, term.Bytes(r.Bytes), o.ID.String()})
		}
		if err := term.Table(a.Out, []string{"COMPONENT", "VERSION", "SUITE", "SIZE", "OBJECT"}, rows); err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.Out, "%s, %s in %s\n", term.Count(len(objects), "object", "objects"), term.Bytes(total), st.Home())
		return err
	}))
}
