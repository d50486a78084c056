package load

import (
	"cmp"
	"context"
	"net"
	"time"
)

// Target is a gateway under load, and how to ask it.
type Target struct {
	Addr   string                                  // host and port; also the Host header
	Dial   func(context.Context) (net.Conn, error) // default: TCP to Addr
	Path   string                                  // before /metrics, such as a route prefix
	Header string                                  // further lines, each with CRLF at its end

	Job     string    // default DefaultJob
	Expires time.Time // when the groups are to go, to the millisecond; zero: never
}

// Connect opens a connection.
func (t *Target) Connect(ctx context.Context) (net.Conn, error) {
	if t.Dial != nil {
		return t.Dial(ctx)
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, "tcp", t.Addr)
}

// head are the header lines of all requests.
func (t *Target) head() string {
	return "Host: " + t.Addr + "\r\nUser-Agent: headgate-bench\r\n" + t.Header
}

func (t *Target) job() string { return cmp.Or(t.Job, DefaultJob) }
