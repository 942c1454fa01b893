package build

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/doctor"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain/install"
	"github.com/krustup/krustup/toolchain/kbuild"
)

func proveCommand(a *cli.App) *urfave.Command {
	flags := append(cli.SelectionFlags(false),
		&urfave.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "build in `DIR` and keep it (default: a temporary directory)"},
		&urfave.StringSliceFlag{Name: "also", Usage: "also run these `CHECKS`: " + strings.Join(kbuild.AlsoTargets, ",")},
		&urfave.StringFlag{Name: "junit", Usage: "write the steps to `FILE` as JUnit XML"},
	)
	manual := cli.Manual{
		Examples: []string{
			"krustup prove --tree linux-6.12 --target arm64",
			"krustup prove --tree linux-6.12 --also clippy,rustdoc --junit prove.xml",
		},
		Exit:     "1  configuring the kernel or building its Rust code failed\n6  the host lacks something that a kernel build needs",
		Document: "docs/proof.md",
	}
	return manual.For(a.Command("prove", "configure a kernel, build its Rust code, and record a proof", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		also, err := alsoTargets(c.StringSlice("also"))
		if err != nil {
			return err
		}
		if err := checkJUnitFile(c.String("junit")); err != nil {
			return err
		}
		env, sel, err := cli.Activate(a, c)
		if err != nil {
			return err
		}
		if err := cli.RequireHostTools(doctor.Check(c.Context, doctor.Options{SrcArch: sel.Req.Target.SrcArch})); err != nil {
			return err
		}
		cli.NoteSurroundings(a, env, sel.Req.Target, cli.MakeLine(c))
		cli.NoteVerdict(a)
		began := time.Now()
		proof, err := runProof(a, c, env, sel, also)
		if err != nil {
			return err
		}
		if err := writeJUnit(c.String("junit"), proof, began); err != nil {
			return err
		}
		if c.Bool("json") {
			if err := cli.WriteJSON(a.Out, proof); err != nil {
				return err
			}
		} else {
			printProof(a.Out, proof)
		}
		if proof.Result != kbuild.Passed {
			reportToJob(a.Screen(), proof, sel.Tree)
			return &cli.ExitError{Code: failure.Failed, Hint: "the full log: " + proof.Log}
		}
		return nil
	}))
}

func alsoTargets(given []string) ([]string, error) {
	var list []string
	for _, text := range given {
		for name := range strings.SplitSeq(text, ",") {
			if !slices.Contains(kbuild.AlsoTargets, name) {
				return nil, &cli.UsageError{Text: fmt.Sprintf("--also %q: expected some of %s", name, strings.Join(kbuild.AlsoTargets, ","))}
			}
			list = append(list, name)
		}
	}
	return list, nil
}

func runProof(a *cli.App, c *urfave.Context, env install.Environment, sel cli.Selection, also []string) (proof kbuild.Proof, err error) {
	name := kbuild.ProofName(env)
	err = cli.RunBuild(a, c, sel, name, func(st *store.Store, opts kbuild.ProveOptions) error {
		opts.Also = also
		opts.Step = func(s kbuild.ProofStep) {
			if s.OK {
				a.Screen().Note("%s: %s", s.Name, cli.FormatSeconds(s.Seconds))
			}
		}
		if proof, err = kbuild.Prove(c.Context, env, sel.Req.Target, opts); err != nil {
			return err
		}
		return proof.Save(filepath.Join(st.ProofsDir(), name+".json"))
	})
	return proof, err
}

// reportToJob prints in a CI job's log why a proof did not pass, because the log file is lost when the job ends.
func reportToJob(screen *term.Screen, p kbuild.Proof, tree string) {
	if !screen.Job() {
		return
	}
	for _, step := range p.Steps {
		if !step.OK {
			end := screen.Group("the log of " + step.Name)
			screen.Excerpt(step.Said)
			end()
		}
	}
	at, _ := p.Place()
	if inTree := filepath.Join(tree, at.File); at.File != "" && !filepath.IsAbs(at.File) {
		at.File = inTree
	}
	screen.ErrorAt(failure.InWorkspace(term.Place{File: at.File, Line: at.Line, Column: at.Column}),
		"Linux %s for %s with %s: %s: %s", p.Kernel, p.Target, p.CC, p.Result, p.Error)
}

func printProof(out io.Writer, p kbuild.Proof) {
	fmt.Fprintf(out, "Linux %s for %s with %s: %s in %s\n", p.Kernel, p.Target, p.CC, p.Result, cli.FormatSeconds(p.Seconds))
	fmt.Fprintf(out, "  tools: %s\n", toolsText(p.Versions))
	for _, product := range p.Products {
		fmt.Fprintf(out, "  built: %s\n", product)
	}
	if p.Error != "" {
		fmt.Fprintf(out, "  error: %s\n", p.Error)
	}
	fmt.Fprintf(out, "  log:   %s\n", p.Log)
}
