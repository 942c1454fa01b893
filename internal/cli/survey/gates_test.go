package survey

import (
	"testing"

	"github.com/krustup/krustup/internal/ask"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

func TestGateDisagrees(t *testing.T) {
	v := versions.MustParse
	stable := manifests.Gate{Name: "a", Since: v("1.60.0"), Stable: v("1.87.0")}
	gone := manifests.Gate{Name: "-Za", Kind: "flag", Seen: []versions.Version{v("1.63.0")}, Removed: v("1.93.0")}
	little := manifests.Gate{Name: "b", Seen: []versions.Version{v("1.90.0")}}
	for _, c := range []struct {
		gate    manifests.Gate
		release string
		got     ask.Answer
		want    string
	}{
		{stable, "1.85.1", ask.Answer{State: ask.Unstable}, ""},
		{stable, "1.85.1", ask.Answer{State: ask.Stable, Since: "1.84.0"}, "it reports stable since 1.84.0, but gates.toml says unstable"},
		{stable, "1.85.1", ask.Answer{State: ask.Unknown}, "it reports unknown, but gates.toml says unstable"},
		{stable, "1.90.0", ask.Answer{State: ask.Stable, Since: "1.87.0"}, ""},
		{stable, "1.90.0", ask.Answer{State: ask.Stable}, ""},
		{stable, "1.90.0", ask.Answer{State: ask.Stable, Since: "1.88.0"}, "it reports stable since 1.88.0, but gates.toml says stable since 1.87.0"},
		{stable, "1.87.0-nightly", ask.Answer{State: ask.Stable, Since: "1.87.0"}, ""},
		{stable, "1.59.0", ask.Answer{State: ask.Unknown}, ""},
		{gone, "1.95.0", ask.Answer{State: ask.Unknown}, ""},
		{gone, "1.95.0", ask.Answer{State: ask.Unstable}, "it reports unstable, but gates.toml says removed in 1.93.0"},
		{gone, "1.80.0", ask.Answer{State: ask.Unknown}, "it reports unknown, but gates.toml says unstable"},
		{little, "1.80.0", ask.Answer{State: ask.Unknown}, ""},
		{manifests.Gate{Name: "t", Seen: []versions.Version{v("1.62.0")}, Gated: v("1.95.0")}, "1.94.1", ask.Answer{State: ask.Ungated}, ""},
		{manifests.Gate{Name: "t", Seen: []versions.Version{v("1.62.0")}, Gated: v("1.95.0")}, "1.95.0", ask.Answer{State: ask.Ungated}, "it reports ungated, but gates.toml says unstable"},
	} {
		if got := gateDisagrees(c.gate, v(c.release), c.got); got != c.want {
			t.Errorf("%s, answer of rustc %s %+v: got %q, want %q", c.gate.Name, c.release, c.got, got, c.want)
		}
	}
}

// Each gate has a question, or a reason why there is none.
func TestGateQuestions(t *testing.T) {
	gates, err := manifests.LoadGates()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, g := range gates.Gates {
		question, why := gateQuestion(g)
		if why == "" {
			asked++
		}
		if (why == "") == (question == ask.Question{}) {
			t.Errorf("%s: question %q, reason %q", g.Name, question, why)
		}
	}
	if asked < len(gates.Gates)-5 {
		t.Errorf("only %d of %d gates can be asked about", asked, len(gates.Gates))
	}
}
