package fleet

import (
	"fmt"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// ciPaths runs `krustup ci paths`.
func ciPaths(a *cli.App, c *urfave.Context) error {
	if err := cli.NoArguments(c); err != nil {
		return err
	}
	st, err := a.Store()
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return cli.WriteJSON(a.Out, struct {
			Schema int      `json:"schema"`
			Home   string   `json:"home"`
			Paths  []string `json:"paths"`
		}{1, st.Home(), st.CacheDirs()})
	}
	a.Screen().Note("restore them to the same paths: programs contain the absolute path of their loader")
	_, err = fmt.Fprintln(a.Out, strings.Join(st.CacheDirs(), "\n"))
	return err
}
