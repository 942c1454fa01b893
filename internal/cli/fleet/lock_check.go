package fleet

import (
	"fmt"
	"io"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// jsonChecked is one set in the output of `lock --check --json`.
type jsonChecked struct {
	jsonLockKey
	Kernel string           `json:"kernel"`
	Holds  bool             `json:"holds"`
	Moved  []toolchain.Move `json:"moved"`
	Unmet  string           `json:"unmet,omitempty"`
}

// jsonLockKey identifies a set of a lock.
type jsonLockKey struct {
	Target  string             `json:"target"`
	Host    toolchain.Host     `json:"host"`
	CC      toolchain.Compiler `json:"cc"`
	Backend string             `json:"backend,omitempty"`
}

func keyJSON(k toolchain.LockKey) jsonLockKey {
	return jsonLockKey{k.Target, k.Host, k.CC, string(k.Backend)}
}

// checkLock compares every set of the lock with the current requirements of the tree. It reads no catalogue and writes
// nothing.
func checkLock(a *cli.App, c *urfave.Context) error {
	path := cli.LockPath(c, c.String("tree"))
	lock, err := cli.ReadLock(path, "--check")
	if err != nil {
		return err
	}
	keys, err := cli.LockedKeys(c, path, lock)
	if err != nil {
		return err
	}
	rules, err := manifests.LoadRules()
	if err != nil {
		return err
	}
	var list []toolchain.Checked
	outdated := 0
	for _, key := range keys {
		sel, err := cli.ChooseLocked(a, c, lock, key)
		if err != nil {
			return err
		}
		checked, err := lock.Check(path, sel.Req, rules)
		if err != nil {
			return err
		}
		if !checked.Holds() {
			outdated++
		}
		list = append(list, checked)
	}
	if err := printChecked(a.Out, c, path, list); err != nil || outdated == 0 {
		return err
	}
	return &cli.ExitError{
		Code: failure.Unverified, Text: fmt.Sprintf("%s is out of date: %d of %d sets", path, outdated, len(list)),
		Hint: "krustup lock with the same --tree, --target, --host, --cc and --with updates a set; picks that still fit stay",
	}
}

func printChecked(out io.Writer, c *urfave.Context, path string, list []toolchain.Checked) error {
	if c.Bool("json") {
		sets := []jsonChecked{}
		all := true
		for _, s := range list {
			sets = append(sets, jsonChecked{keyJSON(s.Key), s.Kernel.String(), s.Holds(), append([]toolchain.Move{}, s.Moved...), s.Unmet})
			all = all && s.Holds()
		}
		return cli.WriteJSON(out, struct {
			Schema int           `json:"schema"`
			File   string        `json:"file"`
			Holds  bool          `json:"holds"`
			Sets   []jsonChecked `json:"sets"`
		}{1, path, all, sets})
	}
	for _, s := range list {
		state := "up to date"
		if !s.Holds() {
			state = "out of date"
		}
		fmt.Fprintf(out, "%s, Linux %s: %s\n", s.Key, s.Kernel, state)
		for _, m := range s.Moved {
			fmt.Fprintf(out, "  - %s\n", m)
		}
		if s.Unmet != "" {
			fmt.Fprintf(out, "  - %s\n", s.Unmet)
		}
	}
	return nil
}
