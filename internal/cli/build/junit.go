package build

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/junit"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// checkJUnitFile returns an error for a file that cannot be written, before a proof takes its minutes.
func checkJUnitFile(file string) error {
	if file == "" {
		return nil
	}
	if info, err := os.Stat(filepath.Dir(file)); err != nil || !info.IsDir() {
		return &cli.UsageError{Text: fmt.Sprintf("--junit %s: there is no directory %s", file, filepath.Dir(file))}
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return &cli.UsageError{Text: fmt.Sprintf("--junit %s: it is a directory", file)}
	}
	return nil
}

func writeJUnit(file string, p kbuild.Proof, began time.Time) error {
	if file == "" {
		return nil
	}
	data, err := proofSuite(p, began).Encode()
	if err != nil {
		return err
	}
	return disk.ReplaceFile(file, data)
}

// proofSuite returns a test suite with a case for each run of make and for each file that it made with the Rust tools.
func proofSuite(p kbuild.Proof, began time.Time) junit.Suite {
	s := junit.Suite{
		Name: fmt.Sprintf("Linux %s for %s with %s", p.Kernel, p.Target, p.CC), Began: began, Took: cli.Duration(p.Seconds),
		Properties: []junit.Property{{Name: "host", Value: p.Host.String()}, {Name: "result", Value: string(p.Result)}},
	}
	for _, name := range slices.Sorted(maps.Keys(p.Versions)) {
		s.Properties = append(s.Properties, junit.Property{Name: name, Value: p.Versions[name]})
	}
	class := fmt.Sprintf("krustup.prove.%s.%s", p.Target, p.CC)
	failed := false
	for _, step := range p.Steps {
		c := junit.Case{Class: class, Name: step.Name, Took: cli.Duration(step.Seconds)}
		if !step.OK {
			failed = true
			c.Failure = &junit.Failure{Type: string(p.Result), Message: p.Error, Text: strings.Join(step.Said, "\n")}
		}
		s.Cases = append(s.Cases, c)
		within := class + ".made"
		if slices.Contains(kbuild.AlsoTargets, step.Name) {
			within = class + "." + step.Name // clippy checks files that were built before
		}
		for _, made := range step.Made {
			if made != step.Unmade { // make may have kept an old one
				s.Cases = append(s.Cases, junit.Case{Class: within, Name: made})
			}
		}
		if step.Unmade != "" {
			s.Cases = append(s.Cases, junit.Case{Class: within, Name: step.Unmade, Failure: &junit.Failure{Type: string(p.Result), Message: p.Error, Text: "see the log of the case " + step.Name}})
		}
	}
	if p.Result != kbuild.Passed && !failed {
		// Every run of make passed, but the result is not the requested one: no CONFIG_RUST, or another backend.
		s.Cases = append(s.Cases, junit.Case{Class: class, Name: "result", Failure: &junit.Failure{Type: string(p.Result), Message: p.Error, Text: p.Error}})
	}
	return s
}
