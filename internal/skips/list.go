package main

import (
	"fmt"
	"os"
	"strings"
)

// readAllowed reads the list of tests that may be skipped. A line is "PACKAGE TEST: REASON", with the package's
// directory in the module and the test's name as `go test` prints it. Empty lines and lines that begin with # are
// ignored.
func readAllowed(name string) ([]test, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading the list of allowed skips: %w", err)
	}
	var all []test
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		who, reason, _ := strings.Cut(line, ": ")
		fields := strings.Fields(who)
		if len(fields) != 2 || strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("%s:%d: %q, expected \"PACKAGE TEST: REASON\"", name, number, line)
		}
		all = append(all, test{fields[0], fields[1]})
	}
	return all, nil
}
