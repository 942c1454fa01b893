package survey

import (
	"testing"
	"time"

	"github.com/krustup/krustup/internal/probe"
	"github.com/krustup/krustup/targets"
)

func TestAgainst(t *testing.T) {
	for _, tt := range []struct {
		claimed targets.Status
		verdict probe.Verdict
		want    bool
	}{
		{targets.Works, probe.Passed, false},
		{targets.Works, probe.Built, false},
		{targets.Works, probe.Failed, true},
		{targets.Works, probe.Wrong, true},
		{targets.Works, probe.Ended, true},
		{targets.Works, probe.Absent, false},
		{targets.Partial, probe.Passed, false},
		{targets.Partial, probe.Failed, false},
		{targets.Experimental, probe.Wrong, false},
		{targets.None, probe.Built, true},
		{targets.None, probe.Passed, true},
		{targets.None, probe.Failed, false},
		{targets.None, probe.Absent, false},
		{targets.Unknown, probe.Built, true},
		{targets.Unknown, probe.Failed, true},
		{targets.Unknown, probe.Absent, false},
	} {
		if got := against(tt.claimed, probe.Result{Verdict: tt.verdict}); (got != "") != tt.want {
			t.Errorf("claimed %s, probed %s: %q, expected a disagreement: %v", tt.claimed, tt.verdict, got, tt.want)
		}
	}
}

func TestProbedBeside(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	record := func(target string, date time.Time, verdicts ...probe.Verdict) probe.Record {
		r := probe.Record{Target: target, Backend: probe.LLVM, Date: date}
		for _, v := range verdicts {
			r.Results = append(r.Results, probe.Result{Triple: string(v), Verdict: v})
		}
		return r
	}
	list := ProbedBeside(targets.All(), []probe.Record{
		record("m68k", day(3), probe.Failed, probe.Built),
		record("arm64", day(2), probe.Absent, probe.Wrong),
		record("arm64", day(1), probe.Passed),
		record("vax", day(1), probe.Passed),
		record("riscv64", day(1)),
	})
	if len(list) != 3 {
		t.Fatalf("%d probes of known targets, expected one of m68k and two of arm64: %+v", len(list), list)
	}
	if p, ok := NewestProbe(list, "arm64", targets.LLVM); !ok || p.Result.Verdict != probe.Wrong || p.Date != "2026-11-02" || p.Against == "" {
		t.Errorf("newest of arm64 is %+v, %v", p, ok)
	}
	if p, _ := NewestProbe(list, "m68k", targets.LLVM); p.Result.Verdict != probe.Built {
		t.Errorf("the result of m68k is %+v, expected the triple that was built", p)
	}
	if _, ok := NewestProbe(list, "arm64", targets.GCC); ok {
		t.Error("a probe with LLVM counts for GCC")
	}
}
