package main

import (
	"strings"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/toolchain"
)

// newestInstalled gives of each component the newest object that runs on the host and that --with allows.
func newestInstalled(objects []store.Object, req toolchain.Request) map[toolchain.Component]store.Object {
	best := map[toolchain.Component]store.Object{}
	for _, o := range objects {
		component := toolchain.Component(o.Record.Component)
		want := req.With[component]
		ofChannel := want.Channel == "" || o.Record.Suite == want.Channel || strings.HasPrefix(o.Record.Suite, want.Channel+"-")
		if o.Record.Host != req.Host.String() || !ofChannel || !want.Range.Contains(o.Record.Version) {
			continue
		}
		if old, ok := best[component]; !ok || old.Record.Version.Less(o.Record.Version) {
			best[component] = o
		}
	}
	return best
}
