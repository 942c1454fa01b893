package floors

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestVulncheck runs .ci/vulncheck with scripts in place of govulncheck. The only error that it accepts is an
// unreachable database.
func TestVulncheck(t *testing.T) {
	const unreachable = `echo 'govulncheck: fetching vulnerabilities: Get "https://vuln.go.dev/index/modules.json.gz": dial tcp: lookup vuln.go.dev: no such host' >&2`
	for _, test := range []struct {
		name, script string
		code         int
		want         string
	}{
		{"no finding", "echo 'No vulnerabilities found.'", 0, ""},
		{"unreachable database", "echo 'go: downloading golang.org/x/vuln v1.9.0' >&2; " + unreachable + "; echo 'exit status 1' >&2; exit 1", 0, "could not be reached"},
		{"a finding about the network", "echo 'Vulnerability #1: GO-2026-1'; echo 'dial tcp: connection refused, i/o timeout'; exit 3", 3, "GO-2026-1"},
		{"a finding and an unreachable database", "echo 'Vulnerability #1: GO-2026-1'; " + unreachable + "; exit 3", 3, "GO-2026-1"},
		{"does not compile", "echo 'govulncheck: loading packages: dial tcp is undefined' >&2; exit 1", 1, "loading packages"},
		{"an error that quotes the message", "echo 'main.go:3: \"fetching vulnerabilities: Get\" redeclared' >&2; exit 1", 1, "redeclared"},
		{"govulncheck cannot be downloaded", "echo 'go: golang.org/x/vuln: Get \"https://proxy\": dial tcp: no such host' >&2; exit 1", 1, "golang.org/x/vuln"},
		{"a database that answers with an error", "echo 'govulncheck: fetching vulnerabilities: HTTP GET x returned unexpected status: 500' >&2; exit 1", 1, "status: 500"},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := filepath.Join(t.TempDir(), "govulncheck")
			if err := os.WriteFile(fake, []byte("#!/bin/sh\n"+test.script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("../../.ci/vulncheck", fake, "-flag").CombinedOutput()
			code := 0
			if exit, ok := errors.AsType[*exec.ExitError](err); ok {
				code = exit.ExitCode()
			} else if err != nil {
				t.Fatal(err)
			}
			if code != test.code || !strings.Contains(string(out), test.want) {
				t.Errorf("exit code %d, %q, expected %d, %q", code, out, test.code, test.want)
			}
		})
	}
}
