package push

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/prometheus/common/expfmt"
)

// HTTPConfig says where and how an HTTP transport sends.
type HTTPConfig struct {
	// URL is the gateway's, or just host:port, without /metrics/job/….
	URL string
	// Client sends the requests. If it is nil, the transport has one of its own,
	// whose connections its Close closes; a Client that is given stays open.
	Client HTTPDoer
	// Header is added to every request.
	Header http.Header
	// Auth is the user for basic authentication, as url.UserPassword returns it. nil: none.
	Auth *url.Userinfo
	// BearerTokenFile is a file with a token to send as Authorization: Bearer, read for
	// each request; "" means none.
	BearerTokenFile string
	// Format is how metrics are encoded, delimited protobuf if it is empty.
	Format expfmt.Format
	// Compression is how bodies are compressed.
	Compression Compression
}

// HTTPDoer is the one method of *http.Client that a transport calls.
type HTTPDoer interface {
	Do(*http.Request) (*http.Response, error)
}

// HTTP sends batches to the push API of a gateway, Headgate's or Pushgateway's:
// Replace as PUT, Merge and Delta as POST, Delete as DELETE. It refuses Samples:
// the push API keeps no history.
//
// A Delta asks the gateway to add, and to say so in its answer. One that doesn't,
// as Pushgateway, has taken the increments for values: the error is Final then and
// wraps ErrNotAggregating.
//
// It is safe for concurrent use.
type HTTP struct {
	sender sender
	base   string // without a slash at its end
	format expfmt.Format
}

// NewHTTP returns a transport to the push API, or says what of c is wrong.
func NewHTTP(c HTTPConfig) (*HTTP, error) {
	base, err := checkGatewayURL(c.URL)
	if err != nil {
		return nil, err
	}
	c.URL = base
	if c.Format != "" && c.Format.FormatType() == expfmt.TypeUnknown {
		return nil, unknownFormat(c.Format)
	}
	if err := c.Compression.check(); err != nil {
		return nil, err
	}
	if err := checkHeader(c.Header); err != nil {
		return nil, err
	}
	if c.Auth != nil && c.BearerTokenFile != "" {
		return nil, errTwoLogins
	}
	c.Header = c.Header.Clone()
	h := uncheckedHTTP(c)
	if h.sender.client == nil {
		h.sender.useOwnClient()
	}
	return h, nil
}

// uncheckedHTTP returns a transport of which nothing is checked before the first
// request is, as client_golang has it. Client must not be nil, and Header stays the
// caller's.
func uncheckedHTTP(c HTTPConfig) *HTTP {
	if c.Format == "" {
		c.Format = expfmt.NewFormat(expfmt.TypeProtoDelim)
	}
	h := &HTTP{base: strings.TrimSuffix(withScheme(c.URL), "/"), format: c.Format}
	h.sender.client, h.sender.header, h.sender.auth, h.sender.tokenFile = c.Client, c.Header, c.Auth, c.BearerTokenFile
	h.sender.compressor.kind = c.Compression
	return h
}

func unknownFormat(f expfmt.Format) error {
	return fmt.Errorf("format %q: want one of expfmt.NewFormat, as %q", f, expfmt.NewFormat(expfmt.TypeProtoDelim))
}

// Send delivers b in one request. What it returns is a *SendError.
func (h *HTTP) Send(ctx context.Context, b *Batch) error {
	m := message{url: groupURL(h.base, b.Job, b.Grouping), op: "pushing to", accepts: acceptsPush}
	switch b.Mode {
	case Replace:
		m.method = http.MethodPut
	case Merge, Delta:
		m.method = http.MethodPost
	case Delete:
		m.method, m.op, m.accepts = http.MethodDelete, "deleting", acceptsDelete
		return h.sender.send(ctx, b, m)
	default:
		return m.fail(Final, fmt.Errorf("mode %s to %s: %w", b.Mode, redact(m.url), errNoHistory))
	}
	var err error
	m.contentType = string(h.format)
	if m.body, err = encodeBody(b, h.format); err != nil {
		return m.fail(Final, err)
	}
	return h.sender.send(ctx, b, m)
}

var errNoHistory = errors.New("the push API takes no timestamps: send samples through a transport that does, as NewJSON's, or totals instead")

// Depending on its version a gateway answers a push with the one or the other.
func acceptsPush(status int) bool {
	return status == http.StatusOK || status == http.StatusAccepted
}

func acceptsDelete(status int) bool { return status == http.StatusAccepted }

// Close closes the connections, unless the Client was given.
func (h *HTTP) Close() error {
	h.sender.close()
	return nil
}
