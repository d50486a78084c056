package pushtest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// exchange is one request to a push route and what becomes of it.
type exchange struct {
	g       *Gateway
	w       http.ResponseWriter
	r       *http.Request
	order   Order
	release <-chan struct{}
	index   int  // in g.pushes
	resets  int  // of the gateway when the push arrived
	push    Push // ours until it is published
}

// errStop ends an exchange without an answer.
var errStop = errors.New("no answer is to be given")

// take receives a push, does as the orders say, and answers. read makes of the
// body what is to be applied.
func (g *Gateway) take(w http.ResponseWriter, r *http.Request, read func(*Push) (entry, error)) {
	x := g.arrive(w, r)
	err := x.run(read)
	if errors.Is(err, errStop) {
		x.cut()
	}
	if err != nil {
		x.refuse(err)
	}
}

// arrive notes a request, and gives it its order.
func (g *Gateway) arrive(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{g: g, w: w, r: r}
	x.push = Push{Time: time.Now(), Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.Query(), Header: r.Header}
	g.arriving.Lock()
	defer g.arriving.Unlock()
	x.order, x.release = g.orders.next(r)
	g.mu.Lock()
	defer g.mu.Unlock()
	x.index, x.resets = len(g.pushes), g.resets
	g.pushes = append(g.pushes, x.push)
	g.notify()
	return x
}

// run takes a push from its body to its answer. An error is its end.
func (x *exchange) run(read func(*Push) (entry, error)) error {
	e, err := x.receive(read)
	if err != nil {
		return err
	}
	acknowledged, err := x.apply(e)
	if err != nil {
		return err
	}
	if x.order.afterApply {
		if err := x.obey(); err != nil {
			return err
		}
	}
	x.acknowledge(acknowledged, e.reply)
	return nil
}

// receive makes an entry of the request. An order comes before what is wrong with
// the body, but for a body that doesn't come.
func (x *exchange) receive(read func(*Push) (entry, error)) (e entry, err error) {
	if x.order.early {
		if err := x.obey(); err != nil {
			return e, err
		}
	}
	if err = x.readBody(); err == nil {
		e, err = read(&x.push)
	}
	x.publish()
	if !errors.Is(err, errStop) && !x.order.early && !x.order.afterApply {
		if err := x.obey(); err != nil {
			return e, err
		}
	}
	return e, err
}

// obey does what the order says at its moment. It returns nil if the push goes on.
func (x *exchange) obey() error {
	o := &x.order
	if err := x.wait(); err != nil {
		return err
	}
	switch {
	case o.cut:
		return errStop
	case o.status != 0:
		return &refusal{status: o.status, header: o.header, text: "ordered"}
	}
	for name, values := range o.header {
		x.w.Header()[name] = values
	}
	return nil
}

// wait passes the time of an order. It ends early with the client's patience, as
// far as the server sees it, or the gateway's life.
func (x *exchange) wait() error {
	if err := pause(x.r.Context(), x.order.delay); err != nil {
		return err
	}
	if !x.order.hang {
		return nil
	}
	select {
	case <-x.release:
		return nil
	case <-x.r.Context().Done():
		return errStop
	}
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return errStop
	}
}

// publish shows what is known of the push.
func (x *exchange) publish() {
	x.note(func(p *Push) { *p = x.push })
}

// note changes the record of the push, unless Reset has forgotten it.
func (x *exchange) note(change func(*Push)) {
	x.g.mu.Lock()
	defer x.g.mu.Unlock()
	if x.resets == x.g.resets {
		change(&x.g.pushes[x.index])
		x.g.notify()
	}
}

// apply applies e, and returns the number of the entry that is acknowledged by an
// answer: that of e, or of the one that e repeats.
func (x *exchange) apply(e entry) (int, error) {
	x.g.mu.Lock()
	defer x.g.mu.Unlock()
	if x.resets != x.g.resets {
		return 0, errStop
	}
	p := &x.g.pushes[x.index]
	e.push, e.at = x.index, time.Now()
	v, err := x.g.ledger.apply(e)
	if err != nil {
		return 0, err
	}
	p.Applied, p.Duplicate, p.OutOfOrder = !v.duplicate, v.duplicate, v.outOfOrder
	x.g.notify()
	if p.Delta && !x.g.config.plain {
		x.w.Header().Set(aggregateHeader, "delta")
	}
	if v.duplicate {
		x.w.Header().Set(duplicateHeader, "true")
	}
	return v.number, nil
}

// cut ends the connection. What is still on its way in isn't waited for.
func (x *exchange) cut() {
	if c, ok := x.r.Context().Value(connKey{}).(net.Conn); ok {
		if l, ok := c.(interface{ SetLinger(int) error }); ok && x.order.reset {
			_ = l.SetLinger(0) // if it fails the connection is closed already
		}
		c.Close()
	}
	panic(http.ErrAbortHandler)
}
