package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/store"
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

func (a *app) listCommand() *cli.Command {
	return a.command("list", "list what is installed", "", nil, func(c *cli.Context) error {
		if err := noArguments(c); err != nil {
			return err
		}
		st, err := a.store()
		if err != nil {
			return err
		}
		objects, damaged := st.Objects()
		for _, err := range damaged {
			a.screen().Warn("%s", err)
		}
		if c.Bool("json") {
			list := []jsonObject{}
			for _, o := range objects {
				r := o.Record
				list = append(list, jsonObject{o.ID, r.Component, r.Version.String(), r.Label, r.Supplier, r.Suite, r.Bytes, o.Dir})
			}
			return a.printJSON(struct {
				Schema  int          `json:"schema"`
				Objects []jsonObject `json:"objects"`
			}{1, list})
		}
		w := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
		fmt.Fprintln(w, "COMPONENT\tVERSION\tSUITE\tSIZE\tOBJECT")
		var total int64
		for _, o := range objects {
			r := o.Record
			total += r.Bytes
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Component, r.Version, r.Suite, bytesText(r.Bytes), o.ID)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		_, err = fmt.Fprintf(a.out, "%d objects, %s in %s\n", len(objects), bytesText(total), st.Home())
		return err
	})
}
