package survey

import (
	"context"
	"fmt"
	"slices"

	urfave "github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"github.com/krustup/krustup/internal/ask"
	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain/install"
	"github.com/krustup/krustup/toolchain/survey"
)

// probedGates holds a rustc's own answers about what a kernel uses.
type probedGates struct {
	rustc   versions.Version
	answers map[string]gateAnswer // by the name of the gate
}

// gateAnswer is one answer, or why there is none, and how gates.toml differs from it.
type gateAnswer struct {
	Answer     *ask.Answer `json:"answer,omitempty"`
	Unanswered string      `json:"unanswered,omitempty"`
	Disagrees  string      `json:"disagrees,omitempty"`
	News       bool        `json:"news,omitempty"` // gates.toml has nothing on it for that rustc
}

// disagreements returns the number of answers that gates.toml contradicts.
func (p probedGates) disagreements() (n int) {
	for _, a := range p.answers {
		if a.Disagrees != "" {
			n++
		}
	}
	return n
}

// agreements returns the number of answers, and how many of them gates.toml agrees with.
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

// said returns the answers that gates.toml does not have, or contradicts.
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

// probingTools returns the tools to ask: --rustc and the tools of its toolchain, else those of the installed rust that
// --with names, else those of the kernel's set, or of the newest installed rust when that set is not installed.
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
		if !failure.Is[*install.NotInstalledError](err) {
			return ask.Tools{}, err
		}
	}
	return askedTools(a, c)
}

// probeGates asks about each of a kernel's uses, with a number of jobs at once.
func probeGates(ctx context.Context, jobs int, tools ask.Tools, uses []survey.GateUse) (probedGates, error) {
	release, err := tools.Release(ctx)
	if err != nil {
		return probedGates{}, err
	}
	answers := make([]gateAnswer, len(uses))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(jobs)
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

// askGate asks about one gate. A missing tool or an unclear answer is not an error, so that the other gates are still
// asked about.
func askGate(ctx context.Context, tools ask.Tools, release versions.Version, g manifests.Gate) (gateAnswer, error) {
	question, why := gateQuestion(g)
	if why != "" {
		return gateAnswer{Unanswered: why}, nil
	}
	answer, err := tools.Ask(ctx, question)
	if failure.Is[*ask.MissingToolError](err) || failure.Is[*ask.UnclearError](err) {
		return gateAnswer{Unanswered: err.Error()}, nil
	}
	if err != nil {
		return gateAnswer{}, err
	}
	known, _ := g.At(release)
	return gateAnswer{Answer: &answer, Disagrees: gateDisagrees(g, release, answer), News: known == manifests.GateNotKnown}, nil
}

// gateQuestion returns the question about a gate, or why none can be asked.
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
		return question, "nothing can be asked about it"
	}
	if err != nil {
		return question, err.Error()
	}
	return question, ""
}

// gateDisagrees returns how gates.toml differs from rustc's answer, "" when it does not. A nightly sorts before its
// release, but what is stable in the release may already be stable in the nightly.
func gateDisagrees(g manifests.Gate, release versions.Version, got ask.Answer) string {
	want, since := g.At(release)
	if want == manifests.GateNotKnown {
		return ""
	}
	same := map[ask.State][]manifests.GateState{
		ask.Stable: {manifests.GateStable}, ask.Ungated: {manifests.GateStable}, ask.Unstable: {manifests.GateUnstable},
		// rustc does not distinguish a removed option from one that never existed.
		ask.Removed: {manifests.GateRemoved}, ask.Unknown: {manifests.GateUnknown, manifests.GateRemoved},
	}
	switch {
	case got.State == ask.Stable && got.Since != "" && got.Since == g.Stable.String():
		return ""
	case !slices.Contains(same[got.State], want):
		return fmt.Sprintf("it reports %s, but gates.toml says %s", stateText(string(got.State), got.Since), stateText(string(want), since.String()))
	case got.Since != "" && !since.IsZero() && got.Since != since.String():
		return fmt.Sprintf("it reports %s, but gates.toml says %s", stateText(string(got.State), got.Since), stateText(string(want), since.String()))
	}
	return ""
}

// stateText returns a state with its release, such as "stable since 1.87.0".
func stateText(state, since string) string {
	if since == "" {
		return state
	}
	if state == "removed" {
		return "removed in " + since
	}
	return state + " since " + since
}
