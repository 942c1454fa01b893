package build

import (
	"errors"
	"fmt"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/supplier/rustlang"
	"github.com/krustup/krustup/toolchain"
)

// Exit codes of a bisection step. git-bisect(1) reads 0 as good, 125 as a commit that cannot be tested, and any other
// code below 128 as bad. All other codes abort the bisection; 255 is the manual's example.
const (
	BisectSkip = 125 // git bisect skips the commit
	bisectStop = 255
)

// bisectResult is what `bisect run --json` prints.
type bisectResult struct {
	Schema  int                `json:"schema"`
	Kernel  string             `json:"kernel,omitempty"`
	Target  string             `json:"target,omitempty"`
	CC      toolchain.Compiler `json:"cc,omitempty"`
	Tools   map[string]string  `json:"tools,omitempty"` // component to version
	Command []string           `json:"command"`
	Exit    int                `json:"exit"`
	Verdict string             `json:"verdict"`         // how git bisect reads the exit code: good, bad, skip or stop
	Error   string             `json:"error,omitempty"` // why the command was not run
}

func bisectCommand(a *cli.App) *urfave.Command {
	// git bisect would read exit code 2 as a bad commit, so every error is returned as a stepError.
	flags := slices.Concat(cli.SelectionFlags(false), []urfave.Flag{cli.OfflineFlag()}, cli.LockedFlags())
	onUsage := func(_ *urfave.Context, err error, _ bool) error {
		return &stepError{&cli.UsageError{Text: cli.OptionText(err, flags), Hint: "krustup bisect run --help"}}
	}
	manual := func(examples ...string) cli.Manual {
		return cli.Manual{
			Examples: examples,
			Exit: "the exit code of the command, if it ran\n" +
				"125  no set fits the commit: git bisect skips it\n" +
				"255  any other error: git bisect stops",
			Document: "docs/bisect.md",
		}
	}
	step := manual(
		"git bisect run krustup bisect run -- make samples/rust/",
		"git bisect run krustup bisect run --target arm64 --offline -- ~/test.sh",
	).For(a.Command("run", "run a command with a commit's tools, for `git bisect`", "-- COMMAND [ARGUMENTS]", flags, func(c *urfave.Context) error { return bisectStep(a, c) }))
	inner := step.Action
	step.OnUsageError = onUsage
	step.Action = func(c *urfave.Context) error {
		err := inner(c)
		if err == nil || c.Context.Err() != nil || failure.Is[*cli.ExitError](err) {
			return err
		}
		failed := &stepError{err}
		if c.Bool("json") {
			result := bisectResult{Schema: 1, Command: c.Args().Slice(), Exit: failed.ExitCode(), Verdict: verdict(failed.ExitCode()), Error: err.Error()}
			if err := cli.WriteJSON(a.Out, result); err != nil {
				return &stepError{err}
			}
		}
		return failed
	}
	return manual("git bisect start v7.3 v6.12", "git bisect run krustup bisect run --target arm64 -- ~/test.sh").For(a.Adopt(&urfave.Command{
		Name: "bisect", Usage: "find a kernel's first bad commit, with each commit's tools",
		OnUsageError: onUsage, Subcommands: []*urfave.Command{step},
		Action: func(c *urfave.Context) error {
			// Printing the help and exiting with 0 would mark the commit as good.
			text := "krustup bisect: expected run"
			if c.NArg() > 0 {
				text += fmt.Sprintf(", found %q", c.Args().First())
			}
			return &stepError{&cli.UsageError{Text: text, Hint: "git bisect run krustup bisect run -- COMMAND"}}
		},
	}))
}

// bisectStep runs a command with the set of the checked-out commit. An exit code other than 0 is returned as an
// ExitError.
func bisectStep(a *cli.App, c *urfave.Context) error {
	if c.NArg() == 0 {
		return &cli.UsageError{Text: "bisect run: expected a command that tests the commit", Hint: "git bisect run krustup bisect run -- make samples/rust/"}
	}
	sel, err := cli.Choose(a, c)
	if err != nil {
		return err
	}
	env, err := cli.EnsureInstalled(a, c, sel)
	if err != nil {
		return err
	}
	cli.NoteSurroundings(a, env, sel.Req.Target, cli.MakeLine(c))
	a.Screen().Note("Linux %s for %s: %s", env.Kernel, env.Target, toolsText(env.Versions()))
	code, err := runChild(a, c, env, c.Args().Slice(), childOutput(a, c))
	if err != nil {
		return err
	}
	if c.Bool("json") {
		err := cli.WriteJSON(a.Out, bisectResult{
			Schema: 1, Kernel: env.Kernel, Target: env.Target, CC: env.CC, Tools: env.Versions(),
			Command: c.Args().Slice(), Exit: code, Verdict: verdict(code),
		})
		if err != nil {
			return err
		}
	}
	if code != 0 {
		return &cli.ExitError{Code: code}
	}
	return nil
}

func verdict(code int) string {
	switch {
	case code == 0:
		return "good"
	case code == BisectSkip:
		return "skip"
	case code < 128:
		return "bad"
	}
	return "stop"
}

// stepError is an error that kept the command of a bisection step from running.
type stepError struct{ err error }

func (e *stepError) Error() string {
	if e.ExitCode() == BisectSkip {
		return e.err.Error() + "\n  git bisect skips this commit"
	}
	return e.err.Error() + "\n  git bisect stops: fix this, and the same `git bisect run …` continues from this commit"
}

func (e *stepError) Unwrap() error { return e.err }

// ExitCode returns BisectSkip for a commit that has no set, and bisectStop for all other errors: the next commit would
// fail in the same way, and a short network outage must neither blame a commit nor skip it.
func (e *stepError) ExitCode() int {
	none := failure.Code(e.err) == failure.NoSet || failure.Is[*toolchain.NotLockedError](e.err)
	if none && !everyCommit(e.err) {
		return BisectSkip
	}
	return bisectStop
}

// everyCommit reports whether the command line or the lock rules out a set for every commit.
func everyCommit(err error) bool {
	if noSet, ok := errors.AsType[*toolchain.NoSetError](err); ok {
		return slices.ContainsFunc(noSet.Collisions, func(c toolchain.Collision) bool { return c.Asked })
	}
	if locked, ok := errors.AsType[*toolchain.NotLockedError](err); ok {
		return locked.Reason == "" // no set for the target
	}
	return failure.Is[*rustlang.NoReleaseError](err)
}
