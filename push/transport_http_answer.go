package push

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

const (
	// answerQuoted is how much of an error's text is kept, in bytes.
	answerQuoted = 64 << 10
	// answerDrained is how much of an answer is read so that its connection can be
	// used again. To read more costs more than a new connection.
	answerDrained = 256 << 10
)

// judge tells whether resp says that b was applied. It reads and closes its body.
func judge(b *Batch, m *message, resp *http.Response) error {
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	defer resp.Body.Close()
	req := resp.Request
	redirected := req != nil && req.Method != m.method
	if !redirected && !m.accepts(resp.StatusCode) {
		return refused(b, m, resp)
	}
	_, _ = io.CopyN(io.Discard, resp.Body, answerDrained) // the answer is known; this is for the connection
	if redirected {
		e := m.fail(Final, fmt.Errorf("%s %s was redirected and became %s %s, which pushes nothing: push to where it leads",
			m.method, redact(m.url), req.Method, req.URL.Redacted()))
		e.StatusCode = resp.StatusCode
		return e
	}
	if b.Mode == Delta && !strings.EqualFold(resp.Header.Get(headerAggregate), aggregateDelta) {
		e := m.fail(Final, fmt.Errorf("%s %s: %w: its answer lacks the header %q, so it took increments for values",
			m.method, redact(m.url), ErrNotAggregating, headerAggregate+": "+aggregateDelta))
		e.StatusCode = resp.StatusCode
		return e
	}
	return nil
}

// refused returns the error for an answer that isn't what was hoped for.
func refused(b *Batch, m *message, resp *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, answerQuoted)) // what could be read is what can be quoted
	_, _ = io.CopyN(io.Discard, resp.Body, answerDrained)
	wait := retryAfter(resp.Header, time.Now())
	e := m.fail(classOfStatus(resp.StatusCode, wait), nil)
	e.StatusCode, e.RetryAfter, e.Body = resp.StatusCode, wait, string(text)
	e.Unsure = doubtful(resp.StatusCode, e.Class)
	if said := jsonError(text); said != "" {
		e.Err = fmt.Errorf("unexpected status code %d while %s %s: %s", e.StatusCode, e.Op, e.URL, said)
	}
	if b.Mode == Delta && resp.StatusCode == http.StatusNotImplemented {
		e.Err = fmt.Errorf("%w: %s", ErrNotAggregating, strings.TrimSpace(e.Error()))
	}
	return e
}

// jsonError is what Prometheus's kind of JSON answer says, "" for another answer.
func jsonError(answer []byte) string {
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(answer, &said) != nil {
		return ""
	}
	return said.Error
}

// noAnswer returns the error for a request that got none.
func (s *sender) noAnswer(m *message, p *progress, err error) error {
	e := m.fail(ClassOf(err), err)
	switch {
	case p.begun.Load():
		e.Unsure = p.sent()
	case s.standard() && !timeout(err):
		// net/http turned the request down before it looked for a connection.
		e.Class = Final
	default:
		e.Unsure = !neverSent(err)
	}
	return e
}

// standard is whether nothing but net/http sends the requests.
func (s *sender) standard() bool {
	c, ok := s.client.(*http.Client)
	if !ok {
		return false
	}
	rt := c.Transport
	if rt == nil {
		rt = http.DefaultTransport
	}
	_, ok = rt.(*http.Transport)
	return ok
}

// timeout is whether err is that of a context or a deadline.
func timeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout() || errors.Is(err, context.Canceled)
}

// neverSent is whether err tells by itself that no connection came about.
func neverSent(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return true
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return true
	}
	return errors.Is(err, syscall.ECONNREFUSED) || ClassOf(err) == Final
}
