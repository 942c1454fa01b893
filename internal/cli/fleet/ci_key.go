package fleet

import (
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// ciKey runs `krustup ci key`.
func ciKey(a *cli.App, c *urfave.Context) error {
	if err := cli.NoArguments(c); err != nil {
		return err
	}
	if hosts := cli.Values(c, "host"); len(hosts) > 1 {
		return &cli.UsageError{Text: "--host is given more than once: a cache is for one host"}
	}
	choices, err := cli.ChooseSets(a, c)
	if err != nil {
		return err
	}
	host := choices[0].Req.Host
	var sets []toolchain.Set
	for _, choice := range choices {
		sets = append(sets, choice.Set)
	}
	digest, objects := install.CacheKey(host, sets)
	key := fmt.Sprintf("krustup-%d-%s-%s", install.CacheFormat, host, digest.String()[:32])
	if !c.Bool("json") {
		_, err := fmt.Fprintln(a.Out, key)
		return err
	}
	out := struct {
		Schema  int            `json:"schema"`
		Key     string         `json:"key"`
		Host    toolchain.Host `json:"host"`
		Objects []store.ID     `json:"objects"`
		Sets    []jsonPair     `json:"sets"`
	}{1, key, host, objects, []jsonPair{}}
	for _, set := range sets {
		out.Sets = append(out.Sets, jsonPair{set.Target, set.CC})
	}
	return cli.WriteJSON(a.Out, out)
}
