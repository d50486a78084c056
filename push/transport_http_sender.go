package push

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// sender sends requests and reads the answers, for HTTP and for JSON.
type sender struct {
	client     HTTPDoer
	own        *http.Transport // of client, if it belongs to the sender
	header     http.Header     // cloned for each request
	auth       *url.Userinfo
	tokenFile  string // "" for none
	compressor compressor
}

// message is one request to be.
type message struct {
	method, url, contentType string
	op                       string // for SendError.Op
	body                     []byte // nobody changes it; empty: none
	accepts                  func(status int) bool
}

func (m *message) fail(c Class, cause error) *SendError {
	return &SendError{Class: c, Op: m.op, URL: redact(m.url), Err: cause}
}

// useOwnClient gives s connections of its own. A target sends one batch at a time,
// but many Pushers may share a transport: net/http would keep 2 connections for them
// and make the others anew for each push.
func (s *sender) useOwnClient() {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	s.own = &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 100,
		IdleConnTimeout:     90 * time.Second,
	}
	s.client = &http.Client{Transport: s.own}
}

func (s *sender) close() {
	if s.own != nil {
		s.own.CloseIdleConnections()
	}
}

// send sends m, the form of b, and judges the answer.
func (s *sender) send(ctx context.Context, b *Batch, m message) error {
	if ctx.Err() != nil {
		op := m.method[:1] + strings.ToLower(m.method[1:]) // as http.Client has it
		return m.fail(Retryable, &url.Error{Op: op, URL: redact(m.url), Err: context.Cause(ctx)})
	}
	var p progress
	req, err := s.request(p.trace(ctx), b, &m)
	if err != nil {
		return m.fail(Final, err)
	}
	if s.tokenFile != "" {
		token, err := bearer(s.tokenFile)
		if err != nil {
			return m.fail(Retryable, err) // it may be about to be replaced
		}
		req.Header.Set("Authorization", token)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return s.noAnswer(&m, &p, err)
	}
	passWarnings(ctx, resp.Header)
	err = judge(b, &m, resp)
	if e, ok := errors.AsType[*SendError](err); ok && e.StatusCode == http.StatusUnauthorized && s.tokenFile != "" {
		e.Class = Retryable // the token may be about to be replaced, here or there
	}
	return err
}

// request builds the request of m. Each has its own copy of the headers: pushes
// that run at once must not share a map.
func (s *sender) request(ctx context.Context, b *Batch, m *message) (*http.Request, error) {
	body, encoding := m.body, Uncompressed
	if len(body) > 0 && s.compressor.kind != Uncompressed {
		var err error
		if body, err = s.compressor.compress(body); err != nil {
			return nil, err
		}
		encoding = s.compressor.kind
	}
	req, err := http.NewRequestWithContext(ctx, m.method, m.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if s.header != nil {
		req.Header = s.header.Clone()
	}
	if s.auth != nil {
		password, _ := s.auth.Password()
		req.SetBasicAuth(s.auth.Username(), password)
	}
	if m.contentType != "" {
		req.Header.Set(headerContentType, m.contentType)
	}
	if encoding != Uncompressed {
		req.Header.Set("Content-Encoding", encoding.String())
	}
	setOptions(req.Header, b)
	return req, nil
}
