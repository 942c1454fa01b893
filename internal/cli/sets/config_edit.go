package sets

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/config"
	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/manual"
)

// projectFlag is --project of the commands that change a file.
func projectFlag() urfave.Flag {
	return &urfave.BoolFlag{Name: "project", Usage: "change the krustup.toml in the current directory"}
}

func configGetCommand(a *cli.App) *urfave.Command {
	manual := cli.Manual{
		Examples: []string{"krustup config get suppliers", "krustup config get mirrors.debian"},
		Exit:     "1  nothing sets it, and it has no default",
		Document: "docs/suppliers.md",
	}
	flags := []urfave.Flag{&urfave.StringFlag{Name: "tree", Usage: "read the krustup.toml of kernel source `DIR` if there is none here"}}
	return manual.For(a.Command("get", "print the value of one setting", "SETTING", flags, func(c *urfave.Context) error {
		if c.NArg() != 1 {
			return wrongSettings(c, "one setting")
		}
		_, list, err := readSettings(a)
		if err != nil {
			return err
		}
		name := c.Args().First()
		for _, s := range list {
			if s.Name != name {
				continue
			}
			if c.Bool("json") {
				return cli.WriteJSON(a.Out, s)
			}
			_, err := fmt.Fprintln(a.Out, s.Value)
			return err
		}
		if slices.Contains(config.Keys(), name) {
			return &cli.ExitError{Code: failure.Failed, Text: name + " is not set"}
		}
		return unknownSetting(name)
	}))
}

func configSetCommand(a *cli.App) *urfave.Command {
	manual := cli.Manual{
		Examples: []string{"krustup config set target arm64", "krustup config set --project suppliers debian rust-lang"},
		Document: "docs/suppliers.md",
	}
	return manual.For(a.Command("set", "set a setting in the user's file, or in the project's", "SETTING VALUE [VALUE]...", []urfave.Flag{projectFlag()}, func(c *urfave.Context) error {
		if c.NArg() < 2 {
			return wrongSettings(c, "a setting and its value")
		}
		return changeSetting(a, c, c.Args().First(), c.Args().Tail())
	}))
}

func configUnsetCommand(a *cli.App) *urfave.Command {
	manual := cli.Manual{
		Examples: []string{"krustup config unset target", "krustup config unset --project mirrors.debian"},
		Document: "docs/suppliers.md",
	}
	return manual.For(a.Command("unset", "remove a setting from the user's file, or from the project's", "SETTING", []urfave.Flag{projectFlag()}, func(c *urfave.Context) error {
		if c.NArg() != 1 {
			return wrongSettings(c, "one setting")
		}
		return changeSetting(a, c, c.Args().First(), nil)
	}))
}

func wrongSettings(c *urfave.Context, want string) error {
	return &cli.UsageError{
		Text: fmt.Sprintf("krustup config %s: expected %s, found %d arguments", c.Command.Name, want, c.NArg()),
		Hint: "settings: " + strings.Join(config.Keys(), ", "),
	}
}

func unknownSetting(name string) error {
	text := fmt.Sprintf("unknown setting %q", name)
	if near := manual.Nearest(name, config.Keys()); near != "" {
		text += ": did you mean " + near + "?"
	}
	return &cli.UsageError{Text: text, Hint: "settings: " + strings.Join(config.Keys(), ", ")}
}

// changedFile returns the path of the file to change, and its content. The user's file may be a link to where it is kept.
// A project's is never followed, because it comes with somebody else's source code.
func changedFile(project bool) (path string, data []byte, err error) {
	path = config.ProjectFile
	if !project {
		if path = config.UserFile(); path == "" {
			return "", nil, &cli.UsageError{Text: "the user's configuration file is unknown: HOME is not set", Hint: config.Variable + "=FILE krustup config …"}
		}
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
	}
	data, err = os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil, nil
	}
	return path, data, err
}

// changeSetting sets or, without values, removes a setting, and says where.
func changeSetting(a *cli.App, c *urfave.Context, key string, values []string) error {
	if !slices.Contains(config.Keys(), key) {
		return unknownSetting(key)
	}
	project := c.Bool("project")
	path, data, err := changedFile(project)
	if err != nil {
		return fmt.Errorf("reading configuration: %w", err)
	}
	changed, err := config.Set(path, data, project, key, values...)
	if err != nil {
		return err
	}
	if string(changed) == string(data) {
		a.Screen().Note("%s: nothing to change", path)
		return writeChanged(a, c, path, false)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("writing configuration: %w", err)
	}
	if err := disk.ReplaceFile(path, changed); err != nil {
		return err
	}
	a.Screen().Note("%s: changed %s", path, key)
	return writeChanged(a, c, path, true)
}

// writeChanged prints, with --json, which file a command changed.
func writeChanged(a *cli.App, c *urfave.Context, path string, changed bool) error {
	if !c.Bool("json") {
		return nil
	}
	return cli.WriteJSON(a.Out, struct {
		Schema  int    `json:"schema"`
		File    string `json:"file"`
		Changed bool   `json:"changed"`
	}{1, path, changed})
}

func configEditCommand(a *cli.App) *urfave.Command {
	manual := cli.Manual{
		Examples: []string{"krustup config edit", "EDITOR=nano krustup config edit --project"},
		Exit:     "2  the file is not valid any more; it is kept as it was written",
		Document: "docs/suppliers.md",
	}
	return manual.For(a.Command("edit", "open the user's file, or the project's, in $VISUAL, $EDITOR or vi", "", []urfave.Flag{projectFlag()}, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		project := c.Bool("project")
		path, before, err := changedFile(project)
		if err != nil {
			return fmt.Errorf("reading configuration: %w", err)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("writing configuration: %w", err)
		}
		if err := editFile(c, path); err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) { // nothing was saved
			return writeChanged(a, c, path, false)
		}
		if err != nil {
			return fmt.Errorf("reading configuration: %w", err)
		}
		if err := config.Check(path, data, project); err != nil {
			return err
		}
		return writeChanged(a, c, path, !bytes.Equal(before, data))
	}))
}

// editFile runs the user's editor, whose command line is for a shell, as git does.
func editFile(c *urfave.Context, path string) error {
	editor := "vi"
	for _, name := range []string{"EDITOR", "VISUAL"} {
		if text := os.Getenv(name); text != "" {
			editor = text
		}
	}
	cmd := exec.CommandContext(c.Context, "sh", "-c", editor+` "$@"`, editor, path)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return &cli.UsageError{Text: fmt.Sprintf("editor %q: %v", editor, err), Hint: "set VISUAL or EDITOR"}
	}
	return nil
}
