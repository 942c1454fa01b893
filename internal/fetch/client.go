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

// Options configure a Client. The zero value is valid.
type Options struct {
	UserAgent string        // "": krustup
	ExtraCA   string        // PEM file of certificates to trust in addition to the system's (or SSL_CERT_FILE's)
	Timeout   time.Duration // longest time without data from a server; 0: 30 seconds. The total time is not limited
	Retries   int           // retries after a temporary failure; 0: 3, negative: none
	Backoff   time.Duration // wait before the first retry, doubled for each further one; 0: half a second
}

// Client fetches files. It is safe for concurrent use; goroutines share its connections. Proxies are taken from
// HTTPS_PROXY, HTTP_PROXY and NO_PROXY; certificates from the system, SSL_CERT_FILE or SSL_CERT_DIR.
type Client struct {
	transport *http.Transport
	agent     string
	timeout   time.Duration
	retries   int
	backoff   time.Duration
}

// New returns a Client. It fails when Options.ExtraCA cannot be read or holds no certificate.
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
		// Digests are over the file on the server: the transport must not decompress responses.
		DisableCompression: true,
	}
	return c, nil
}

// trustedRoots returns the system's certificates and those of the extra file, or nil, which means the system's, when
// extra is "".
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
		return nil, fmt.Errorf("extra certificates %s: found no certificate, expected PEM", extra)
	}
	return roots, nil
}

// proxy is http.ProxyFromEnvironment without the URL of the proxy in errors: it may hold a password.
func proxy(req *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(req)
	if err != nil {
		return nil, errors.New("the proxy in the environment (HTTPS_PROXY or HTTP_PROXY) is not a valid URL")
	}
	return u, nil
}

// httpClient returns the http.Client for one attempt.
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

// patience counts the retries at one URL.
type patience struct {
	left int
	wait time.Duration
}

func (c *Client) patience() patience { return patience{left: c.retries, wait: c.backoff} }

// again waits, and reports whether to retry.
func (p *patience) again(ctx context.Context) bool {
	if p.left <= 0 {
		return false
	}
	p.left--
	// Many machines of a fleet see the same server fail at the same moment: spread their retries.
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
