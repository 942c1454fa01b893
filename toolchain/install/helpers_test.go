package install

import (
	"os"
	"testing"

	"github.com/krustup/krustup/toolchain"
)

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func parseHost(t *testing.T, name string) toolchain.Host {
	t.Helper()
	host, err := toolchain.ParseHost(name)
	if err != nil {
		t.Fatal(err)
	}
	return host
}
