package main

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	commonconfig "github.com/prometheus/common/config"

	"github.com/headgate/headgate/internal/load"
)

// target is the gateway for connections that no http.Client is in the way of.
func (r *remote) target() (*load.Target, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, err
	}
	t := &load.Target{Addr: u.Host, Path: strings.TrimSuffix(u.EscapedPath(), "/")}
	address := u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	dialer := net.Dialer{Timeout: r.Timeout}
	t.Dial = func(ctx context.Context) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", address) }
	if u.Scheme == "https" {
		c, err := commonconfig.NewTLSConfig(&commonconfig.TLSConfig{CAFile: r.CA, CertFile: r.Cert, KeyFile: r.Key, MinVersion: tls.VersionTLS12})
		if err != nil {
			return nil, err
		}
		over := &tls.Dialer{NetDialer: &dialer, Config: c}
		t.Dial = func(ctx context.Context) (net.Conn, error) { return over.DialContext(ctx, "tcp", address) }
	}
	t.Header, err = r.credentials(u)
	return t, err
}

// credentials are the header line with which the gateway is asked, if any.
func (r *remote) credentials(u *url.URL) (string, error) {
	basic := func(user, password string) string {
		return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password)) + "\r\n"
	}
	switch {
	case r.Token != "":
		token, err := secret(r.Token)
		return "Authorization: Bearer " + token + "\r\n", err
	case r.User != "":
		password, err := secret(r.Password)
		return basic(r.User, password), err
	case u.User != nil:
		password, _ := u.User.Password()
		return basic(u.User.Username(), password), nil
	}
	return "", nil
}

// secret is the content of a file that holds nothing else.
func secret(file string) (string, error) {
	text, err := os.ReadFile(file)
	s := strings.TrimSpace(string(text))
	if err == nil && strings.ContainsAny(s, "\r\n") {
		err = fmt.Errorf("%s: want a single line", file)
	}
	return s, err
}
