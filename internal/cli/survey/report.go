package survey

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/report"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/survey"
)

func reportCommand(a *cli.App) *urfave.Command {
	flags := append(cli.KernelFlags(), &urfave.StringFlag{Name: "output", Aliases: []string{"o"}, Value: "report.html", Usage: "write to `FILE`; - is standard output"})
	manual := cli.Manual{
		Examples: []string{
			"krustup report --kernel 7.3 -o linux-7.3.html",
			"krustup report --tree linux-6.12",
		},
		Document: "docs/targets.md",
	}
	return manual.For(a.Command("report", "write what is known of all targets to an HTML page", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		output := c.String("output")
		if c.Bool("json") && output == "-" {
			return &cli.UsageError{Text: "--json prints the name of the file, but -o - writes none", Hint: "krustup targets --json prints the data"}
		}
		hand, err := cli.ChooseKernel(c)
		if err != nil {
			return err
		}
		m, err := allTargets(a, hand.Read)
		if err != nil {
			return err
		}
		page, err := reportPage(a.Version, m)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := report.Write(&b, page); err != nil {
			return err
		}
		if output == "-" {
			_, err := a.Out.Write(b.Bytes())
			return err
		}
		path, err := filepath.Abs(output)
		if err != nil {
			return fmt.Errorf("--output: %w", err)
		}
		if c.Context.Err() != nil {
			return c.Context.Err()
		}
		if err := disk.ReplaceFile(path, b.Bytes()); err != nil {
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
				return &cli.UsageError{Text: fmt.Sprintf("--output %s: %s", output, err), Hint: "-o needs a file in an existing directory that can be written to"}
			}
			return err
		}
		if c.Bool("json") {
			return cli.WriteJSON(a.Out, struct {
				Schema int    `json:"schema"`
				File   string `json:"file"`
			}{1, path})
		}
		a.Screen().Note("%s: open it in a browser", output)
		return nil
	}))
}

// reportPage returns the page for a matrix, with the history of releases.
func reportPage(version string, m survey.Matrix) (report.Page, error) {
	page := report.Page{Version: version, Kernel: m.Kernel.String(), Source: m.Source}
	newest, err := survey.NewestKernel()
	if err != nil {
		return page, err
	}
	for _, row := range m.Rows {
		page.Targets = append(page.Targets, reportTarget(m, row, newest))
	}
	if page.History, err = reportHistory(); err != nil {
		return page, err
	}
	history, err := survey.GateHistory()
	for _, r := range history {
		page.Gates = append(page.Gates, report.Unstable{Name: r.Release.Series(), Gates: r.Gates, Alloc: r.Alloc, Flags: r.Flags, Other: r.Other})
	}
	return page, err
}

func reportTarget(m survey.Matrix, row survey.Row, newest versions.Version) report.Target {
	t := row.Target
	out := report.Target{
		Name: t.Name, Rust: row.Rust, RustText: rustWord(row), Bits: t.Bits, Endian: t.Endian, Since: t.Since.String(),
	}
	if row.Rust {
		out.Rustc = row.Rustc.Version.String()
	}
	for _, fact := range targetFacts(m, row) {
		if fact[1] != "" {
			out.Facts = append(out.Facts, report.Fact{Name: fact[0], Text: fact[1]})
		}
	}
	for _, b := range allBackends {
		out.Backends = append(out.Backends, reportBackend(m, t, b))
	}
	one := m
	one.Rows = []survey.Row{row}
	out.Commands = tryLines(one, newest)
	return out
}

func reportBackend(m survey.Matrix, t targets.Target, b targets.Backend) report.Backend {
	s, _ := t.Support(b)
	out := report.Backend{Name: string(b), Status: string(statusOf(t, b)), Since: s.Since.String(), Blockers: s.Blockers}
	for _, triple := range s.Triples {
		out.Triples = append(out.Triples, tripleText(triple))
	}
	for _, e := range s.Evidence {
		out.Evidence = append(out.Evidence, reportEvidence(e))
	}
	for _, p := range survey.ProbesOf(m.Probed, t.Name, b) {
		if out.Probed == "" {
			out.Probed, out.Disagree = string(p.Result.Verdict), p.Against != ""
		}
		out.Probes = append(out.Probes, probedText(p))
	}
	return out
}

// reportEvidence returns an address as a link, and other evidence as text.
func reportEvidence(e targets.Evidence) report.Evidence {
	if strings.HasPrefix(e.URL, "https://") || strings.HasPrefix(e.URL, "http://") {
		return report.Evidence{URL: e.URL}
	}
	return report.Evidence{Text: e.String()}
}

// reportHistory returns the newest known release of each series, named by the series.
func reportHistory() ([]report.Release, error) {
	rows, err := manifests.Kernels()
	if err != nil {
		return nil, err
	}
	var list []report.Release
	for _, row := range rows {
		r := report.Release{
			Name: row.Release.Series(), Rustc: row.Tools["rustc"].String(), Bindgen: row.Tools["bindgen"].String(),
			Pinned: len(row.Pinned) > 0,
		}
		if n := len(list); n > 0 && list[n-1].Name == r.Name {
			list[n-1] = r
			continue
		}
		list = append(list, r)
	}
	return list, nil
}
