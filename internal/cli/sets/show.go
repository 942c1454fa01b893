package sets

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/manual"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/keep"
)

func showCommand(a *cli.App) *urfave.Command {
	page := cli.Manual{
		Examples: []string{
			"krustup show rust",
			"krustup show 9f726f0d02b4 --json",
		},
		Exit:     "2  the store has no such set or component",
		Document: "docs/store.md",
	}
	return page.For(a.Command("show", "print a set or a tool: paths, versions, signers, origin", "SET|COMPONENT", nil, func(c *urfave.Context) error {
		if c.NArg() != 1 {
			return &cli.UsageError{Text: fmt.Sprintf("show: found %s, expected one set or component", term.Count(c.NArg(), "argument", "arguments")), Hint: "krustup list prints the sets, krustup list --objects the tools"}
		}
		inv, err := inventory(a)
		if err != nil {
			return err
		}
		sets, objects, err := named(inv, c.Args().First())
		if err != nil {
			return err
		}
		if c.Bool("json") {
			return showJSON(a, sets, objects)
		}
		t := &cli.TextWriter{W: a.Out}
		for i, s := range sets {
			if i > 0 {
				t.Printf("\n")
			}
			showSet(t, s)
		}
		for i, o := range objects {
			if i > 0 {
				t.Printf("\n")
			}
			showObject(t, inv, o)
		}
		return t.Err
	}))
}

// named returns the sets or the objects that an argument names: the first digits of a set's id, a component, a component
// with its version, or the id of an object.
func named(inv keep.Inventory, name string) (sets []keep.Set, objects []store.Object, err error) {
	for _, s := range inv.Sets {
		if len(name) >= 4 && strings.HasPrefix(s.ID, name) {
			sets = append(sets, s)
		}
	}
	if len(sets) > 1 {
		return nil, nil, &cli.UsageError{Text: fmt.Sprintf("%s is the start of %d sets", name, len(sets)), Hint: "krustup list prints their ids"}
	}
	if len(sets) > 0 {
		return sets, nil, nil
	}
	for _, o := range inv.Objects {
		component, version := o.Record.Component, o.Record.Version.String()
		if slices.Contains([]string{component, component + "-" + version, component + "=" + version, o.ID.String()}, name) {
			objects = append(objects, o)
		}
	}
	if len(objects) > 0 {
		return nil, objects, nil
	}
	var words []string
	for _, o := range inv.Objects {
		words = append(words, o.Record.Component)
	}
	hint := "krustup list prints the sets, krustup list --objects the tools"
	if near := manual.Nearest(name, slices.Compact(words)); near != "" {
		hint = "did you mean " + near + "?"
	}
	return nil, nil, &cli.UsageError{Text: fmt.Sprintf("%s: the store %s has no such set or component", name, inv.Store.Home()), Hint: hint}
}

func showSet(t *cli.TextWriter, s keep.Set) {
	t.Printf("set %s: %s, on %s\n", s.ID, keep.Title(s), s.Env.Host)
	t.Printf("  directory: %s\n", s.Dir)
	if s.InBase {
		t.Printf("  in a base store\n")
	} else {
		t.Printf("  last use: %s (%s)\n", s.Used.Local().Format("2006-01-02 15:04"), keep.Ago(s.Used))
	}
	t.Printf("  size: %s\n", term.Bytes(s.Bytes))
	if s.Described {
		t.Printf("  read from: %s\n", s.Set.Source)
	}
	for _, r := range s.Roots {
		t.Printf("  kept for: %s %s\n", r.Kind, r.Path)
	}
	if len(s.Roots) == 0 && !s.InBase {
		t.Printf("  kept for: nothing; gc removes it when it was not used for some time\n")
	}
	for _, o := range s.Objects {
		r := o.Record
		t.Printf("  %s %s: %s %s %s, signed by %s\n    %s\n", r.Component, r.Version, r.Supplier, r.Suite, r.Label, signers(r), o.Dir)
		pick, _ := s.Set.Pick(toolchain.Component(r.Component))
		for _, reason := range pick.Reasons {
			t.Printf("    - %s\n", reason)
		}
	}
	for _, id := range s.Missing {
		t.Printf("  %s: missing\n", id)
	}
	for _, f := range s.Env.Found {
		t.Printf("  %s: a program of this machine\n", f.Path)
	}
}

// signers returns the keys whose signatures cover what an object was made from.
func signers(r store.Record) string {
	keys := map[string]bool{}
	for _, a := range r.Artifacts {
		keys[a.SignedBy] = true
	}
	if keys[""] && len(keys) == 1 {
		return "nobody"
	}
	if keys[""] {
		delete(keys, "")
		return strings.Join(slices.Sorted(maps.Keys(keys)), ", ") + " in part"
	}
	return strings.Join(slices.Sorted(maps.Keys(keys)), ", ")
}

func showObject(t *cli.TextWriter, inv keep.Inventory, o store.Object) {
	r := o.Record
	base := ""
	if o.InBase {
		base = " (in a base store)"
	}
	t.Printf("%s %s, object %s\n  directory: %s%s\n", r.Component, r.Version, o.ID, o.Dir, base)
	t.Printf("  from: %s %s %s, for host %s\n", r.Supplier, r.Suite, r.Label, r.Host)
	t.Printf("  signed by: %s\n", signers(r))
	t.Printf("  size: %s in %s\n", term.Bytes(r.Bytes), term.Count(r.Files, "file", "files"))
	if r.Tree.IsZero() {
		t.Printf("  files: not listed; krustup verify lists them\n")
	} else {
		t.Printf("  files: listed in %s, SHA-256 %s\n", store.TreeName, r.Tree)
	}
	if !r.LLVM.IsZero() {
		t.Printf("  LLVM: %s\n", r.LLVM)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Tools)) {
		t.Printf("  program %s: %s\n", name, filepath.Join(o.Dir, r.Tools[name]))
	}
	for _, s := range inv.UsedBy(o.ID) {
		t.Printf("  in set %s: %s\n", s.ID, keep.Title(s))
	}
	for _, a := range r.Artifacts {
		t.Printf("  made from %s\n    %s, SHA-256 %s\n", a.Name, a.Path, a.Digest)
	}
}

func showJSON(a *cli.App, sets []keep.Set, objects []store.Object) error {
	type shownObject struct {
		store.Record
		Dir    string `json:"dir"`
		InBase bool   `json:"in_base"`
	}
	type shownSet struct {
		jsonSet
		Chosen *cli.SetJSON `json:"chosen,omitempty"`
	}
	out := struct {
		Schema  int           `json:"schema"`
		Sets    []shownSet    `json:"sets"`
		Objects []shownObject `json:"objects"`
	}{1, []shownSet{}, []shownObject{}}
	for _, s := range sets {
		shown := shownSet{jsonSet: setJSON(s)}
		if s.Described {
			chosen := cli.NewSetJSON(s.Set)
			shown.Chosen = &chosen
		}
		out.Sets = append(out.Sets, shown)
		objects = append(objects, s.Objects...)
	}
	for _, o := range objects {
		out.Objects = append(out.Objects, shownObject{o.Record, o.Dir, o.InBase})
	}
	return cli.WriteJSON(a.Out, out)
}

func whichCommand(a *cli.App) *urfave.Command {
	flags := append(cli.SelectionFlags(false), cli.KernelFlag())
	page := cli.Manual{
		Examples: []string{
			"krustup which rustc",
			"krustup which bindgen --tree linux-6.12 --target arm64",
		},
		Exit: "1  the set is not installed, or has no such program",
	}
	return page.For(a.Command("which", "print the path of an installed set's program", "PROGRAM", flags, func(c *urfave.Context) error {
		if c.NArg() != 1 {
			return &cli.UsageError{Text: fmt.Sprintf("which: found %s, expected one program", term.Count(c.NArg(), "argument", "arguments")), Hint: "krustup which rustc"}
		}
		env, _, err := cli.Activate(a, c)
		if err != nil {
			return err
		}
		name := c.Args().First()
		path := filepath.Join(env.Bin, name)
		// Only the set's own link is followed: ld.lld is a link to lld, and works by its name.
		at, err := os.Readlink(path)
		if err == nil {
			_, err = os.Stat(at)
		}
		if err != nil || name != filepath.Base(name) {
			return &cli.ExitError{Code: failure.Failed, Text: fmt.Sprintf("the set for %s has no program %s", env.Target, name), Hint: "ls " + env.Bin + " lists its programs"}
		}
		if c.Bool("json") {
			return cli.WriteJSON(a.Out, struct {
				Schema  int    `json:"schema"`
				Program string `json:"program"`
				Path    string `json:"path"`
				Set     string `json:"set"`
				Bin     string `json:"bin"`
			}{1, name, at, env.Key.Short(), path})
		}
		_, err = fmt.Fprintln(a.Out, at)
		return err
	}))
}
