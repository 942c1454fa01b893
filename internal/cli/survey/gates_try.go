package survey

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/doctor"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain/install"
	"github.com/krustup/krustup/toolchain/kbuild"
)

func gatesTryCommand(a *cli.App) *urfave.Command {
	flags := append(cli.SelectionFlags(false),
		&urfave.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "build in `DIR` and keep it (default: a temporary directory)"},
	)
	manual := cli.Manual{
		Examples: []string{
			"krustup gates try --tree linux-6.12 --target arm64",
			"krustup gates try --tree linux-6.12 --target arm64 --output build",
		},
		Exit:     "0  the refusals are known, whatever they are\n1  the kernel does not build with RUSTC_BOOTSTRAP either",
		Document: "docs/gates.md",
	}
	return manual.For(a.Command("try", "build without RUSTC_BOOTSTRAP and list the refusals", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		env, sel, err := cli.Activate(a, c)
		if err != nil {
			return err
		}
		if err := cli.RequireHostTools(doctor.Check(c.Context, doctor.Options{SrcArch: sel.Req.Target.SrcArch})); err != nil {
			return err
		}
		uses, err := kernel.ReadUses(sel.Tree)
		if err != nil {
			return err
		}
		trial, err := tryGates(a, c, env, sel)
		if err != nil {
			return err
		}
		if trial.Failure != "" {
			return &cli.ExitError{Code: failure.Failed, Text: fmt.Sprintf("%s: %s", trial.FailedBy, trial.Failure), Hint: "the full log: " + trial.Log}
		}
		gates, err := manifests.LoadGates()
		if err != nil {
			return err
		}
		nameGates(trial.Crates, gates)
		tried := gatesTried(trial, uses, sel.Tree)
		if c.Bool("json") {
			return cli.WriteJSON(a.Out, tried)
		}
		return printTried(a.Out, tried)
	}))
}

// nameGates adds the gate to errors that only name its tracking issue, when the issue tracks no other gate.
func nameGates(crates []kbuild.TrialCrate, gates manifests.Gates) {
	tracked := map[string][]string{}
	for _, g := range gates.Gates {
		if number, ok := strings.CutPrefix(g.Tracking, "https://github.com/rust-lang/rust/issues/"); ok && g.Kind != "flag" {
			tracked[number] = append(tracked[number], g.Name)
		}
	}
	for _, crate := range crates {
		for _, list := range [][]kbuild.Diagnostic{crate.Stable, crate.Gates} {
			for i, d := range list {
				if len(tracked[d.Issue]) == 1 {
					list[i].Gates = tracked[d.Issue]
				}
			}
		}
	}
}

func tryGates(a *cli.App, c *urfave.Context, env install.Environment, sel cli.Selection) (trial kbuild.Trial, err error) {
	cli.NoteSurroundings(a, env, sel.Req.Target, cli.MakeLine(c))
	cli.NoteVerdict(a)
	err = cli.RunBuild(a, c, sel, "gates-"+kbuild.ProofName(env), func(_ *store.Store, opts kbuild.ProveOptions) error {
		opts.Step = func(s kbuild.ProofStep) {
			word := cli.FormatSeconds(s.Seconds)
			if !s.OK {
				word = "refused after " + word
			}
			a.Screen().Note("%s: %s", s.Name, word)
		}
		trial, err = kbuild.TryGates(c.Context, env, sel.Req.Target, opts)
		return err
	})
	return trial, err
}

// jsonTried is the documented form of `krustup gates try` (docs/json.md).
type jsonTried struct {
	Schema int                   `json:"schema"`
	Kernel string                `json:"kernel"`
	Target string                `json:"target"`
	Rustc  string                `json:"rustc"`
	Built  bool                  `json:"built"` // without RUSTC_BOOTSTRAP
	Errors []kbuild.CountedError `json:"errors"`
	Gates  []jsonTriedGate       `json:"gates"`
	Flags  []jsonTriedFlag       `json:"flags"`
	Other  []jsonTriedError      `json:"other"` // refused for another reason than a feature or a flag
	Unread []string              `json:"not_read_from_tree"`
	Log    string                `json:"log"`

	Seconds float64 `json:"seconds"`
}

// jsonTriedGate is a feature that rustc refused.
type jsonTriedGate struct {
	Name   string   `json:"name"`
	Crates []string `json:"crates"`
	Asked  int      `json:"asked"` // E0554: requested on stable
	Used   int      `json:"used"`  // E0658: used where it is not enabled
	Needed bool     `json:"needed"`
	Stable bool     `json:"stable"` // rustc reports it as stable
	First  string   `json:"first"`  // the first place where it is refused
}

type jsonTriedFlag struct {
	Name   string   `json:"name"`
	Crates []string `json:"crates"`
}

type jsonTriedError struct {
	Message string   `json:"message"`
	Crates  []string `json:"crates"`
}

// coreProduct is core itself, whose features are internal to rustc.
const coreProduct = "rust/core.o"

func gatesTried(t kbuild.Trial, uses kernel.Uses, tree string) jsonTried {
	out := jsonTried{
		Schema: 1, Kernel: t.Kernel, Target: t.Target, Rustc: t.Rustc, Built: t.Wall.Built, Errors: cli.NonNil(t.Wall.Errors),
		Gates: []jsonTriedGate{}, Flags: []jsonTriedFlag{}, Other: []jsonTriedError{}, Unread: []string{}, Log: t.Log, Seconds: t.Seconds,
	}
	core := 0
	for _, crate := range t.Crates {
		other := false
		for _, d := range slices.Concat(crate.Stable, crate.Gates) {
			switch {
			case crate.Made == coreProduct && len(d.Gates) > 0:
				core += len(d.Gates)
			case crate.Made == coreProduct: // core does not compile without its features
			case len(d.Gates) > 0:
				out.addGates(crate.Made, d, tree)
			case !other: // later errors mostly follow from the first
				out.addOther(crate.Made, d.Message)
				other = true
			}
		}
		for _, flag := range crate.Flags {
			out.addFlag(crate.Made, flag)
		}
	}
	if core > 0 {
		out.addOther(coreProduct, fmt.Sprintf("core requests %d features of its own", core))
	}
	slices.SortFunc(out.Gates, func(a, b jsonTriedGate) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(out.Flags, func(a, b jsonTriedFlag) int { return strings.Compare(a.Name, b.Name) })
	for _, g := range out.Gates {
		if !slices.ContainsFunc(uses.List, func(u kernel.Use) bool { return u.Gate() && u.Name == g.Name }) {
			out.Unread = append(out.Unread, g.Name)
		}
	}
	for _, f := range out.Flags {
		if !slices.ContainsFunc(uses.List, func(u kernel.Use) bool { return u.Kind == kernel.FlagUse && u.Name == f.Name }) {
			out.Unread = append(out.Unread, f.Name)
		}
	}
	return out
}

func (out *jsonTried) addGates(made string, d kbuild.Diagnostic, tree string) {
	for _, name := range d.Gates {
		at := slices.IndexFunc(out.Gates, func(g jsonTriedGate) bool { return g.Name == name })
		if at < 0 {
			at = len(out.Gates)
			out.Gates = append(out.Gates, jsonTriedGate{Name: name})
		}
		g := &out.Gates[at]
		switch d.Code {
		case "E0554":
			g.Asked++
		case "E0658":
			g.Used++
			g.Needed = true
		case "E0725":
			g.Needed = true
		}
		g.Stable = g.Stable || slices.Contains(d.Stable, name)
		if g.First == "" && d.File != "" && !strings.HasPrefix(d.File, "<") {
			g.First = fmt.Sprintf("%s:%d", strings.TrimPrefix(d.File, tree+string(filepath.Separator)), d.Line)
		}
		if !slices.Contains(g.Crates, made) {
			g.Crates = append(g.Crates, made)
		}
	}
}

func (out *jsonTried) addFlag(made, flag string) {
	name, _, _ := strings.Cut(flag, "=")
	name = strings.ReplaceAll(name, "_", "-")
	at := slices.IndexFunc(out.Flags, func(f jsonTriedFlag) bool { return f.Name == name })
	if at < 0 {
		at = len(out.Flags)
		out.Flags = append(out.Flags, jsonTriedFlag{Name: name})
	}
	if f := &out.Flags[at]; !slices.Contains(f.Crates, made) {
		f.Crates = append(f.Crates, made)
	}
}

func (out *jsonTried) addOther(made, message string) {
	at := slices.IndexFunc(out.Other, func(e jsonTriedError) bool { return e.Message == message })
	if at < 0 {
		at = len(out.Other)
		out.Other = append(out.Other, jsonTriedError{Message: message})
	}
	if e := &out.Other[at]; !slices.Contains(e.Crates, made) {
		e.Crates = append(e.Crates, made)
	}
}

func printTried(w io.Writer, t jsonTried) error {
	out := &cli.TextWriter{W: w}
	how := "does not build"
	if t.Built {
		how = "builds"
	}
	out.Printf("Linux %s for %s %s without RUSTC_BOOTSTRAP, rustc %s\n", t.Kernel, t.Target, how, t.Rustc)
	for _, e := range t.Errors {
		out.Paragraph("  %d × %s", e.Times, e.Message)
	}
	out.Printf("\n")
	var rows [][]string
	for _, g := range t.Gates {
		word := "unstable"
		switch {
		case g.Stable:
			word = "stable, but requested"
		case g.Used == 0:
			word = "unstable; no use reached"
		}
		rows = append(rows, []string{g.Name, fmt.Sprint(g.Used), word}, []string{strings.TrimSpace(g.First + " in " + strings.Join(g.Crates, ", "))})
	}
	for _, f := range t.Flags {
		rows = append(rows, []string{f.Name, "", "in " + term.Count(len(f.Crates), "command", "commands")})
	}
	if err := term.Table(w, []string{"NAME", "USES", "REFUSED AS"}, rows); err != nil {
		return err
	}
	for _, e := range t.Other {
		out.Paragraph("%s: %s", strings.Join(e.Crates, ", "), e.Message)
	}
	if len(t.Unread) > 0 {
		out.List("not found in the tree by `krustup gates`: ", t.Unread)
	} else {
		out.Printf("`krustup gates` finds each of them in the tree\n")
	}
	out.Printf("log: %s\n", t.Log)
	return out.Err
}
