package fetch_test

import (
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/fetch"
)

// tlsServer serves content with a certificate that is trusted only with its ExtraCA file.
func tlsServer(t *testing.T, handler http.HandlerFunc) (s *httptest.Server, ca string) {
	t.Helper()
	s = httptest.NewTLSServer(handler)
	t.Cleanup(s.Close)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o644); err != nil {
		t.Fatal(err)
	}
	return s, ca
}

func TestExtraCA(t *testing.T) {
	s, ca := tlsServer(t, func(w http.ResponseWriter, _ *http.Request) { w.Write(content) })
	j := newJob(t, s.URL)
	_, err := newClient(t, nil).File(t.Context(), j.Request)
	var unreachable *fetch.UnreachableError
	if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("error %v without the certificate", err)
	}
	j.missing(t)
	_, err = newClient(t, func(o *fetch.Options) { o.ExtraCA = ca }).File(t.Context(), j.Request)
	j.fetched(t, err)
	for _, bad := range []string{filepath.Join(t.TempDir(), "none"), os.DevNull} {
		if _, err := fetch.New(fetch.Options{ExtraCA: bad}); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: error %v", bad, err)
		}
	}
}

func TestRedirects(t *testing.T) {
	plain := serve(t, nil)
	target := ""
	secure, ca := tlsServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/f" {
			http.Redirect(w, r, target, http.StatusFound)
			return
		}
		w.Write(content)
	})
	toSecure := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, secure.URL+"/there", http.StatusMovedPermanently)
		return true
	})
	c := newClient(t, func(o *fetch.Options) { o.ExtraCA = ca })

	target = plain.URL + "/f"
	j := newJob(t, secure.URL+"/f")
	_, err := c.File(t.Context(), j.Request)
	var insecure *fetch.InsecureRedirectError
	if !errors.As(err, &insecure) || insecure.From != secure.URL+"/f" || insecure.To != target {
		t.Errorf("https to http: error %v", err)
	}
	j.missing(t)
	if _, err := c.Bytes(t.Context(), secure.URL+"/f", 1<<30); !errors.As(err, &insecure) {
		t.Errorf("https to http: Bytes: error %v", err)
	}
	if asked := plain.requests(); len(asked) > 0 {
		t.Errorf("the redirect was followed: %q", asked)
	}

	target = secure.URL + "/there"
	for _, address := range []string{secure.URL + "/f", toSecure.URL + "/f"} {
		j = newJob(t, address)
		_, err = c.File(t.Context(), j.Request)
		j.fetched(t, err)
	}

	target = secure.URL + "/f"
	if _, err := newClient(t, func(o *fetch.Options) { o.ExtraCA, o.Retries = ca, -1 }).Bytes(t.Context(), target, 10); err == nil {
		t.Error("expected an error for a loop of redirects")
	}
}

// A download is also resumed behind a redirect, as behind the load balancer of a content delivery network.
func TestResumeBehindRedirect(t *testing.T) {
	s := serve(t, nil)
	front := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, s.URL+"/f", http.StatusFound)
		return true
	})
	j := newJob(t, front.URL)
	j.partial(t, content[:1000])
	got, err := newClient(t, nil).File(t.Context(), j.Request)
	j.fetched(t, err)
	if got.Bytes != int64(len(content))-1000 || !slices.Contains(s.requests(), "GET bytes=1000-") {
		t.Errorf("result %+v after %q", got, s.requests())
	}
}

// net/http reads the environment once per process, and never uses a proxy for the local host. So another process
// requests a file from a host that does not exist.
func TestProxy(t *testing.T) {
	const address = "http://mirror.invalid/debian/f"
	if os.Getenv("FETCH_TEST_PROXY") != "" {
		j := newJob(t, address)
		_, err := newClient(t, nil).File(t.Context(), j.Request)
		j.fetched(t, err)
		return
	}
	var asked []string
	s := serve(t, func(_ int, _ http.ResponseWriter, r *http.Request) bool {
		asked = append(asked, r.RequestURI)
		return false
	})
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxy$")
	child.Env = append(os.Environ(), "FETCH_TEST_PROXY=1", "HTTP_PROXY="+s.URL, "http_proxy=", "NO_PROXY=", "no_proxy=")
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !slices.Equal(asked, []string{address}) {
		t.Errorf("requests to the proxy: %q", asked)
	}
}
