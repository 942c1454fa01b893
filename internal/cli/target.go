package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/gnumake"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// MakeLine returns what make reads when a command starts it: the user's environment and, for the commands that hand
// their arguments to make, these.
func MakeLine(c *urfave.Context) gnumake.Line {
	var words []string
	if c.Command.Name == "make" || c.Command.Name == "module" {
		words = c.Args().Slice()
	}
	return gnumake.Parse(words, os.Environ())
}

// JobsArgument returns make's option -j with the number of Jobs; none if make's command line, or the make that runs
// krustup, has decided how many jobs run.
func (a *App) JobsArgument(line gnumake.Line) ([]string, error) {
	if line.JobsGiven {
		return nil, nil
	}
	jobs, err := a.Jobs()
	return []string{fmt.Sprintf("-j%d", jobs)}, err
}

// ChosenTarget returns the target that --target names, else that of the ARCH of make's command line or the
// environment, else that of the configuration, else that of the host's architecture. A --target and an ARCH that differ are an error if the ARCH is on
// the command line; in the environment it is overruled, with a warning, as make's own command line overrules it.
func ChosenTarget(a *App, c *urfave.Context, host toolchain.Host) (targets.Target, error) {
	return targetNamed(a, c, c.String("target"), host)
}

// targetNamed is ChosenTarget for a given value of --target; "" if there is none.
func targetNamed(a *App, c *urfave.Context, name string, host toolchain.Host) (targets.Target, error) {
	line := MakeLine(c)
	arch, from := statedArch(line)
	if name == "" && arch == "" {
		settings, err := a.Config()
		if err != nil {
			return targets.Target{}, err
		}
		return targets.Find(cmp.Or(settings.Words["target"].Value, host.String()))
	}
	if name == "" {
		return archTarget(c.Context, arch, from, line, cmp.Or(c.String("tree"), "."))
	}
	if name == AllTargets {
		return targets.Target{}, &UsageError{
			Text: fmt.Sprintf("--target %s: `%s` works for one target", AllTargets, c.Command.HelpName),
			Hint: "lock, install, plan, resolve, mirror and bundle take several",
		}
	}
	t, err := targets.Find(name)
	if err != nil {
		return t, err
	}
	differs := arch != "" && !kbuild.ForArch(t, arch)
	// The SUBARCH of the command line selects the variant of ARCH=um, whose Make variables are the target's.
	if subarch, origin := line.Lookup("SUBARCH"); t.SrcArch == "um" && origin == gnumake.CommandLine && (subarch == "i386") == t.Symbols["64BIT"] {
		differs, from = true, "SUBARCH="+subarch+" on make's command line"
	}
	switch {
	case !differs:
	case strings.HasSuffix(from, "command line"):
		return t, &UsageError{
			Text: fmt.Sprintf("--target %s builds for ARCH=%s, but there is %s", name, t.Arch, from),
			Hint: "leave out one of the two: each selects the target alone",
		}
	default:
		a.Screen().Warn("%s is overruled: --target %s builds for ARCH=%s", from, name, t.Arch)
	}
	return t, nil
}

// statedArch returns the ARCH that Kbuild would build for, and words that say where it is from; "" for the host's own.
// A SUBARCH counts on the command line only: scripts/subarch.include assigns it.
func statedArch(line gnumake.Line) (arch, from string) {
	for _, name := range []string{"ARCH", "SUBARCH"} {
		value, origin := line.Lookup(name)
		switch {
		case value == "":
		case origin == gnumake.CommandLine:
			return value, name + "=" + value + " on make's command line"
		case name == "ARCH":
			return value, "ARCH=" + value + " in the environment"
		}
	}
	return "", ""
}

// archTarget returns the target for a value of ARCH. If it stands for several, the configuration that make would read
// decides.
func archTarget(ctx context.Context, arch, from string, line gnumake.Line, tree string) (targets.Target, error) {
	config := ""
	if dir, err := treeDir(tree); err == nil {
		config = kbuild.Locate(dir, line).Config
	}
	found := kbuild.ArchTargets(ctx, arch, line.Value("SUBARCH"), config)
	names := make([]string, len(found))
	for i, t := range found {
		names[i] = t.Name
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		hint := "`krustup targets` lists them; --target overrules ARCH in the environment"
		if t, err := targets.Find(arch); err == nil { // another name of a target
			hint = "ARCH=" + t.Arch
		}
		return targets.Target{}, &UsageError{Text: from + ": no target has this ARCH", Hint: hint}
	}
	// No variant has Rust: any of them gives the same answer, so take the one that has ARCH as its name.
	if t, err := targets.Find(arch); err == nil && t.Since.IsZero() && kbuild.ForArch(t, arch) {
		return t, nil
	}
	return targets.Target{}, &UsageError{
		Text: fmt.Sprintf("%s stands for several targets: %s", from, strings.Join(names, ", ")),
		Hint: "--target " + names[0],
	}
}

// WarnConfigArch warns of a configuration that was made for another architecture than the target's.
func WarnConfigArch(ctx context.Context, a *App, config string, t targets.Target) {
	if arch := kbuild.ConfigArch(ctx, config); arch != "" && !kbuild.ForArch(t, arch) {
		a.Screen().Warn("%s is a configuration for ARCH=%s, but the target %s has ARCH=%s: Kbuild would convert it; --target selects the target", config, arch, t.Name, t.Arch)
	}
}
