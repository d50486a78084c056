package pushtest

import (
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// An Order says what is to go wrong with a push. The zero Order lets it through.
// Orders are values: a method returns a changed copy.
//
// What an order does happens after the body was read, so that Pushes shows it,
// and before the push is applied; Early and AfterApply move it.
type Order struct {
	times      int // 0 is once
	status     int
	header     http.Header
	delay      time.Duration
	hang       bool
	cut        bool
	reset      bool
	early      bool
	afterApply bool

	limited bool
	most    int64 // bytes of the body that are read, if limited
	chunk   int   // bytes that are read in one pause
	pause   time.Duration
}

// Pass lets a push through. It stands in a queue for those that nothing is to happen to.
func Pass() Order { return Order{} }

// Status has a push answered with code, and not applied.
func Status(code int) Order { return Order{status: code} }

// Delay has a push wait for d. One whose client gives up meanwhile is not applied.
func Delay(d time.Duration) Order { return Order{delay: d} }

// Hang has a push wait until Release, Recover, Kill or Close. One whose client
// gives up meanwhile is not applied; after Release it goes on as if nothing had been.
func Hang() Order { return Order{hang: true} }

// CutBefore cuts the connection before any of the body is read.
func CutBefore() Order { return CutMidBody(0) }

// CutMidBody cuts the connection after n bytes of the body, counted as they come,
// or at its end if it is shorter. The push is not applied.
func CutMidBody(n int64) Order { return Order{cut: true, limited: true, most: max(n, 0)} }

// CutAfterApply applies a push and cuts the connection without an answer: the case
// in which a retry must not count twice.
func CutAfterApply() Order { return Order{cut: true, afterApply: true} }

// SlowRead has the body read in pieces of n bytes with a pause before each. On a
// socket the kernel takes some hundred kilobytes before the client feels it.
func SlowRead(n int, pause time.Duration) Order {
	return Order{chunk: max(n, 1), pause: pause}
}

// Times gives the order to the next n pushes instead of one; with n < 1 to all
// that follow, until Recover.
func (o Order) Times(n int) Order {
	o.times = n
	if n < 1 {
		o.times = math.MaxInt
	}
	return o
}

// Delay has the push wait for d before what else the order does.
func (o Order) Delay(d time.Duration) Order { o.delay = d; return o }

// AfterApply has the order happen when the push was applied already, so that the
// client learns nothing, or something wrong, about what came true. A push that the
// gateway refuses is answered with that.
func (o Order) AfterApply() Order { o.afterApply = true; return o }

// Early has the order happen before the body is read, as a proxy does that answers
// by the header. The gateway doesn't read the body then.
func (o Order) Early() Order { o.early = true; return o }

// Reset has a cut end the connection with a reset, as a host that has forgotten it
// does, where otherwise the client reads the end of a stream.
func (o Order) Reset() Order { o.reset = true; return o }

// Header adds a header to the ordered answer.
func (o Order) Header(name, value string) Order {
	o.header = maps.Clone(o.header)
	if o.header == nil {
		o.header = http.Header{}
	}
	o.header[http.CanonicalHeaderKey(name)] = append(slices.Clone(o.header.Values(name)), value)
	return o
}

// RetryAfter adds a Retry-After of d, rounded up to the whole seconds that it has.
func (o Order) RetryAfter(d time.Duration) Order {
	seconds := (d + time.Second - 1) / time.Second
	return o.Header("Retry-After", strconv.FormatInt(int64(seconds), 10))
}

// Warning has the answer warn of what was pushed, as Headgate's does. Pass().Warning(…)
// takes the push all the same. An order may have several warnings.
func (o Order) Warning(rule, message string) Order {
	return o.Header("Headgate-Warning", rule+": "+message)
}

// orders are what is to go wrong next.
type orders struct {
	mu        sync.Mutex
	queue     []Order
	otherwise func(*http.Request) Order
	release   chan struct{} // closed, and made anew, by Release
}

// next takes the order for a request, and what ends its Hang. The caller holds
// the gateway's arriving, so otherwise runs in one goroutine at a time.
func (o *orders) next(r *http.Request) (Order, <-chan struct{}) {
	o.mu.Lock()
	release, otherwise := o.release, o.otherwise
	if len(o.queue) > 0 {
		defer o.mu.Unlock()
		return o.take(), release
	}
	o.mu.Unlock()
	if otherwise == nil {
		return Order{}, release
	}
	return otherwise(r), release
}

func (o *orders) take() Order {
	first := o.queue[0]
	if first.times > 1 {
		if first.times != math.MaxInt {
			o.queue[0].times--
		}
		return first
	}
	o.queue = o.queue[1:]
	return first
}

// Respond gives orders for the next pushes and deletes, behind those that were
// given before. Each is for one of them, in the order of arrival, unless it says Times.
// Scrapes and health checks take no orders.
func (g *Gateway) Respond(list ...Order) {
	g.orders.mu.Lock()
	defer g.orders.mu.Unlock()
	g.orders.queue = append(g.orders.queue, list...)
}

// RespondFunc has f asked for an order whenever there is none from Respond; nil
// takes it back. f runs in one goroutine at a time. It may look at the gateway
// and must not kill it.
func (g *Gateway) RespondFunc(f func(*http.Request) Order) {
	g.orders.mu.Lock()
	defer g.orders.mu.Unlock()
	g.orders.otherwise = f
}

// Release lets go on what hangs now.
func (g *Gateway) Release() {
	g.orders.mu.Lock()
	defer g.orders.mu.Unlock()
	close(g.orders.release)
	g.orders.release = make(chan struct{})
}

// Recover forgets all orders, and lets go on what hangs now.
func (g *Gateway) Recover() {
	g.orders.mu.Lock()
	g.orders.queue, g.orders.otherwise = nil, nil
	g.orders.mu.Unlock()
	g.Release()
}
