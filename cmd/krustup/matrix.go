package main

import (
	"github.com/krustup/krustup/internal/probe"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/survey"
)

// matrixOf asks the kernel about some targets, and warns of each line that it contradicts.
func matrixOf(a *app, list []targets.Target, read survey.KernelReader) (survey.Matrix, error) {
	m, err := survey.KernelMatrix(list, read)
	if err != nil {
		return m, err
	}
	for _, line := range m.Contradictions {
		a.screen().Warn("%s", line)
	}
	m.Probed, err = probesBeside(a)
	return m, err
}

// probesBeside reads what was probed on this machine. A damaged record is warned of and left out.
func probesBeside(a *app) ([]survey.Probed, error) {
	st, err := a.store()
	if err != nil {
		return nil, err
	}
	records, damaged := probe.ReadRecords(st.ProofsDir())
	for _, err := range damaged {
		a.screen().Warn("%s", err)
	}
	return survey.ProbedBeside(targets.All(), records), nil
}
