package push

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// chaosClient is one life of a client.
type chaosClient struct {
	c       *chaos
	p       *Pusher
	lines   []*line
	dead    atomic.Bool
	pending amounts // recorded since the last Flush

	hits, rows *Counter
	sizes      *Histogram
	depth      *Gauge
}

// open begins a life.
func (c *chaos) open() *chaosClient {
	client := &chaosClient{c: c, pending: amounts{}}
	for _, g := range c.gateways {
		client.lines = append(client.lines, newLine(g.Gateway))
	}
	client.p = New(c.gateways[0].URL(), "chaos", client.options()...).Client(client.lines[0].client())
	r := client.p.Recorder()
	client.hits = r.Counter("hits_total", "What happened once.", "n")
	client.rows = r.Counter("rows_total", "Rows.", "table")
	client.sizes = r.Histogram("sizes", "Sizes.", []float64{1, 2, 4}, "table")
	client.depth = r.Gauge("depth", "Depth.", "queue")
	noErr(c.t, client.p.Start(c.t.Context()))
	c.clients = append(c.clients, client)
	c.account.overlapped = c.account.overlapped || len(c.clients) > 1
	return client
}

func (client *chaosClient) options() []Option {
	plan := client.c.plan
	options := []Option{
		silent(), WithHook(client.observe), WithInterval(plan.Interval), WithFlushAt(plan.FlushAt),
		WithTimeout(plan.Timeout), WithCloseTimeout(plan.Patience), WithRetry(plan.Retry), WithBreaker(plan.Breaker),
	}
	if plan.Targets > 1 {
		options = append(options, WithTarget("other", client.other()))
	}
	if plan.Spool {
		options = append(options, WithSpool(client.c.dir))
	}
	if plan.Loss == tooMuch {
		options = append(options, WithMemory(1000), WithSpoolLimit(4000))
	}
	return options
}

func (client *chaosClient) other() Transport {
	url, doer := client.c.gateways[1].URL(), client.lines[1].client()
	if client.c.plan.JSON {
		j, err := NewJSON(JSONConfig{URL: url + "/api/v1/push", Client: doer})
		noErr(client.c.t, err)
		return j
	}
	return testHTTP(client.c.t, HTTPConfig{URL: url, Client: doer, Compression: Gzip})
}

// observe is the hook.
func (client *chaosClient) observe(ev Event) {
	if ev.State == Failed && !client.dead.Load() {
		client.c.account.fail(ev)
	}
}

func (client *chaosClient) record(n int) {
	a, random := &client.c.account, client.c.random
	for range n {
		a.hits++
		client.hits.Inc(fmt.Sprint(a.hits))
		client.pending.add(fmt.Sprint("hits_total,", a.hits), 1)
	}
	if client.c.plan.OnlySingle {
		return
	}
	table, rows, size := string(rune('a'+random.IntN(3))), random.IntN(100), random.IntN(6)
	client.rows.Add(float64(rows), table)
	client.pending.add("rows_total,"+table, float64(rows))
	client.sizes.Observe(float64(size), table)
	client.pending.observe("sizes,"+table, []float64{1, 2, 4}, float64(size))
	a.depth = float64(random.IntN(1000))
	client.depth.Set(a.depth, "in")
}

// flush flushes. All that was recorded is the Pusher's then, sent or not.
func (client *chaosClient) flush(patience time.Duration) error {
	ctx, cancel := context.WithTimeout(client.c.t.Context(), patience)
	defer cancel()
	err := client.p.Flush(ctx)
	client.c.account.keep(client.pending)
	clear(client.pending)
	return err
}

// close ends a life in order.
func (client *chaosClient) close() {
	c, start := client.c, time.Now()
	err := client.p.Close(context.Background())
	if took := time.Since(start); took > c.plan.Patience {
		c.t.Errorf("Close took %s of %s", took, c.plan.Patience)
	}
	if c.plan.Spool && c.plan.Loss == nothing && err != nil {
		c.t.Errorf("Close with a spool: %v", err)
	}
	if lost := new(LostError); errors.As(err, &lost) && c.plan.Spool && !c.plan.mayLose(lost.Err) {
		c.t.Errorf("Close lost what the spool should hold: %v", lost)
	}
	c.account.keep(client.pending)
	client.hangUp()
	c.clients = slices.DeleteFunc(c.clients, func(other *chaosClient) bool { return other == client })
}

// die cuts the client off, so that nothing it still does matters.
func (client *chaosClient) die() {
	client.dead.Store(true)
	for _, l := range client.lines {
		l.sever()
	}
}

func (client *chaosClient) hangUp() {
	for _, l := range client.lines {
		l.transport.CloseIdleConnections()
	}
}

func copySpool(t *testing.T, to, from string) {
	t.Helper()
	noErr(t, os.MkdirAll(from, 0o700)) // nobody may have pushed yet
	noErr(t, os.CopyFS(to, os.DirFS(from)))
}
