package survey

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/ask"
	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/toolchain"
)

// askedTools returns the tools to query: those next to --rustc, else those of the newest rust in the store that --with
// allows.
func askedTools(a *cli.App, c *urfave.Context) (ask.Tools, error) {
	with, err := cli.ChosenVersions(c)
	if err != nil {
		return ask.Tools{}, err
	}
	if c.String("rustc") != "" {
		if _, both := with[toolchain.Rust]; both {
			return ask.Tools{}, &cli.UsageError{Text: "--rustc and --with rust both name the compiler to query", Hint: "use one of them; --with selects the newest installed one that fits"}
		}
		return toolsBeside(c)
	}
	host, err := cli.ChosenHost(c)
	if err != nil {
		return ask.Tools{}, err
	}
	st, err := a.Store()
	if err != nil {
		return ask.Tools{}, err
	}
	objects, damaged := st.Objects()
	rust, ok := newestInstalled(objects, toolchain.Request{Host: host, With: with})[toolchain.Rust]
	if !ok {
		if err := errors.Join(damaged...); err != nil {
			return ask.Tools{}, err
		}
		return ask.Tools{}, &cli.ExitError{Code: failure.NoSet, Text: "no rustc that fits is installed", Hint: "krustup install --kernel 7.2 installs a set; --rustc PATH queries another rustc"}
	}
	return toolsOf(rust), nil
}

// toolsOf returns the tools of an installed rust.
func toolsOf(rust store.Object) ask.Tools {
	return ask.Tools{
		Rustc: programIn(rust, "rustc"), Rustdoc: programIn(rust, "rustdoc"),
		Rustfmt: programIn(rust, "rustfmt"), Clippy: programIn(rust, "clippy-driver"),
	}
}

// toolsBeside returns --rustc and the tools of its toolchain. A name without a slash is looked up in PATH.
func toolsBeside(c *urfave.Context) (ask.Tools, error) {
	given := c.String("rustc")
	path, err := exec.LookPath(given)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return ask.Tools{}, &cli.UsageError{Text: fmt.Sprintf("--rustc %s: %v", given, err)}
	}
	tools, err := ask.Beside(c.Context, path)
	if err != nil && c.Context.Err() == nil {
		return ask.Tools{}, &cli.UsageError{Text: fmt.Sprintf("--rustc %s: expected a rustc that prints its sysroot: %v", given, err)}
	}
	return tools, err
}

// programIn returns the path of a program in an object, "" if it has none of that name.
func programIn(o store.Object, name string) string {
	if o.Record.Tools[name] == "" {
		return ""
	}
	return filepath.Join(o.Dir, o.Record.Tools[name])
}

// newestInstalled returns, for each component, the newest object for the requested host that --with allows.
func newestInstalled(objects []store.Object, req toolchain.Request) map[toolchain.Component]store.Object {
	best := map[toolchain.Component]store.Object{}
	for _, o := range objects {
		component := toolchain.Component(o.Record.Component)
		want := req.With[component]
		ofChannel := want.Channel == "" || o.Record.Suite == want.Channel || strings.HasPrefix(o.Record.Suite, want.Channel+"-")
		if o.Record.Host != req.Host.String() || !ofChannel || !want.Range.Contains(o.Record.Version) {
			continue
		}
		if old, ok := best[component]; !ok || old.Record.Version.Less(o.Record.Version) {
			best[component] = o
		}
	}
	return best
}
