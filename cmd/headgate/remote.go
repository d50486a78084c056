package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	commonconfig "github.com/prometheus/common/config"

	"github.com/headgate/headgate/internal/client"
)

// remote is the gateway that a command talks to. Commands embed it for its flags.
type remote struct {
	endpoint
	Timeout time.Duration `name:"timeout" default:"10s" env:"HEADGATE_TIMEOUT" help:"How long a request may take."`
}

// endpoint is where a gateway is, and who asks.
type endpoint struct {
	URL      string `name:"url" placeholder:"URL" env:"HEADGATE_URL" default:"http://localhost:9091" help:"The gateway."`
	User     string `name:"user" placeholder:"NAME" env:"HEADGATE_USER" help:"User name, if the gateway asks for one."`
	Password string `name:"password-file" placeholder:"FILE" env:"HEADGATE_PASSWORD_FILE" type:"existingfile" help:"File with the password."`
	Token    string `name:"token-file" placeholder:"FILE" env:"HEADGATE_TOKEN_FILE" type:"existingfile" help:"File with a bearer token."`
	CA       string `name:"ca-file" placeholder:"FILE" env:"HEADGATE_CA_FILE" type:"existingfile" help:"Certificates of who may sign the gateway's, as PEM."`
	Cert     string `name:"cert-file" placeholder:"FILE" env:"HEADGATE_CERT_FILE" type:"existingfile" help:"Certificate to show to the gateway, as PEM."`
	Key      string `name:"key-file" placeholder:"FILE" env:"HEADGATE_KEY_FILE" type:"existingfile" help:"Key of the certificate, as PEM."`
}

// Validate is called by the parser of the command line.
func (r *remote) Validate() error {
	if r.Timeout <= 0 {
		return fmt.Errorf("--timeout=%s: want a duration above 0, such as 10s", r.Timeout)
	}
	return r.endpoint.Validate()
}

// Validate is called by the parser of the command line, or by who embeds it.
func (r *endpoint) Validate() error {
	u, err := url.Parse(r.URL)
	switch {
	case err != nil:
		return fmt.Errorf("--url: %w", err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("--url=%s: want a URL such as http://localhost:9091", u.Redacted())
	case (r.User == "") != (r.Password == ""):
		return errors.New("--user and --password-file belong together: give both or none")
	case r.User != "" && r.Token != "":
		return errors.New("--user and --token-file exclude each other: want one of them")
	case (r.Cert == "") != (r.Key == ""):
		return errors.New("--cert-file and --key-file belong together: give both or none")
	}
	return nil
}

// client returns the client for all requests of a command. It has no timeout of its
// own: a request's context has it.
func (r *endpoint) client() (*http.Client, error) {
	c := commonconfig.DefaultHTTPClientConfig
	c.TLSConfig = commonconfig.TLSConfig{CAFile: r.CA, CertFile: r.Cert, KeyFile: r.Key, MinVersion: tls.VersionTLS12}
	switch {
	case r.Token != "":
		c.Authorization = &commonconfig.Authorization{CredentialsFile: r.Token}
	case r.User != "":
		c.BasicAuth = &commonconfig.BasicAuth{Username: r.User, PasswordFile: r.Password}
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return commonconfig.NewClientFromConfig(c, "headgate")
}

// mostAnswer bounds what is read of an answer, in bytes.
const mostAnswer = 256 << 20

// call asks the gateway's API and decodes the data of its answer into data, unless
// that is nil. path is below the gateway's URL, as in "api/v1/groups".
func (r *remote) call(ctx context.Context, method, path string, query url.Values, data any) error {
	c, err := r.client()
	if err != nil {
		return err
	}
	defer c.CloseIdleConnections()
	body, err := r.ask(ctx, c, method, path, query)
	if err != nil || data == nil {
		return err
	}
	return json.Unmarshal(body, &struct{ Data any }{data})
}

// gateway is the gateway's API, asked over connections that are kept as long as the
// command runs.
func (r *remote) gateway() (client.Gateway, error) {
	c, err := r.client()
	return client.Gateway{Ask: func(ctx context.Context, method, path string, query url.Values) ([]byte, error) {
		return r.ask(ctx, c, method, path, query)
	}}, err
}

// ask returns the body of an answer of 2xx.
func (r *remote) ask(ctx context.Context, c *http.Client, method, path string, query url.Values) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	target := strings.TrimSuffix(r.URL, "/") + "/" + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, r.unreachable(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s %s: %w", method, req.URL.Redacted(), err)
	case len(body) > mostAnswer:
		return nil, fmt.Errorf("%s %s: answer of more than %d bytes: ask for less of it", method, req.URL.Redacted(), mostAnswer)
	}
	return body, judge(req, resp, body)
}

// judge says what is wrong with an answer. What is below the API answers in JSON.
func judge(req *http.Request, resp *http.Response, body []byte) error {
	var a struct{ Status, Error string }
	err := json.Unmarshal(body, &a)
	inAPI := strings.Contains(req.URL.Path, "/api/v1/")
	switch {
	case resp.StatusCode/100 == 2 && (!inAPI || err == nil && a.Status == "success"):
		return nil
	case a.Error != "" && resp.StatusCode == http.StatusUnauthorized:
		return hint(fmt.Errorf("the gateway answered %s: %s", resp.Status, a.Error), "--token-file or HEADGATE_TOKEN_FILE names a file with a token")
	case a.Error != "":
		return fmt.Errorf("the gateway answered %s: %s", resp.Status, a.Error)
	case resp.StatusCode/100 == 2, resp.StatusCode == http.StatusNotFound:
		return hint(fmt.Errorf("%s %s: answered %s, and not as Headgate does", req.Method, req.URL.Redacted(), resp.Status),
			"is it a Headgate, and is --url right, with the route prefix if there is one?")
	}
	return fmt.Errorf("the gateway answered %s: %s", resp.Status, firstLine(body))
}

// firstLine is what an error shows of a body.
func firstLine(body []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(body), []byte("\n"))
	const most = 500
	return string(line[:min(len(line), most)])
}

// unreachable says what to look at when there was no answer.
func (r *endpoint) unreachable(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err // the URL is in our own words
	}
	return hint(fmt.Errorf("no answer from %s: %w", r.shown(), err),
		"does the gateway run there? --url or HEADGATE_URL names another")
}

// shown is the gateway's URL without a password.
func (r *endpoint) shown() string {
	u, _ := url.Parse(r.URL) // valid, see Validate
	return u.Redacted()
}
