package survey

import (
	"context"
	"fmt"
	"slices"

	urfave "github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"github.com/krustup/krustup/internal/ask"
	"github.com/krustup/krustup/internal/cli"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain/install"
	"github.com/krustup/krustup/toolchain/survey"
)

// probedGates is what a rustc itself said of what a kernel uses.
type probedGates struct {
	rustc   versions.Version
	answers map[string]gateAnswer // by the name of the gate
}

// gateAnswer is one answer, or why there is none, and in what gates.toml says otherwise.
type gateAnswer struct {
	Answer     *ask.Answer `json:"answer,omitempty"`
	Unanswered string      `json:"unanswered,omitempty"`
	Disagrees  string      `json:"disagrees,omitempty"`
	News       bool        `json:"news,omitempty"` // nothing was known of it for that rustc
}

// disagreements counts them.
func (p probedGates) disagreements() (n int) {
	for _, a := range p.answers {
		if a.Disagrees != "" {
			n++
		}
	}
	return n
}

// agreements counts the answers, and those of them that what is known agrees with.
func (p probedGates) agreements() (asked, agreed int) {
	for _, a := range p.answers {
		if a.Answer == nil {
			continue
		}
		asked++
		if a.Disagrees == "" && !a.News {
			agreed++
		}
	}
	return asked, agreed
}

// said gives what the compiler said that was not known, or known otherwise.
func (p probedGates) said(asOf versions.Version) map[string]survey.GateSaid {
	said := map[string]survey.GateSaid{}
	for name, a := range p.answers {
		if a.Answer == nil || a.Disagrees == "" && !a.News && !asOf.Less(p.rustc) {
			continue
		}
		one := survey.GateSaid{State: manifests.GateState(a.Answer.State)}
		if a.Answer.State == ask.Ungated {
			one.State = manifests.GateStable
		}
		if since, err := versions.Parse(a.Answer.Since); err == nil {
			one.Since = since
		}
		said[name] = one
	}
	return said
}

// probingTools are --rustc's and what is beside it, else those of the rust that --with names and that is installed, else
// those of the set for the kernel, and where that is not installed the newest that is.
func probingTools(a *cli.App, c *urfave.Context) (ask.Tools, error) {
	if c.String("rustc") == "" && !c.IsSet("with") && c.String("host") == "" {
		env, _, err := cli.Activate(a, c)
		if err == nil {
			tools := ask.Tools{}
			for _, v := range env.Kbuild {
				switch v.Name {
				case "RUSTC":
					tools.Rustc = v.Value
				case "RUSTDOC":
					tools.Rustdoc = v.Value
				}
			}
			return tools, nil
		}
		if !cli.Is[*install.NotInstalledError](err) {
			return ask.Tools{}, err
		}
	}
	return cli.AskedTools(a, c)
}

// probeGates asks about each thing that a kernel uses.
func probeGates(ctx context.Context, tools ask.Tools, uses []survey.GateUse) (probedGates, error) {
	release, err := tools.Release(ctx)
	if err != nil {
		return probedGates{}, err
	}
	answers := make([]gateAnswer, len(uses))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(cli.Jobs())
	for i, u := range uses {
		group.Go(func() (err error) {
			answers[i], err = askGate(ctx, tools, release, u.Gate)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return probedGates{}, err
	}
	p := probedGates{release, map[string]gateAnswer{}}
	for i, u := range uses {
		p.answers[u.Name] = answers[i]
	}
	return p, nil
}

// askGate asks about one. A tool that is not there, or gives no clear answer, leaves the others their answers.
func askGate(ctx context.Context, tools ask.Tools, release versions.Version, g manifests.Gate) (gateAnswer, error) {
	question, why := gateQuestion(g)
	if why != "" {
		return gateAnswer{Unanswered: why}, nil
	}
	answer, err := tools.Ask(ctx, question)
	if cli.Is[*ask.AbsentError](err) || cli.Is[*ask.UnclearError](err) {
		return gateAnswer{Unanswered: err.Error()}, nil
	}
	if err != nil {
		return gateAnswer{}, err
	}
	known, _ := g.At(release)
	return gateAnswer{Answer: &answer, Disagrees: gateDisagrees(g, release, answer), News: known == manifests.GateNotKnown}, nil
}

// gateQuestion is what to ask about a gate, or why nothing can be asked.
func gateQuestion(g manifests.Gate) (_ ask.Question, why string) {
	var question ask.Question
	var err error
	switch {
	case g.Tool != "":
		return question, "it is a flag of " + g.Tool
	case g.OnlyFor != "":
		return question, "only core for " + g.OnlyFor + " has it"
	case g.Ask != "":
		question, err = ask.Parse(g.Ask)
	case g.Kind == "flag":
		question, err = ask.New(ask.Rustc, g.Name)
	case g.Kind == "language" || g.Kind == "library" || g.Kind == "":
		question, err = ask.New(ask.Feature, g.Name)
	default:
		return question, "there is no question for it"
	}
	if err != nil {
		return question, err.Error()
	}
	return question, ""
}

// gateDisagrees says in what gates.toml differs from rustc's answer, "" when it does not. A nightly is older than the
// release that it is on the way to: what became stable in that one may be so already.
func gateDisagrees(g manifests.Gate, release versions.Version, got ask.Answer) string {
	want, since := g.At(release)
	if want == manifests.GateNotKnown {
		return ""
	}
	same := map[ask.State][]manifests.GateState{
		ask.Stable: {manifests.GateStable}, ask.Ungated: {manifests.GateStable}, ask.Unstable: {manifests.GateUnstable},
		// Of an option that is gone rustc knows no more than of one that never was.
		ask.Removed: {manifests.GateRemoved}, ask.Unknown: {manifests.GateUnknown, manifests.GateRemoved},
	}
	switch {
	case got.State == ask.Stable && got.Since != "" && got.Since == g.Stable.String():
		return ""
	case !slices.Contains(same[got.State], want):
		return fmt.Sprintf("it says %s, and gates.toml %s", spoken(string(got.State), got.Since), spoken(string(want), since.String()))
	case got.Since != "" && !since.IsZero() && got.Since != since.String():
		return fmt.Sprintf("it says %s, and gates.toml %s", spoken(string(got.State), got.Since), spoken(string(want), since.String()))
	}
	return ""
}

func spoken(state, since string) string {
	if since == "" {
		return state
	}
	if state == "removed" {
		return "removed in " + since
	}
	return state + " since " + since
}
