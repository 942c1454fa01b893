package fleet

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/mirror"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

func bundleCommand(a *cli.App) *urfave.Command {
	flags := sliceFlags(
		&urfave.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the bundle to `FILE`, which must end in .tar.zst"},
		&urfave.StringSliceFlag{Name: "krustup", Usage: "include the static krustup program `FILE` (default: this program)"},
	)
	manual := cli.Manual{
		Examples: []string{
			"krustup bundle --locked -o kit.tar.zst",
			"krustup bundle --tree linux-6.12 --target arm64 -o kit.tar.zst",
		},
		Document: "docs/mirror.md",
	}
	return manual.For(a.Command("bundle", "write the files of sets to one file, for offline machines", "", flags, func(c *urfave.Context) error {
		output, err := bundleOutput(c)
		if err != nil {
			return err
		}
		return bundle(a, c, output)
	}))
}

// bundleOutput returns the value of --output.
func bundleOutput(c *urfave.Context) (string, error) {
	if err := cli.NoArguments(c); err != nil {
		return "", err
	}
	output := c.String("output")
	switch {
	case output == "":
		return "", &cli.UsageError{Text: "krustup bundle needs the name of a file: -o FILE", Hint: "krustup bundle --locked -o kit.tar.zst"}
	case !strings.HasSuffix(output, ".tar.zst"):
		return "", &cli.UsageError{Text: fmt.Sprintf("-o %s: expected a name that ends in .tar.zst", output)}
	}
	return output, nil
}

func bundle(a *cli.App, c *urfave.Context, output string) error {
	programs, err := bundledPrograms(c)
	if err != nil {
		return err
	}
	w, err := chooseSlice(a, c, false)
	if err != nil {
		return err
	}
	for _, set := range w.sets {
		if !slices.ContainsFunc(programs, func(p mirror.Program) bool { return p.Host == set.Host }) {
			a.Screen().Warn("the bundle has a set for host %s, but no krustup for it: --krustup FILE adds one", set.Host)
		}
	}
	in, watch, err := a.Installer(w.suppliers, c.Bool("offline"))
	if err != nil {
		return err
	}
	defer watch.Close()
	if err := in.Store.EnsureWritable(); err != nil {
		return err
	}
	written, err := writeBundle(c.Context, in, w.slice, programs, output)
	if err != nil {
		return err
	}
	watch.Close()
	a.Screen().Note("%s: %s, %s, SHA-256 %s", output, term.Count(written.Files, "file", "files"), term.Bytes(written.size), written.digest)
	if !c.Bool("json") {
		return nil
	}
	hosts := []toolchain.Host{}
	for _, p := range programs {
		hosts = append(hosts, p.Host)
	}
	return cli.WriteJSON(a.Out, struct {
		Schema int          `json:"schema"`
		File   string       `json:"file"`
		Size   int64        `json:"size"`
		Digest trust.Digest `json:"sha256"`
		jsonSlice
		Programs []toolchain.Host `json:"programs"`
	}{1, output, written.size, written.digest, w.json(written.Result), hosts})
}

// bundledPrograms returns the programs that --krustup names, else this program. There can be one for each host.
func bundledPrograms(c *urfave.Context) ([]mirror.Program, error) {
	names := c.StringSlice("krustup")
	if len(names) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("finding this program: %w", err)
		}
		names = []string{self}
	}
	var list []mirror.Program
	for _, name := range names {
		p, err := mirror.ReadProgram(name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(list, func(o mirror.Program) bool { return o.Host == p.Host }) {
			return nil, &cli.UsageError{Text: fmt.Sprintf("--krustup %s: a program for host %s is given twice", name, p.Host)}
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(x, y mirror.Program) int { return strings.Compare(x.Path(), y.Path()) })
	return list, nil
}

// bundled describes a bundle that was written.
type bundled struct {
	mirror.Result
	size   int64 // of the file
	digest trust.Digest
}

// writeBundle writes to a temporary file in the directory of output and renames it, so output is never incomplete.
func writeBundle(ctx context.Context, in *install.Installer, s mirror.Slice, programs []mirror.Program, output string) (bundled, error) {
	sum := sha256.New()
	var result mirror.Result
	err := disk.Replace(ctx, output, func(w io.Writer) (err error) {
		_, result, err = mirror.Bundle(ctx, in, s, programs, io.MultiWriter(w, sum))
		return err
	})
	if err != nil {
		return bundled{}, err
	}
	info, err := os.Stat(output)
	if err != nil {
		return bundled{}, fmt.Errorf("writing %s: %w", output, err)
	}
	return bundled{result, info.Size(), trust.SumDigest([sha256.Size]byte(sum.Sum(nil)))}, nil
}
