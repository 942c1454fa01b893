package sets

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
	xterm "golang.org/x/term"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/config"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
)

func uninstallCommand(a *cli.App) *urfave.Command {
	flags := []urfave.Flag{
		&urfave.BoolFlag{Name: "yes", Aliases: []string{"y"}, Usage: "do not ask"},
		&urfave.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "only print what would be removed"},
	}
	manual := cli.Manual{
		Examples: []string{
			"krustup uninstall --dry-run",
			"krustup uninstall --yes",
		},
		Exit:     "1  a build is running with a set\n2  --yes is missing, and nobody can be asked",
		Document: "docs/store.md",
	}
	return manual.For(a.Command("uninstall", "remove the store and the user's configuration", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		st, err := a.Store()
		if err != nil {
			return err
		}
		paths, foreign, err := krustupsOwn(st)
		if err != nil {
			return err
		}
		bytes, err := store.DiskUsage(paths...)
		if err != nil {
			return err
		}
		dry := c.Bool("dry-run")
		t := &cli.TextWriter{W: a.Out}
		if !c.Bool("json") {
			for _, path := range paths {
				t.Printf("%s\n", path)
			}
			t.Printf("%s, %s\n", term.Count(len(paths), "file or directory", "files and directories"), term.Bytes(bytes))
		}
		for _, path := range foreign {
			a.Screen().Note("%s is not krustup's: kept", path)
		}
		if len(paths) > 0 && !dry {
			if err := confirm(a, c); err != nil {
				return err
			}
			if err := removeAll(a, c, st, paths, len(foreign) == 0); err != nil {
				return err
			}
		}
		if exe, err := os.Executable(); err == nil {
			a.Screen().Note("the program itself is left: %s; remove it as it was installed (make uninstall, or the package manager)", exe)
		}
		a.Screen().Note("krustup.lock and krustup.toml in projects are yours, and are left")
		if c.Bool("json") {
			return cli.WriteJSON(a.Out, struct {
				Schema  int      `json:"schema"`
				DryRun  bool     `json:"dry_run"`
				Paths   []string `json:"paths"`
				Foreign []string `json:"foreign"`
				Bytes   int64    `json:"bytes"`
			}{1, dry, cli.NonNil(paths), cli.NonNil(foreign), bytes})
		}
		return t.Err
	}))
}

// krustupsOwn returns what krustup made in its home and the user's configuration, and what else is in the home.
func krustupsOwn(st *store.Store) (own, foreign []string, err error) {
	entries, err := os.ReadDir(st.Home())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("listing the store: %w", err)
	}
	for _, entry := range entries {
		path := filepath.Join(st.Home(), entry.Name())
		if slices.Contains(store.Directories, entry.Name()) && entry.IsDir() {
			own = append(own, path)
		} else {
			foreign = append(foreign, path)
		}
	}
	if file := config.UserFile(); file != "" && os.Getenv(config.Variable) == "" {
		if _, err := os.Lstat(file); err == nil {
			own = append(own, file)
		}
	}
	return own, foreign, nil
}

// confirm asks on a terminal, unless --yes answers.
func confirm(a *cli.App, c *urfave.Context) error {
	if c.Bool("yes") {
		return nil
	}
	if !xterm.IsTerminal(int(os.Stdin.Fd())) {
		return &cli.UsageError{Text: "uninstall: nothing was removed: stdin is not a terminal, so nobody can be asked", Hint: "krustup uninstall --yes"}
	}
	fmt.Fprint(a.Err, "krustup: remove all of this? [y/N] ")
	answer, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return &cli.ExitError{Code: failure.Failed, Text: "nothing was removed"}
	}
	return nil
}

// removeAll removes the paths while no installation is running. It first makes sure that no build is running either.
func removeAll(a *cli.App, c *urfave.Context, st *store.Store, paths []string, whole bool) error {
	if _, err := os.Stat(st.Home()); err == nil {
		release, err := st.Collect(c.Context, "uninstalling", waitingForStore(a))
		if err != nil {
			return err
		}
		defer release()
		ids, err := st.SetIDs()
		if err != nil {
			return err
		}
		for id, base := range ids {
			if running, err := st.Running(id); !base && (err != nil || running) {
				return errors.Join(err, &store.InUseError{Set: id})
			}
		}
	}
	for _, path := range paths {
		if c.Context.Err() != nil {
			return c.Context.Err()
		}
		if err := store.RemoveTree(path); err != nil {
			return fmt.Errorf("removing %s: %w", path, err)
		}
		_ = os.Remove(filepath.Dir(path)) // of the configuration, if it is empty now
	}
	if whole {
		_ = os.Remove(st.Home())
	}
	return nil
}
