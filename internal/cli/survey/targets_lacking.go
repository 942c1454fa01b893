package survey

import (
	"fmt"
	"io"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/survey"
)

// targetsLacking is `krustup targets lacking`.
func targetsLacking(a *cli.App, c *urfave.Context) error {
	if c.NArg() > 0 {
		return &cli.UsageError{Text: fmt.Sprintf("krustup targets lacking takes no argument, found %q", c.Args().First()), Hint: "krustup targets lacking --help"}
	}
	form, err := chosenForm(c)
	if err != nil {
		return err
	}
	backends, err := chosenBackends(c)
	if err != nil {
		return err
	}
	hand, err := cli.ChooseKernel(c)
	if err != nil {
		return err
	}
	m := survey.TargetMatrix(targets.All())
	if hand.Asked {
		m, err = allTargets(a, hand.Read)
	} else {
		m.Probed, err = cli.ReadProbes(a)
	}
	if err != nil {
		return err
	}
	list := m.Lacking(backends)
	switch form {
	case "json":
		return cli.WriteJSON(a.Out, lackingJSON(m, c.String("backend"), list))
	case "csv", "markdown":
		return lackingSheet(list).Write(a.Out, form)
	}
	return printLacking(a.Out, m, c.String("backend"), list)
}

func printLacking(out io.Writer, m survey.Matrix, backend string, list []survey.Lack) error {
	var rows [][]string
	for _, lack := range list {
		rows = append(rows, []string{lack.Row.Target.Name, nearestText(lack)})
		for _, b := range lack.Blockers {
			rows = append(rows, []string{b.By + ": " + b.Text})
		}
		for _, b := range allBackends {
			if p, ok := survey.NewestProbe(m.Probed, lack.Row.Target.Name, b); ok && (backend == "" || backend == string(b)) {
				rows = append(rows, []string{"probed: " + probedText(p)})
			}
		}
	}
	if len(rows) > 0 {
		if err := term.Table(out, []string{"TARGET", "NEAREST"}, rows); err != nil {
			return err
		}
	}
	which := "no working backend"
	if backend != "" {
		which = "no working " + backend
	}
	if !m.Kernel.IsZero() {
		which += fmt.Sprintf("\nthat Linux %s (from %s) can use", m.Kernel, m.Source)
	}
	_, err := fmt.Fprintf(out, "%d of %d targets have %s\n", len(list), len(m.Rows), which)
	return err
}

// nearestText returns the backend that is nearest to working, with its status and first triple.
func nearestText(lack survey.Lack) string {
	s := lack.Nearest
	if s.Status == "" {
		return "none known"
	}
	text := string(s.Backend) + " " + string(s.Status)
	if len(s.Triples) > 0 {
		text += fmt.Sprintf(" (%s, tier %d)", s.Triples[0].Name, s.Triples[0].Tier)
	}
	return text
}

func lackingSheet(list []survey.Lack) cli.Sheet {
	s := cli.Sheet{Header: []string{"target", "nearest", "nearest_status", "blocked_by", "why"}}
	for _, lack := range list {
		for _, b := range lack.Blockers {
			s.Rows = append(s.Rows, []string{lack.Row.Target.Name, string(lack.Nearest.Backend), string(lack.Nearest.Status), b.By, b.Text})
		}
	}
	return s
}

type jsonLack struct {
	Target  string         `json:"target"`
	Blocked []jsonBlocker  `json:"blocked"`
	Probed  []jsonProbedBy `json:"probed"`
	Nearest *jsonNearest   `json:"nearest,omitempty"`
}

type jsonBlocker struct {
	By  string `json:"by"`
	Why string `json:"why"`
}

type jsonNearest struct {
	Backend targets.Backend `json:"backend"`
	Status  targets.Status  `json:"status"`
	Triples []jsonTriple    `json:"triples"`
}

// jsonProbedBy is a jsonProbed that names its backend.
type jsonProbedBy struct {
	Backend targets.Backend `json:"backend"`
	jsonProbed
}

type jsonLacking struct {
	Schema         int        `json:"schema"`
	Kernel         string     `json:"kernel,omitempty"`
	Source         string     `json:"read_from,omitempty"`
	Backend        string     `json:"backend,omitempty"`
	Lacking        []jsonLack `json:"lacking"`
	Contradictions []string   `json:"contradictions"`
}

func lackingJSON(m survey.Matrix, backend string, lacks []survey.Lack) jsonLacking {
	out := jsonLacking{
		Schema: 1, Kernel: m.Kernel.String(), Source: m.Source, Backend: backend, Lacking: []jsonLack{},
		Contradictions: cli.NonNil(m.Contradictions),
	}
	for _, lack := range lacks {
		l := jsonLack{Target: lack.Row.Target.Name, Blocked: []jsonBlocker{}, Probed: []jsonProbedBy{}}
		for _, b := range allBackends {
			for _, p := range probedJSON(survey.ProbesOf(m.Probed, l.Target, b)) {
				l.Probed = append(l.Probed, jsonProbedBy{b, p})
			}
		}
		for _, b := range lack.Blockers {
			l.Blocked = append(l.Blocked, jsonBlocker{b.By, b.Text})
		}
		if s := lack.Nearest; s.Status != "" {
			l.Nearest = &jsonNearest{s.Backend, s.Status, supportJSON(s).Triples}
		}
		out.Lacking = append(out.Lacking, l)
	}
	return out
}
