package main

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/krustup/krustup/internal/failure"
)

// TestReachingMirrors fetches a catalogue in each way that can be configured: with a custom certificate from a variable
// or the user's configuration, through a proxy, from a configured mirror, and from a directory.
func TestReachingMirrors(t *testing.T) {
	a := newTestMachine(t)
	if err := a.mirrors.publishRust("1.98.1", "2026-09-03", []string{"stable"}); err != nil {
		t.Fatal(err)
	}
	var requests atomic.Int32
	files := http.FileServer(http.Dir(a.mirrors.rust.Dir))
	counting := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		files.ServeHTTP(w, r)
	})
	secure := httptest.NewUnstartedServer(counting)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // discards the error of the client that rejects the certificate
	secure.StartTLS()
	t.Cleanup(secure.Close)
	proxy := httptest.NewServer(counting)
	t.Cleanup(proxy.Close)
	ca := filepath.Join(a.work, "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		env  map[string]string
		user string // the user's configuration
		code int
		want string
	}{
		{"unknown certificate", map[string]string{"KRUSTUP_RUST_MIRROR": secure.URL}, "", failure.Unreachable, "certificate"},
		{"certificate by variable", map[string]string{"KRUSTUP_RUST_MIRROR": secure.URL, "KRUSTUP_CA_FILE": ca}, "", failure.Done, "verified"},
		{"certificate by configuration", map[string]string{"KRUSTUP_RUST_MIRROR": secure.URL}, "ca = \"ca.pem\"\n", failure.Done, "verified"},
		{"invalid certificate", map[string]string{"KRUSTUP_RUST_MIRROR": secure.URL, "KRUSTUP_CA_FILE": filepath.Join(a.work, "RUST.asc")}, "", failure.Usage, "expected PEM"},
		{"proxy", map[string]string{"KRUSTUP_RUST_MIRROR": "http://rust.example", "http_proxy": proxy.URL}, "", failure.Done, "verified"},
		{"proxy excluded by no_proxy", map[string]string{"KRUSTUP_RUST_MIRROR": "http://rust.invalid", "http_proxy": proxy.URL, "no_proxy": "rust.invalid"}, "", failure.Unreachable, "rust.invalid"},
		{"mirror by configuration", map[string]string{"KRUSTUP_RUST_MIRROR": ""}, "[mirrors]\nrust-lang = \"" + proxy.URL + "/\"\n", failure.Done, "verified"},
		{"directory", map[string]string{"KRUSTUP_RUST_MIRROR": a.mirrors.rust.FileURL()}, "", failure.Done, "verified"},
		{"missing directory", map[string]string{"KRUSTUP_RUST_MIRROR": "file:///nowhere"}, "", failure.NoSet, "rust-lang has no stable"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := filepath.Join(a.work, "config.toml")
			if err := os.WriteFile(config, []byte(test.user), 0o644); err != nil {
				t.Fatal(err)
			}
			t.Setenv("KRUSTUP_CONFIG", config)
			t.Setenv("KRUSTUP_HOME", t.TempDir())
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			requests.Store(0)
			a.t = t
			code, out := a.krustup("update", "--supplier", "rust-lang")
			if code != test.code || !strings.Contains(out, test.want) {
				t.Errorf("exit code %d, expected %d and %q: %s", code, test.code, test.want, out)
			}
			if remote := test.code == failure.Done && test.name != "directory"; remote != (requests.Load() > 0) {
				t.Errorf("%d requests, expected some: %v", requests.Load(), remote)
			}
		})
	}
}
