package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"
)

// Options are what a Client may be told. The zero value is good.
type Options struct {
	UserAgent string        // "": krustup
	ExtraCA   string        // a PEM file of certificates that are trusted beside the system's (or SSL_CERT_FILE's)
	Timeout   time.Duration // longest silence of a server, at any point; 0: 30 seconds. There is no limit on the whole
	Retries   int           // further tries after a failure that may pass; 0: 3, negative: none
	Backoff   time.Duration // wait before the first of them, doubled each time; 0: half a second
}

// Client fetches. It is safe for use by several goroutines at once, which then share connections.
// Proxies come from HTTPS_PROXY, HTTP_PROXY and NO_PROXY; certificates from the system, SSL_CERT_FILE or SSL_CERT_DIR.
type Client struct {
	transport *http.Transport
	agent     string
	timeout   time.Duration
	retries   int
	backoff   time.Duration
}

// New makes a Client. It fails when Options.ExtraCA cannot be read or holds no certificate.
func New(opts Options) (*Client, error) {
	c := &Client{agent: opts.UserAgent, timeout: opts.Timeout, retries: opts.Retries, backoff: opts.Backoff}
	if c.agent == "" {
		c.agent = "krustup"
	}
	if c.timeout <= 0 {
		c.timeout = 30 * time.Second
	}
	if c.retries == 0 {
		c.retries = 3
	}
	if c.backoff <= 0 {
		c.backoff = 500 * time.Millisecond
	}
	roots, err := trustedRoots(opts.ExtraCA)
	if err != nil {
		return nil, err
	}
	connect := min(c.timeout, 15*time.Second)
	c.transport = &http.Transport{
		Proxy:               proxy,
		DialContext:         (&net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout: connect,
		TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 16,
		IdleConnTimeout:     90 * time.Second,
		// Digests are over the file as it lies on the server: a reply must not be unpacked on the way.
		DisableCompression: true,
	}
	return c, nil
}

// trustedRoots gives nil, which is the system's, when there is no extra file.
func trustedRoots(extra string) (*x509.CertPool, error) {
	if extra == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(extra)
	if err != nil {
		return nil, fmt.Errorf("reading extra certificates: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("reading the system's certificates: %w", err)
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("extra certificates %s: found none, expected PEM", extra)
	}
	return roots, nil
}

// proxy hides the address of a proxy that cannot be read: it may hold a password.
func proxy(req *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(req)
	if err != nil {
		return nil, errors.New("the proxy that the environment names is not a URL")
	}
	return u, nil
}

// httpClient gives the http.Client of one attempt.
func (c *Client) httpClient(e *exchange) *http.Client {
	e.next = c.transport
	return &http.Client{Transport: e, CheckRedirect: checkRedirect}
}

func (c *Client) header() http.Header { return http.Header{"User-Agent": {c.agent}} }

func checkRedirect(req *http.Request, via []*http.Request) error {
	last := via[len(via)-1].URL
	if last.Scheme == "https" && req.URL.Scheme != "https" {
		return &InsecureRedirectError{From: redact(last), To: redact(req.URL)}
	}
	if len(via) >= 10 {
		return errors.New("stopped after 10 redirects")
	}
	return nil
}

// patience counts the tries at one address.
type patience struct {
	left int
	wait time.Duration
}

func (c *Client) patience() patience { return patience{left: c.retries, wait: c.backoff} }

// again waits, and reports whether to try once more.
func (p *patience) again(ctx context.Context) bool {
	if p.left <= 0 {
		return false
	}
	p.left--
	// Many machines of one fleet see the same server fail at the same moment: spread them.
	timer := time.NewTimer(p.wait/2 + rand.N(p.wait))
	defer timer.Stop()
	p.wait *= 2
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
