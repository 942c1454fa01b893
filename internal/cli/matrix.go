package cli

import (
	"slices"

	"github.com/krustup/krustup/internal/probe"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/survey"
)

// ReadMatrix reads from the kernel what it supports on some targets, and prints a warning for each line of it that
// contradicts the manifests. The results of this machine's probes are included.
func ReadMatrix(a *App, list []targets.Target, read survey.KernelReader) (survey.Matrix, error) {
	m, err := survey.KernelMatrix(list, read)
	if err != nil {
		return m, err
	}
	for _, line := range append(slices.Clone(m.Notes), m.Contradictions...) {
		a.Screen().Warn("%s", line)
	}
	m.Probed, err = ReadProbes(a)
	return m, err
}

// ReadProbes returns the probe results of this machine. It prints a warning for a damaged record and leaves it out.
func ReadProbes(a *App) ([]survey.Probed, error) {
	st, err := a.Store()
	if err != nil {
		return nil, err
	}
	records, damaged := probe.ReadRecords(st.ProofsDir())
	for _, err := range damaged {
		a.Screen().Warn("%s", err)
	}
	return survey.ProbedBeside(targets.All(), records), nil
}
