package pushtest

import (
	"context"
	"net/http"
	"slices"
	"sync"
)

// TB is what a Gateway needs of a test: *testing.T and *testing.B have it.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// A Gateway is a push gateway inside a test. Its methods may be called by several
// goroutines at once; those that can fail the test, which are Value, Sum, Samples,
// Wait and Restart, belong on the test's own.
type Gateway struct {
	t      TB
	config config
	url    string
	client *http.Client

	pages   *http.ServeMux
	address string

	// Each of these is taken before mu if both are.
	life     sync.Mutex // held while the server starts or stops
	arriving sync.Mutex // held while a push gets its order and its place in pushes
	orders   orders

	mu      sync.Mutex
	server  *server // nil while killed
	pushes  []Push
	ledger  ledger
	resets  int
	changed chan struct{} // closed, and made anew, whenever pushes or ledger change
}

// New starts a gateway that runs until the test ends, or until Close.
func New(t TB, opts ...Option) *Gateway {
	t.Helper()
	g := &Gateway{t: t, changed: make(chan struct{}), config: config{maxBody: DefaultMaxBody}}
	for _, o := range opts {
		o(&g.config)
	}
	if err := g.config.check(); err != nil {
		t.Fatalf("pushtest: %v", err)
	}
	g.orders.release = make(chan struct{})
	g.pages = g.routes()
	g.life.Lock()
	defer g.life.Unlock()
	if err := g.start(); err != nil {
		t.Fatalf("pushtest: start the gateway: %v", err)
	}
	g.client = &http.Client{Transport: &http.Transport{DialContext: g.dial}}
	t.Cleanup(g.Close)
	return g
}

// URL is where the gateway is, without a trailing slash. It stays the same when
// the gateway is killed and restarted.
func (g *Gateway) URL() string { return g.url }

// Client returns a client that reaches the gateway, which with InMemory no other
// does. It is the same at each call, has no timeout, and Close closes its connections.
func (g *Gateway) Client() *http.Client { return g.client }

// Close stops the gateway as Kill does. What arrived can still be looked at. It
// may be called more than once; New has it called when the test ends.
func (g *Gateway) Close() {
	g.Kill()
	g.client.CloseIdleConnections()
}

// Reset forgets all orders, pushes and groups, and lets go of what hangs, so that
// one gateway can serve several subtests. A push that is under way is forgotten, too.
func (g *Gateway) Reset() {
	g.Recover()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pushes, g.ledger = nil, ledger{}
	g.resets++
	g.notify()
}

// notify wakes every Wait. The caller holds mu.
func (g *Gateway) notify() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// Wait returns when until says true. It is asked at once and after everything
// that happens at the gateway. If ctx ends first, the test fails with a list of
// what has arrived.
//
//	gw.Wait(ctx, func() bool { return gw.Applied() == 3 })
func (g *Gateway) Wait(ctx context.Context, until func() bool) {
	g.t.Helper()
	for {
		g.mu.Lock()
		changed := g.changed
		g.mu.Unlock()
		if until() {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			g.t.Fatalf("pushtest: %v before what was waited for; %s", ctx.Err(), g.arrived())
			return
		}
	}
}

// Pushes returns every push and every delete that has arrived, in the order of
// arrival, with what has become of it so far. What it points to is not to be changed.
func (g *Gateway) Pushes() []Push {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.pushes)
}

// Applied returns how many pushes and deletes were applied: neither refused, nor
// recognised as repetitions, nor kept from it by an order.
func (g *Gateway) Applied() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for i := range g.pushes {
		if g.pushes[i].Applied {
			n++
		}
	}
	return n
}

// Groups returns the groups that a scrape would show, sorted by their keys. What
// they point to is not to be changed.
func (g *Gateway) Groups() []Group {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ledger.state.list()
}
