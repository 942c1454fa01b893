package sets

import (
	"fmt"
	"slices"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/keep"
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
	InBase    bool     `json:"in_base"`
	Sets      []string `json:"sets"`
}

type jsonSet struct {
	ID       string             `json:"id"`
	Kernels  []string           `json:"kernels"`
	Target   string             `json:"target"`
	Host     toolchain.Host     `json:"host"`
	CC       toolchain.Compiler `json:"cc"`
	Backend  string             `json:"backend,omitempty"`
	Bytes    int64              `json:"bytes"`
	LastUsed *time.Time         `json:"last_used"`
	InBase   bool               `json:"in_base"`
	Dir      string             `json:"dir"`
	Objects  []store.ID         `json:"objects"`
	Missing  []store.ID         `json:"missing"`
	HostUses []string           `json:"host_programs"`
	Roots    []store.Root       `json:"roots"`
}

func listCommand(a *cli.App) *urfave.Command {
	flags := []urfave.Flag{&urfave.BoolFlag{Name: "objects", Usage: "list the installed tools instead of the sets"}}
	manual := cli.Manual{
		Examples: []string{
			"krustup list",
			"krustup list --objects --json",
		},
		Document: "docs/store.md",
	}
	return manual.For(a.Command("list", "list the installed sets, or with --objects the tools", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		inv, err := inventory(a)
		if err != nil {
			return err
		}
		for _, err := range inv.Problems {
			a.Screen().Warn("%s", err)
		}
		switch {
		case c.Bool("json"):
			return listJSON(a, inv)
		case c.Bool("objects"):
			return listObjects(a, inv)
		}
		return listSets(a, inv)
	}))
}

// inventory returns what the store has.
func inventory(a *cli.App) (keep.Inventory, error) {
	st, err := a.Store()
	if err != nil {
		return keep.Inventory{}, err
	}
	return keep.Take(st), nil
}

func listJSON(a *cli.App, inv keep.Inventory) error {
	objects := []jsonObject{}
	for _, o := range inv.Objects {
		r := o.Record
		sets := []string{}
		for _, s := range inv.UsedBy(o.ID) {
			sets = append(sets, s.ID)
		}
		objects = append(objects, jsonObject{o.ID, r.Component, r.Version.String(), r.Label, r.Supplier, r.Suite, r.Bytes, o.Dir, o.InBase, sets})
	}
	sets := []jsonSet{}
	for _, s := range inv.Sets {
		sets = append(sets, setJSON(s))
	}
	bytes, base := total(inv)
	return cli.WriteJSON(a.Out, struct {
		Schema    int          `json:"schema"`
		Home      string       `json:"home"`
		Bytes     int64        `json:"bytes"`
		BaseBytes int64        `json:"base_bytes"`
		Sets      []jsonSet    `json:"sets"`
		Objects   []jsonObject `json:"objects"`
	}{1, inv.Store.Home(), bytes, base, sets, objects})
}

func setJSON(s keep.Set) jsonSet {
	out := jsonSet{
		ID: s.ID, Kernels: cli.NonNil(s.Kernels), Target: s.Env.Target, Host: s.Env.Host, CC: s.Env.CC, Backend: string(s.Env.Backend),
		Bytes: s.Bytes, InBase: s.InBase, Dir: s.Dir, Objects: []store.ID{}, Missing: cli.NonNil(s.Missing), HostUses: []string{}, Roots: cli.NonNil(s.Roots),
	}
	if !s.Used.IsZero() {
		used := s.Used.UTC().Truncate(time.Second)
		out.LastUsed = &used
	}
	for _, o := range s.Objects {
		out.Objects = append(out.Objects, o.ID)
	}
	for _, f := range s.Env.Found {
		out.HostUses = append(out.HostUses, f.Path)
	}
	return out
}

// total returns the bytes of the objects in the home and of those in base stores, each object once.
func total(inv keep.Inventory) (own, base int64) {
	for _, o := range inv.Objects {
		if o.InBase {
			base += o.Record.Bytes
		} else {
			own += o.Record.Bytes
		}
	}
	return own, base
}

func listObjects(a *cli.App, inv keep.Inventory) error {
	var rows [][]string
	own := 0
	for _, o := range inv.Objects {
		r := o.Record
		where := ""
		if o.InBase {
			where = " (base)"
		} else {
			own++
		}
		rows = append(rows, []string{r.Component, r.Version.String(), r.Suite, term.Bytes(r.Bytes), o.ID.String() + where})
	}
	if err := term.Table(a.Out, []string{"COMPONENT", "VERSION", "SUITE", "SIZE", "OBJECT"}, rows); err != nil {
		return err
	}
	return totals(a, inv, term.Count(own, "object", "objects"), term.Count(len(inv.Objects)-own, "object", "objects"))
}

// totals prints what the home has, and what base stores add to it.
func totals(a *cli.App, inv keep.Inventory, own, base string) error {
	bytes, behind := total(inv)
	t := cli.TextWriter{W: a.Out}
	t.Printf("%s, %s in %s\n", own, term.Bytes(bytes), inv.Store.Home())
	if behind > 0 {
		t.Printf("%s, %s in base stores (KRUSTUP_STORE_PATH)\n", base, term.Bytes(behind))
	}
	return t.Err
}

func listSets(a *cli.App, inv keep.Inventory) error {
	var rows [][]string
	own := 0
	for _, s := range inv.Sets {
		used, where := keep.Ago(s.Used), ""
		if s.InBase {
			used, where = "", " (base)"
		} else {
			own++
		}
		kernels := strings.Join(s.Kernels, ", ")
		if kernels == "" {
			kernels = "?"
		}
		rows = append(rows, []string{kernels, s.Env.Target, compiler(s), term.Bytes(s.Bytes), used, s.ID + where}, []string{"  " + components(s)})
		for _, id := range s.Missing {
			rows = append(rows, []string{"  missing: " + id.String()})
		}
		for _, r := range s.Roots {
			rows = append(rows, []string{"  " + r.Kind + " " + r.Path})
		}
	}
	if len(rows) > 0 {
		if err := term.Table(a.Out, []string{"KERNEL", "TARGET", "CC", "SIZE", "LAST USE", "SET"}, rows); err != nil {
			return err
		}
	}
	return totals(a, inv, term.Count(own, "set", "sets"), term.Count(len(inv.Sets)-own, "set", "sets"))
}

func compiler(s keep.Set) string {
	if s.Env.Backend != "" {
		return string(s.Env.CC) + ", backend " + string(s.Env.Backend)
	}
	return string(s.Env.CC)
}

// components returns the components of a set with their versions.
func components(s keep.Set) string {
	var list []string
	for _, o := range s.Env.Objects {
		list = append(list, o.ID.Name()+" "+o.ID.Version())
	}
	for _, f := range s.Env.Found {
		list = append(list, f.Path)
	}
	slices.Sort(list)
	return fmt.Sprint(strings.Join(list, ", "))
}
