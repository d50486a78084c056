package push

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// JSONConfig says where and how a JSON transport sends.
type JSONConfig struct {
	// URL is where lists of samples are posted to, as http://headgate:9091/api/v1/push.
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
	// Compression is how bodies are compressed.
	Compression Compression
}

// JSON posts batches as lists of samples, each with its own timestamp if it has one:
//
//	[{"name": "rows_total", "value": 3, "type": "counter",
//	  "labels": {"table": "orders", "instance": "db-1"}, "timestamp": 1700000000000, "job": "backup"}]
//
// A histogram or a summary is sent as its series in the text format, each with the
// type of the whole. Timestamps are in milliseconds since the epoch, and NaN and the
// infinities are strings. There is no room for help texts, units, exemplars, created
// timestamps and native buckets: of a native histogram sum and count are sent.
//
// Replace and Merge are the same to it: metrics of a group that aren't pushed any
// more stay. Delete is refused. A Delta has to be answered as by a gateway, see HTTP.
// The names of the grouping labels are put into the URL, as ?grouping=instance, for
// a Headgate to know the group, unless the URL has such a parameter already.
//
// It is safe for concurrent use.
type JSON struct {
	sender sender
	url    string
}

// NewJSON returns a transport to a JSON endpoint, or says what of c is wrong.
func NewJSON(c JSONConfig) (*JSON, error) {
	u, err := checkURL(c.URL)
	if err != nil {
		return nil, err
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
	j := &JSON{url: u.String()}
	j.sender.client, j.sender.header, j.sender.auth, j.sender.tokenFile = c.Client, c.Header.Clone(), c.Auth, c.BearerTokenFile
	j.sender.compressor.kind = c.Compression
	if c.Client == nil {
		j.sender.useOwnClient()
	}
	return j, nil
}

// Send delivers b in one request, or in none if it has no samples. What it returns
// is a *SendError.
func (j *JSON) Send(ctx context.Context, b *Batch) error {
	m := message{
		method: http.MethodPost, op: "pushing to", contentType: "application/json",
		url:     withGrouping(j.url, b.Grouping),
		accepts: func(status int) bool { return status/100 == 2 },
	}
	if b.Mode > Samples {
		return m.fail(Final, fmt.Errorf("mode %s to %s: %w", b.Mode, redact(m.url), errNoDelete))
	}
	var err error
	if m.body, err = encodeJSON(b); err != nil {
		return m.fail(Final, err)
	}
	if m.body == nil {
		return nil
	}
	return j.sender.send(ctx, b, m)
}

var errNoDelete = errors.New("a JSON endpoint deletes nothing: delete the group through the push API, as NewHTTP's")

// withGrouping adds to the URL the names of the labels that make the group.
func withGrouping(to string, grouping []Label) string {
	u, err := url.Parse(to)
	if err != nil || u.Query().Has("grouping") {
		return to
	}
	var names []string
	for _, l := range grouping {
		if l.Value != "" { // no value is no label
			names = append(names, url.QueryEscape(l.Name))
		}
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += "grouping=" + strings.Join(names, ",")
	return u.String()
}

// Close closes the connections, unless the Client was given.
func (j *JSON) Close() error {
	j.sender.close()
	return nil
}
