package gateway

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// served runs a gateway with a web configuration in dir, and a configuration, and
// returns its address.
func served(t *testing.T, dir, web, config string) string {
	t.Helper()
	cfg := Config{DataDir: t.TempDir(), Listen: []string{"127.0.0.1:0"}, WebConfigFile: filepath.Join(dir, "web.yml"), ConfigFile: filepath.Join(dir, "headgate.yml")}
	for name, text := range map[string]string{cfg.WebConfigFile: web, cfg.ConfigFile: config} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, err := listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, cfg, l, nil) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return l[0].Addr().String()
}

// ask sends one request over a connection of its own, until the gateway is ready.
func ask(t *testing.T, c *tls.Config, method, url string, headers ...string) (*http.Response, error) {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	for {
		req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("m 1\n"))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		resp, err := (&http.Client{Transport: transport}).Do(req)
		if err != nil {
			return nil, err
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusServiceUnavailable {
			return resp, nil
		}
	}
}

const (
	serverTLS = "tls_server_config:\n  cert_file: tls.crt\n  key_file: tls.key\n"
	mutualTLS = serverTLS + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: clients.crt\n"
)

// With TLS a push goes over HTTP/2 to a gateway whose certificate the client trusts, and
// no client that doesn't trust it, or that speaks plainly, gets as far as to push.
func TestTLS(t *testing.T) {
	dir, ours, other := t.TempDir(), newAuthority(t), newAuthority(t)
	install(t, dir, ours.issue(t))
	address := served(t, dir, serverTLS, "")
	push := "https://" + address + "/metrics/job/a"
	resp, err := ask(t, &tls.Config{RootCAs: ours.pool()}, http.MethodPut, push)
	if err != nil || resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 || resp.TLS.Version < tls.VersionTLS12 {
		t.Errorf("got %v, %v, want 200 over HTTP/2", resp, err)
	}
	if resp, err := ask(t, &tls.Config{RootCAs: other.pool()}, http.MethodPut, push); err == nil {
		t.Errorf("a client that trusts another authority got %s", resp.Status)
	}
	if resp, err := ask(t, &tls.Config{RootCAs: ours.pool(), MaxVersion: tls.VersionTLS11}, http.MethodPut, push); err == nil {
		t.Errorf("a client with TLS 1.1 got %s", resp.Status)
	}
	if resp, err := ask(t, nil, http.MethodPut, "http://"+address+"/metrics/job/a"); err == nil && resp.StatusCode != http.StatusBadRequest {
		t.Errorf("without TLS: got %s", resp.Status)
	}
}

// With mutual TLS only clients with a certificate by the right authority get in, to
// health checks as well.
func TestMutualTLS(t *testing.T) {
	dir, ours, clients, other := t.TempDir(), newAuthority(t), newAuthority(t), newAuthority(t)
	install(t, dir, ours.issue(t))
	writePEM(t, dir, "clients.crt", "CERTIFICATE", clients.cert.Raw)
	address := served(t, dir, mutualTLS+"  client_allowed_sans: [backup]\n", "")
	for name, c := range map[string]struct {
		shown []tls.Certificate
		want  bool
	}{
		"the right one":        {[]tls.Certificate{clients.issue(t, "backup")}, true},
		"none":                 {nil, false},
		"of another authority": {[]tls.Certificate{other.issue(t, "backup")}, false},
		"the server's":         {[]tls.Certificate{ours.issue(t, "backup")}, false},
		"another name":         {[]tls.Certificate{clients.issue(t, "cleanup")}, false},
	} {
		for _, path := range []string{"/metrics/job/a", "/-/healthy"} {
			method := map[bool]string{true: http.MethodPut, false: http.MethodGet}[path != "/-/healthy"]
			resp, err := ask(t, &tls.Config{RootCAs: ours.pool(), Certificates: c.shown}, method, "https://"+address+path)
			if got := err == nil && resp.StatusCode == http.StatusOK; got != c.want {
				t.Errorf("%s, %s: got %v, %v", name, path, resp, err)
			}
		}
	}
}

// A renewed certificate is shown to the next connection, without a restart or a reload.
func TestCertificateIsRenewed(t *testing.T) {
	dir, ours := t.TempDir(), newAuthority(t)
	install(t, dir, ours.issue(t))
	address := served(t, dir, serverTLS, "")
	serial := func() string {
		resp, err := ask(t, &tls.Config{RootCAs: ours.pool()}, http.MethodGet, "https://"+address+"/-/healthy")
		if err != nil {
			t.Fatal(err)
		}
		return resp.TLS.PeerCertificates[0].SerialNumber.String()
	}
	before := serial()
	if serial() != before {
		t.Fatal("the certificate changes by itself")
	}
	install(t, dir, ours.issue(t))
	if serial() == before {
		t.Error("the old certificate is shown")
	}
}

// Users of the web configuration and tokens are two doors, one after the other: a token
// doesn't open the first, a user not the second. Both at once take a header of its own.
func TestUsersAndTokens(t *testing.T) {
	// The password is "secret", hashed at the least cost.
	const users = "basic_auth_users:\n  alice: $2a$04$3.wQCpUCdbliOdVkafFEYObaacNOLfuq76ybGrwiPcvZl1tqafET2\n"
	const alice, token = "Basic YWxpY2U6c2VjcmV0", "a token"
	tokens := fmt.Sprintf("tokens:\n- {name: backup, sha256: %x, rights: [push], match: '{job=\"a\"}'}\nanonymous: [read]\n", sha256.Sum256([]byte(token)))
	address := served(t, t.TempDir(), users, tokens)
	for _, c := range []struct {
		method, path string
		headers      []string
		want         int
	}{
		{"GET", "/metrics", nil, 401},
		{"GET", "/metrics", []string{"Authorization", alice}, 200},
		{"PUT", "/metrics/job/a", []string{"Authorization", "Bearer " + token}, 401},
		{"PUT", "/metrics/job/a", []string{"Headgate-Token", token}, 401},
		{"PUT", "/metrics/job/a", []string{"Authorization", alice, "Headgate-Token", token}, 200},
		{"PUT", "/metrics/job/b", []string{"Authorization", alice, "Headgate-Token", token}, 403},
		{"PUT", "/metrics/job/a", []string{"Authorization", alice, "Headgate-Token", "wrong"}, 401},
	} {
		resp, err := ask(t, nil, c.method, "http://"+address+c.path, c.headers...)
		if err != nil || resp.StatusCode != c.want {
			t.Errorf("%s %s with %q: got %v, %v, want %d", c.method, c.path, c.headers, resp, err, c.want)
		}
	}
}
