package sets

import (
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/keep"
)

// version is one version of a component, "" if it is not in the set.
type version struct {
	Version string `json:"version"`
	Object  string `json:"object"`
}

// newer is what a new resolution would choose in the place of what a set has.
type newer struct {
	Component toolchain.Component `json:"component"`
	From      version             `json:"from"`
	To        version             `json:"to"`
	Because   []toolchain.Reason  `json:"because"`
}

// compared is a set, installed or locked, beside what a new resolution would choose.
type compared struct {
	ID      string  `json:"set,omitempty"`
	Key     string  `json:"for"`
	Kernel  string  `json:"kernel"`
	Tree    string  `json:"tree,omitempty"`
	State   string  `json:"state"` // "current", "outdated" or "unknown"
	Why     string  `json:"why,omitempty"`
	Changes []newer `json:"changes"`
	set     toolchain.Set
	sel     cli.Selection
}

func compareFlags() []urfave.Flag { return append(cli.RequestFlags(true), lockedOnlyFlags()...) }

func lockedOnlyFlags() []urfave.Flag {
	return []urfave.Flag{&urfave.BoolFlag{Name: "locked", Usage: "compare the sets of krustup.lock, not the installed ones"}, cli.LockFlag()}
}

func outdatedCommand(a *cli.App) *urfave.Command {
	manual := cli.Manual{
		Examples: []string{
			"krustup outdated",
			"krustup outdated --locked --tree linux-6.12",
		},
		Document: "docs/store.md",
	}
	return manual.For(a.Command("outdated", "print what would be chosen now in place of what is installed", "[SET]...", compareFlags(), func(c *urfave.Context) error {
		list, err := compareSets(a, c)
		if err != nil {
			return err
		}
		return printCompared(a, c, list)
	}))
}

func upgradeCommand(a *cli.App) *urfave.Command {
	manual := cli.Manual{
		Examples: []string{
			"krustup upgrade",
			"krustup upgrade --locked --tree linux-6.12",
		},
		Document: "docs/store.md",
	}
	return manual.For(a.Command("upgrade", "install what would be chosen now (--locked: also lock it)", "[SET]...", compareFlags(), func(c *urfave.Context) error {
		list, err := compareSets(a, c)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(cmp compared) bool {
			if cmp.State == "unknown" {
				a.Screen().Warn("%s for Linux %s is left as it is: %s", cmp.Key, cmp.Kernel, cmp.Why)
			}
			return cmp.State != "outdated"
		})
		for _, cmp := range list {
			if host, err := cli.ChosenHost(c); err != nil || cmp.set.Host != host {
				continue // it is locked for another machine
			}
			if _, _, err := cli.Install(c.Context, a, cmp.set, cmp.sel); err != nil {
				return err
			}
		}
		if c.Bool("locked") && len(list) > 0 {
			if err := upgradeLock(a, c, list); err != nil {
				return err
			}
		}
		return printCompared(a, c, list)
	}))
}

func upgradeLock(a *cli.App, c *urfave.Context, list []compared) error {
	for _, cmp := range list {
		if err := cmp.set.Lockable(); err != nil {
			return err
		}
	}
	path := cli.LockPath(c, c.String("tree"))
	_, err := toolchain.UpdateLock(c.Context, path, func(h lock.Holder) { a.Screen().Note("%s: waiting for %s", path, h) }, func(l *toolchain.Lock) {
		for _, cmp := range list {
			l.Put(cmp.set)
		}
	})
	return err
}

// compareSets resolves again what is installed or locked.
func compareSets(a *cli.App, c *urfave.Context) ([]compared, error) {
	if _, err := a.Config(); err != nil { // before it is a reason why a set cannot be compared
		return nil, err
	}
	if c.Bool("locked") {
		return compareLocked(a, c)
	}
	inv, err := inventory(a)
	if err != nil {
		return nil, err
	}
	sets := inv.Own()
	if c.NArg() > 0 {
		sets = nil
		for _, name := range c.Args().Slice() {
			found, objects, err := named(inv, name)
			if err != nil {
				return nil, err
			}
			if len(objects) > 0 {
				return nil, &cli.UsageError{Text: name + " is a component, expected a set", Hint: "krustup list prints the sets"}
			}
			sets = append(sets, found...)
		}
	}
	tree, kernel := c.String("tree"), c.String("kernel")
	list := []compared{}
	for _, s := range sets {
		for _, at := range places(s, tree, kernel) {
			cmp, err := compareInstalled(a, c, s, at)
			if err != nil {
				return nil, err
			}
			list = append(list, cmp)
		}
	}
	return list, nil
}

// places returns the trees that a set is kept for, else the newest release that it was installed for. --tree and
// --kernel replace them.
func places(s keep.Set, tree, kernel string) (list []store.Root) {
	if tree != "" || kernel != "" {
		return []store.Root{{Kind: "tree", Path: tree, Kernel: kernel}}
	}
	for _, r := range s.Roots {
		if r.Kind == "tree" {
			list = append(list, r)
		}
	}
	if len(list) == 0 && len(s.Kernels) > 0 {
		list = append(list, store.Root{Kernel: s.Kernels[len(s.Kernels)-1]})
	}
	if len(list) == 0 {
		list = append(list, store.Root{})
	}
	return list
}

func compareInstalled(a *cli.App, c *urfave.Context, s keep.Set, at store.Root) (compared, error) {
	cmp := compared{ID: s.ID, Key: s.Key().String(), Kernel: at.Kernel, Tree: at.Path, State: "unknown", Changes: []newer{}}
	if at.Path == "" && at.Kernel == "" {
		cmp.Why = "an earlier krustup installed it, and its kernel is not recorded: --tree or --kernel names it"
		return cmp, nil
	}
	if at.Path != "" {
		at.Kernel = ""
	}
	for name, value := range map[string]string{"tree": at.Path, "kernel": at.Kernel} {
		if err := c.Set(name, value); err != nil {
			return cmp, err
		}
	}
	had := map[toolchain.Component]version{}
	for _, o := range s.Env.Objects {
		had[toolchain.Component(o.ID.Name())] = version{o.ID.Version(), o.ID.String()}
	}
	sel, err := cli.ChooseAgain(a, c, s.Key(), s.Set.Asked)
	return cmp.resolve(a, c, had, sel, err)
}

func compareLocked(a *cli.App, c *urfave.Context) ([]compared, error) {
	if c.NArg() > 0 {
		return nil, &cli.UsageError{Text: "--locked compares the sets of the lock, and takes no set", Hint: "krustup outdated --locked"}
	}
	path := cli.LockPath(c, c.String("tree"))
	l, err := cli.ReadLock(path, "--locked")
	if err != nil {
		return nil, err
	}
	list := []compared{}
	for _, key := range l.Keys() {
		set, _ := l.Get(key)
		cmp := compared{Key: key.String(), Kernel: set.Kernel.String(), State: "unknown", Changes: []newer{}}
		had := map[toolchain.Component]version{}
		for _, p := range set.Picks {
			had[p.Offer.Component] = version{p.Offer.Version.String(), toolchain.ObjectID(p).String()}
		}
		sel, err := cli.ChooseLocked(a, c, l, key)
		if cmp, err = cmp.resolve(a, c, had, sel, err); err != nil {
			return nil, err
		}
		list = append(list, cmp)
	}
	return list, nil
}

// resolve completes a comparison. A kernel that cannot be read, or for which there is no set now, leaves it unknown.
func (cmp compared) resolve(a *cli.App, c *urfave.Context, had map[toolchain.Component]version, sel cli.Selection, err error) (compared, error) {
	if err == nil {
		cmp.sel = sel
		cmp.Kernel, cmp.Tree = sel.Req.Requirements.Kernel.String(), sel.Tree
		cmp.set, err = cli.Resolve(c.Context, a, sel.Req, sel.Offline)
	}
	if c.Context.Err() != nil {
		return cmp, err
	}
	if err != nil {
		cmp.Why, _, _ = strings.Cut(err.Error(), "\n")
		return cmp, nil
	}
	cmp.State = "current"
	now := map[toolchain.Component]bool{}
	for _, p := range cmp.set.Picks {
		component := p.Offer.Component
		now[component] = true
		if p.Recipe.Layout == toolchain.LayoutHost || component == toolchain.Patchelf {
			continue
		}
		id := toolchain.ObjectID(p).String()
		if had[component].Object != id {
			cmp.Changes = append(cmp.Changes, newer{component, had[component], version{p.Offer.Version.String(), id}, p.Reasons})
		}
	}
	for component, v := range had {
		if !now[component] {
			cmp.Changes = append(cmp.Changes, newer{Component: component, From: v, Because: []toolchain.Reason{}})
		}
	}
	slices.SortFunc(cmp.Changes, func(x, y newer) int { return strings.Compare(string(x.Component), string(y.Component)) })
	if len(cmp.Changes) > 0 {
		cmp.State = "outdated"
	}
	return cmp, nil
}

func printCompared(a *cli.App, c *urfave.Context, list []compared) error {
	if c.Bool("json") {
		return cli.WriteJSON(a.Out, struct {
			Schema int        `json:"schema"`
			Sets   []compared `json:"sets"`
		}{1, list})
	}
	t := &cli.TextWriter{W: a.Out}
	for _, cmp := range list {
		t.Printf("%s, Linux %s: %s\n", cmp.Key, cmp.Kernel, cmp.State)
		if cmp.Why != "" {
			t.Printf("  %s\n", cmp.Why)
		}
		for _, ch := range cmp.Changes {
			t.Printf("  %s %s → %s%s\n", ch.Component, orNone(ch.From), orNone(ch.To), sameVersion(ch))
			for _, reason := range ch.Because {
				t.Printf("    - %s\n", reason)
			}
		}
	}
	if len(list) == 0 {
		fmt.Fprintln(a.Out, "nothing to upgrade")
	}
	return t.Err
}

func orNone(v version) string {
	if v.Version == "" {
		return "none"
	}
	return v.Version
}

func sameVersion(ch newer) string {
	if ch.From.Version == ch.To.Version {
		return ", another build"
	}
	return ""
}
