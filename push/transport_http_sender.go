package push

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// The headers of the push API, see Batch.
const (
	headerAggregate = "Headgate-Aggregate"
	headerProducer  = "Headgate-Producer"
	headerSequence  = "Headgate-Sequence"
	headerTTL       = "Headgate-TTL"
	headerExpect    = "Headgate-Expect"
	headerKeep      = "Headgate-Keep"

	aggregateDelta    = "delta"
	keepUntilScraped  = "until-scraped"
	headerContentType = "Content-Type"
)

// sender sends requests and reads the answers, for HTTP and for JSON.
type sender struct {
	client     HTTPDoer
	own        *http.Transport // of client, if it belongs to the sender
	header     http.Header     // cloned for each request
	auth       *url.Userinfo
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
// so few suffice.
func (s *sender) useOwnClient() {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	s.own = &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 2,
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
	resp, err := s.client.Do(req)
	if err != nil {
		return s.noAnswer(&m, &p, err)
	}
	return judge(b, &m, resp)
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

// setOptions sets the headers that ask for more than Pushgateway does.
func setOptions(h http.Header, b *Batch) {
	if b.Mode == Delete {
		return
	}
	if b.Mode == Delta {
		h.Set(headerAggregate, aggregateDelta)
	}
	if b.Producer != "" {
		h.Set(headerProducer, b.Producer)
		h.Set(headerSequence, strconv.FormatUint(b.Sequence, 10))
	}
	if d := b.Lifetime.TTL; d > 0 {
		h.Set(headerTTL, model.Duration(d).String())
	}
	if d := b.Lifetime.Expect; d > 0 {
		h.Set(headerExpect, model.Duration(d).String())
	}
	if b.Lifetime.KeepUntilScraped {
		h.Set(headerKeep, keepUntilScraped)
	}
}

// checkHeader refuses what net/http would refuse in every request.
func checkHeader(h http.Header) error {
	for name, values := range h {
		if !validHeaderName(name) {
			return fmt.Errorf("header %q: want a name of letters, digits and -", name)
		}
		for _, v := range values {
			if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
				return fmt.Errorf("header %q: value %q: want no control characters", name, v)
			}
		}
	}
	return nil
}

// validHeaderName reports whether name is a token of RFC 9110.
func validHeaderName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
}
