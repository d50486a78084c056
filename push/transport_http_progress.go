package push

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// progress watches how far a request gets, to know what it means that no answer
// came. net/http may try several connections for one request, and calls the hooks
// from several goroutines.
type progress struct {
	begun atomic.Bool  // net/http looked for a connection, so the hooks are called
	conns atomic.Int32 // connections that were had
	cuts  atomic.Int32 // requests that weren't written to their end
}

// trace returns ctx with p watching.
func (p *progress) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { p.begun.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { p.conns.Add(1) },
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err != nil {
				p.cuts.Add(1)
			}
		},
	})
}

// sent is whether a whole request may have reached the server. One whose writing
// failed can't have: the server lacks its end. For one whose writing hasn't ended
// when net/http gives up nobody knows, so it counts as sent.
func (p *progress) sent() bool { return p.conns.Load() > p.cuts.Load() }
