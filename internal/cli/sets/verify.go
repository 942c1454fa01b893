package sets

import (
	"errors"
	"fmt"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain/keep"
)

type jsonVerdict struct {
	Object  store.ID       `json:"object"`
	InBase  bool           `json:"in_base"`
	State   string         `json:"state"` // "ok", "changed", "damaged" or "listed"
	Error   string         `json:"error,omitempty"`
	Changes []store.Change `json:"changes"`
}

func verifyCommand(a *cli.App) *urfave.Command {
	flags := []urfave.Flag{
		&urfave.BoolFlag{Name: "repair", Usage: "make what is broken again, from verified archives"},
		&urfave.StringSliceFlag{Name: "supplier", Usage: "take tools from `SUPPLIER`; repeat it to add others"},
		cli.OfflineFlag(),
	}
	manual := cli.Manual{
		Examples: []string{
			"krustup verify",
			"krustup verify --repair rust",
		},
		Exit:     "4  a file is not as it was installed, and was not repaired",
		Document: "docs/store.md",
	}
	return manual.For(a.Command("verify", "compare every installed file with its record", "[SET|COMPONENT]...", flags, func(c *urfave.Context) error {
		inv, err := inventory(a)
		if err != nil {
			return err
		}
		want, err := wantedObjects(inv, c.Args().Slice())
		if err != nil {
			return err
		}
		list := []jsonVerdict{}
		var broken []store.ID
		base, unlisted := 0, 0
		err = keep.Verify(c.Context, inv, want, func(v keep.Verdict) {
			list = append(list, verdictJSON(v))
			switch {
			case v.Broken() && v.InBase:
				base++
			case v.Broken():
				broken = append(broken, v.ID)
			case v.Unlisted:
				unlisted++
			}
			if !c.Bool("json") {
				printVerdict(a, v)
			}
		})
		if err != nil {
			return err
		}
		repaired := []store.ID{}
		if c.Bool("repair") && len(broken) > 0 {
			if err := repair(a, c, inv, broken); err != nil {
				return err
			}
			repaired, broken = broken, nil
		}
		if c.Bool("json") {
			err = cli.WriteJSON(a.Out, struct {
				Schema   int           `json:"schema"`
				Objects  []jsonVerdict `json:"objects"`
				Repaired []store.ID    `json:"repaired"`
			}{1, list, repaired})
		} else {
			unknown := ""
			if unlisted > 0 { // nothing says what their files were
				unknown = fmt.Sprintf(", %d unknown", unlisted)
			}
			_, err = fmt.Fprintf(a.Out, "%s verified, %d broken, %d repaired%s\n", term.Count(len(list)-unlisted, "object", "objects"), len(broken)+base+len(repaired), len(repaired), unknown)
		}
		if err != nil || len(broken)+base == 0 {
			return err
		}
		hint := "krustup verify --repair makes what is broken again"
		if len(broken) == 0 {
			hint = "a base store is only read: its owner repairs it"
		}
		return &cli.ExitError{Code: failure.Unverified, Text: fmt.Sprintf("%s not as installed", term.Count(len(broken)+base, "object is", "objects are")), Hint: hint}
	}))
}

// wantedObjects returns which objects the arguments name: all without any.
func wantedObjects(inv keep.Inventory, names []string) (func(store.ID) bool, error) {
	if len(names) == 0 {
		return func(store.ID) bool { return true }, nil
	}
	var ids []store.ID
	for _, name := range names {
		if id, err := store.ParseID(name); err == nil { // also of one whose record is damaged
			ids = append(ids, id)
			continue
		}
		sets, objects, err := named(inv, name)
		if err != nil {
			return nil, err
		}
		for _, s := range sets {
			for _, o := range s.Env.Objects {
				ids = append(ids, o.ID)
			}
		}
		for _, o := range objects {
			ids = append(ids, o.ID)
		}
	}
	return func(id store.ID) bool { return slices.Contains(ids, id) }, nil
}

func verdictJSON(v keep.Verdict) jsonVerdict {
	out := jsonVerdict{Object: v.ID, InBase: v.InBase, State: "ok", Changes: cli.NonNil(v.Changes)}
	switch {
	case v.Damaged != nil:
		out.State, out.Error = "damaged", v.Damaged.Error()
	case len(v.Changes) > 0:
		out.State = "changed"
	case v.Unlisted:
		out.State = "listed"
	}
	return out
}

func printVerdict(a *cli.App, v keep.Verdict) {
	where := ""
	if v.InBase {
		where = " (in a base store)"
	}
	switch {
	case v.Damaged != nil:
		fmt.Fprintf(a.Out, "%s%s: %s\n", v.ID, where, v.Damaged)
	case len(v.Changes) > 0:
		fmt.Fprintf(a.Out, "%s%s: %s\n", v.ID, where, term.Count(len(v.Changes), "difference", "differences"))
		for _, change := range v.Changes {
			fmt.Fprintf(a.Out, "  %s\n", change)
		}
	case v.Unlisted && v.InBase:
		fmt.Fprintf(a.Out, "%s%s: unknown: its record, of an earlier krustup, does not list its files\n", v.ID, where)
	case v.Unlisted:
		fmt.Fprintf(a.Out, "%s: its record, of an earlier krustup, did not list its files: %s\n", v.ID, "their number and size fit, and they are listed now")
	default:
		fmt.Fprintf(a.Out, "%s%s: ok\n", v.ID, where)
	}
}

func repair(a *cli.App, c *urfave.Context, inv keep.Inventory, broken []store.ID) error {
	suppliers, err := a.Suppliers(c)
	if err != nil {
		return err
	}
	in, watch, err := a.Installer(suppliers, c.Bool("offline"))
	if err != nil {
		return err
	}
	defer watch.Close()
	err = keep.Repair(c.Context, inv, in, broken)
	if none, ok := errors.AsType[*keep.NoRecipeError](err); ok {
		return noRecipe(err, none)
	}
	if err != nil {
		return err
	}
	after := keep.Take(inv.Store)
	var again []string
	err = keep.Verify(c.Context, after, func(id store.ID) bool { return slices.Contains(broken, id) }, func(v keep.Verdict) {
		if v.Broken() {
			again = append(again, v.ID.String())
		}
	})
	if err == nil && len(again) > 0 {
		err = fmt.Errorf("repaired, but still broken: %v", again)
	}
	return err
}

// noRecipe says how to make an object again about which the store does not know enough.
func noRecipe(err error, none *keep.NoRecipeError) error {
	hint := fmt.Sprintf("krustup remove %s, if nothing needs it", none.ID)
	if len(none.Sets) > 0 {
		key := none.Sets[0].Key()
		hint = fmt.Sprintf("rm -r %s, then krustup install --target %s --cc %s with the kernel of set %s", none.ID, key.Target, key.CC, none.Sets[0].ID)
	}
	return &cli.ExitError{Code: failure.Unverified, Text: err.Error(), Hint: hint}
}
