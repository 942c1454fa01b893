package survey

import (
	"maps"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/survey"
)

// fewestRustc is the rustc that --prefer fewest-gates chooses.
type fewestRustc struct {
	rustc   version.Version
	suite   string
	needs   []string // what the kernel needs of it that is not stable
	unknown string   // why no rustc is known, "" if one is
}

// chooseFewest returns the rustc that --prefer fewest-gates chooses for a kernel with these uses and the other options
// of the command line. It fetches no catalogue.
func chooseFewest(a *cli.App, c *urfave.Context, sel cli.Selection, uses kernel.Uses) (fewestRustc, error) {
	unstable, err := survey.Unstable(uses, sel.Req.Target)
	if err != nil {
		return fewestRustc{}, err
	}
	sel.Req.Prefer, sel.Req.Unstable = toolchain.FewestGates, unstable
	sel.Req.With = maps.Clone(sel.Req.With)
	delete(sel.Req.With, toolchain.Rust)
	set, err := cli.ResolveBy(c.Context, a, sel.Req, true, toolchain.Resolve)
	switch {
	case c.Context.Err() != nil:
		return fewestRustc{}, c.Context.Err()
	case failure.Is[*toolchain.NoCatalogueError](err):
		return fewestRustc{unknown: "the catalogues were not fetched: krustup update"}, nil
	case err != nil:
		return fewestRustc{unknown: "no set fits"}, nil
	}
	pick, _ := set.Pick(toolchain.Rust)
	return fewestRustc{rustc: pick.Offer.Version, suite: pick.Offer.Suite, needs: unstable.Names(pick.Offer.Version)}, nil
}

// print says which rustc it is, and how it compares with the one that the report is judged by.
func (f fewestRustc) print(out *cli.TextWriter, judged version.Version, needed int) {
	switch {
	case f.unknown != "":
		out.Paragraph("Which rustc on offer needs the fewest is not known: %s.", f.unknown)
	case f.rustc.Compare(judged) == 0 || len(f.needs) >= needed:
		out.Paragraph("No rustc on offer needs fewer than these %d.", needed)
	default:
		out.Paragraph("Of the rustcs on offer, %s (%s) needs the fewest: %d in all instead of %d (--prefer fewest-gates).", f.rustc, f.suite, len(f.needs), needed)
	}
}

// fewestJSON is the documented form (docs/json.md).
type fewestJSON struct {
	Rustc   string   `json:"rustc,omitempty"`
	Suite   string   `json:"suite,omitempty"`
	Needs   []string `json:"needs"`
	Unknown string   `json:"unknown,omitempty"`
}

func (f fewestRustc) json() fewestJSON {
	return fewestJSON{f.rustc.String(), f.suite, cli.NonNil(f.needs), f.unknown}
}
