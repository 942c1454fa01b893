package survey

import (
	"context"
	"fmt"

	urfave "github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"github.com/krustup/krustup/internal/ask"
	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// askAll asks the tools about every entry that has a question.
func askAll(a *cli.App, c *urfave.Context, entries []manifests.WantedEntry, shown *wanted) error {
	tools, err := askedTools(a, c)
	if err != nil {
		return err
	}
	release, err := tools.Release(c.Context)
	if err != nil {
		return err
	}
	shown.rustc = release.String()
	jobs, err := a.Jobs()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(c.Context)
	group.SetLimit(jobs)
	for i, e := range entries {
		if e.Ask == "" {
			continue
		}
		group.Go(func() error { return askOne(ctx, tools, release, e, &shown.entries[i]) })
	}
	return group.Wait()
}

// askOne asks about one entry. A missing tool or an unclear answer is not an error, so that the other entries are still
// asked about.
func askOne(ctx context.Context, tools ask.Tools, release versions.Version, e manifests.WantedEntry, out *WantedJSON) error {
	question, err := ask.Parse(e.Ask)
	if err != nil {
		return fmt.Errorf("entry %s: %w", e.ID, err)
	}
	answer, err := tools.Ask(ctx, question)
	if failure.Is[*ask.MissingToolError](err) || failure.Is[*ask.UnclearError](err) {
		out.Unanswered = err.Error()
		return nil
	}
	if err != nil {
		return fmt.Errorf("entry %s: %w", e.ID, err)
	}
	out.Answer, out.Disagrees = &answer, disagrees(e, release, answer)
	return nil
}

// disagrees returns how the ledger differs from a tool's answer, "" when it does not. A tool may be older than the
// ledger: what became stable or was implemented after its release is not a disagreement. An entry that is not done may
// have an implementation or not.
func disagrees(e manifests.WantedEntry, release versions.Version, got ask.Answer) string {
	since := e.StableSince
	switch {
	case got.State == ask.Ungated:
		return ""
	case got.State == ask.Stable && got.Since != "" && !since.IsZero() && got.Since != since.String():
		return fmt.Sprintf("stable since %s, but the ledger says %s", got.Since, since)
	case got.State == ask.Stable && since.IsZero() && e.Status != "done":
		return fmt.Sprintf("stable, but the ledger says %s", e.Status)
	case got.State == ask.Stable && release.Less(since) && release.Series() != since.Series(): // a nightly may be of that release
		return fmt.Sprintf("stable, but the ledger says since %s", since)
	case got.State != ask.Stable && !since.IsZero() && !release.Less(since):
		return fmt.Sprintf("%s, but the ledger says stable since %s", got.State, since)
	case got.State == ask.Removed && e.Status != "removed" && e.Status != "done":
		return fmt.Sprintf("removed, but the ledger says %s", e.Status)
	}
	return ""
}
