package fleet

import (
	"fmt"
	"io"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/toolchain"
)

// updateLock re-resolves the components of --update in the locked sets.
func updateLock(a *cli.App, c *urfave.Context) error {
	path := cli.LockPath(c, c.String("tree"))
	lock, err := cli.ReadLock(path, "--update")
	if err != nil {
		return err
	}
	keys, err := cli.LockedKeys(c, path, lock)
	if err != nil {
		return err
	}
	move, err := toMove(c.StringSlice("update"), path, lock, keys)
	if err != nil {
		return err
	}
	var list []relocked
	for _, key := range keys {
		sel, err := cli.ChooseLocked(a, c, lock, key)
		if err != nil {
			return err
		}
		r, err := relock(c.Context, a, sel, lock, move)
		if err != nil {
			return err
		}
		list = append(list, r)
	}
	return saveLock(a, c, path, list)
}

// toMove returns the components of --update. A component that no set has is a *cli.UsageError.
func toMove(names []string, path string, lock toolchain.Lock, keys []toolchain.LockKey) ([]toolchain.Component, error) {
	var has, move []toolchain.Component
	for _, key := range keys {
		set, _ := lock.Get(key)
		for _, p := range set.Picks {
			if !slices.Contains(has, p.Offer.Component) {
				has = append(has, p.Offer.Component)
			}
		}
	}
	slices.Sort(has)
	if slices.Contains(names, cli.AllComponents) {
		return has, nil
	}
	for _, name := range names {
		if component, version, ok := strings.Cut(name, "="); ok {
			return nil, &cli.UsageError{Text: fmt.Sprintf("--update %s: expected a component without a version", name), Hint: fmt.Sprintf("--update %s --with %s=%s", component, component, version)}
		}
		component, err := toolchain.ParseComponent(name)
		if err != nil || !slices.Contains(has, component) {
			var known []string
			for _, c := range has {
				known = append(known, string(c))
			}
			return nil, &cli.UsageError{Text: fmt.Sprintf("--update %s: no such component in %s, expected one of %s", name, path, strings.Join(known, ", "))}
		}
		move = append(move, component)
	}
	return move, nil
}

// printChanges prints the changes of a locked set as text.
func printChanges(w io.Writer, r relocked) {
	if len(r.changes) == 0 {
		return
	}
	fmt.Fprintf(w, "%s, Linux %s\n", r.set.LockKey(), r.set.Kernel)
	for _, ch := range r.changes {
		moved := ""
		if !ch.Asked && ch.From != nil {
			moved = ", which had to change too"
		}
		fmt.Fprintf(w, "  %s %s → %s%s\n", ch.Component, labelled(ch.From), labelled(ch.To), moved)
		for _, reason := range ch.Because {
			fmt.Fprintf(w, "    - %s\n", reason)
		}
	}
}

// labelled returns the version of a pick and where it comes from, "none" for nil.
func labelled(p *toolchain.Pick) string {
	if p == nil {
		return "none"
	}
	o := p.Offer
	return fmt.Sprintf("%s (%s %s %s)", o.Version, o.Supplier, o.Suite, o.Label)
}

// jsonPlace is the pick of a component before or after a change.
type jsonPlace struct {
	Version  string `json:"version"`
	Label    string `json:"label"`
	Supplier string `json:"supplier"`
	Suite    string `json:"suite"`
	Object   string `json:"object"`
}

func placeJSON(p *toolchain.Pick) *jsonPlace {
	if p == nil {
		return nil
	}
	o := p.Offer
	return &jsonPlace{o.Version.String(), o.Label, o.Supplier, o.Suite, toolchain.ObjectID(*p).String()}
}

// jsonPickChange is one change of a locked set.
type jsonPickChange struct {
	jsonLockKey
	Component toolchain.Component `json:"component"`
	From      *jsonPlace          `json:"from"`
	To        *jsonPlace          `json:"to"`
	Asked     bool                `json:"asked"`
	Because   []toolchain.Reason  `json:"because"`
}

// jsonLock is the output of `lock --json`.
type jsonLock struct {
	Schema  int              `json:"schema"`
	File    string           `json:"file"`
	Changed bool             `json:"changed"`
	Sets    []cli.SetJSON    `json:"sets"`
	Changes []jsonPickChange `json:"changes"`
}

func lockJSON(path string, changed bool, list []relocked) jsonLock {
	out := jsonLock{Schema: 2, File: path, Changed: changed, Sets: []cli.SetJSON{}, Changes: []jsonPickChange{}}
	for _, r := range list {
		out.Sets = append(out.Sets, cli.NewSetJSON(r.set))
		for _, ch := range r.changes {
			out.Changes = append(out.Changes, jsonPickChange{
				keyJSON(r.set.LockKey()), ch.Component, placeJSON(ch.From), placeJSON(ch.To), ch.Asked, append([]toolchain.Reason{}, ch.Because...),
			})
		}
	}
	return out
}
