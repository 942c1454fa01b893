package cli

import (
	"github.com/krustup/krustup/internal/probe"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/survey"
)

// ReadMatrix asks the kernel about some targets, and warns of each line that it contradicts.
func ReadMatrix(a *App, list []targets.Target, read survey.KernelReader) (survey.Matrix, error) {
	m, err := survey.KernelMatrix(list, read)
	if err != nil {
		return m, err
	}
	for _, line := range m.Contradictions {
		a.Screen().Warn("%s", line)
	}
	m.Probed, err = ReadProbes(a)
	return m, err
}

// ReadProbes reads what was probed on this machine. A damaged record is warned of and left out.
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
