package fleet

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// ciCommand returns `krustup ci`: commands that write the configuration of a CI system, or that it runs.
func ciCommand(a *cli.App) *urfave.Command {
	manual := func(examples ...string) cli.Manual { return cli.Manual{Examples: examples, Document: "docs/ci.md"} }
	command := manual("krustup ci key --locked --tree linux-6.12", "krustup ci init github --tree linux --target arm64").For(
		a.Command("ci", "print cache keys and job matrices, write CI configurations", "", nil, cli.NeedCommand),
	)
	locked := []urfave.Flag{&urfave.BoolFlag{Name: "locked", Usage: "use the sets of krustup.lock; needs no network"}, cli.LockFlag()}
	command.Subcommands = []*urfave.Command{
		manual("krustup ci key --locked --tree linux-6.12", "krustup ci key --tree linux-6.12 --target arm64").For(
			a.Command("key", "print the key of a cache for the sets to install", "", slices.Concat(cli.ManySelectionFlags(), locked), func(c *urfave.Context) error { return ciKey(a, c) }),
		),
		manual("krustup ci paths", "krustup ci paths --json").For(
			a.Command("paths", "print the directories to cache, one per line", "", nil, func(c *urfave.Context) error { return ciPaths(a, c) }),
		),
		manual("krustup ci matrix --tree linux-6.12", "krustup ci matrix --kernel 7.2 --target arm64 --cc clang").For(
			a.Command("matrix", "print the targets and compilers with Rust as a job matrix", "", slices.Concat(matrixFlags(), cli.KernelFlags()), func(c *urfave.Context) error { return ciMatrix(a, c) }),
		),
		manual("krustup ci init github --tree linux --target arm64", "krustup ci init gitlab --kernel 7.2 --cc clang,gcc").For(
			a.Command("init", "write the configuration of a CI system into a repository", strings.Join(systemNames(), "|"), initFlags(), func(c *urfave.Context) error { return ciInit(a, c) }),
		),
	}
	cli.InheritOptions(command)
	return command
}
