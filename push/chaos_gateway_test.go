package push

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/headgate/headgate/push/pushtest"
)

// unruly is a gateway that things happen to.
type unruly struct {
	*pushtest.Gateway
	plan    plan
	random  *rand.Rand      // of the goroutine of kill
	ctx     context.Context // of kill
	stop    context.CancelFunc
	stopped sync.WaitGroup
}

func newUnruly(t *testing.T, random *rand.Rand, p plan, options ...pushtest.Option) *unruly {
	u := &unruly{Gateway: pushtest.New(t, options...), plan: p, random: random}
	u.ctx, u.stop = context.WithCancel(t.Context())     // which a test that fails ends, too
	orders := rand.New(rand.NewPCG(random.Uint64(), 0)) // RespondFunc asks one at a time
	u.RespondFunc(func(*http.Request) pushtest.Order {
		if orders.Float64() >= p.Severity {
			return pushtest.Pass()
		}
		return p.fault(orders)
	})
	u.stopped.Go(u.kill)
	return u
}

// fault draws what goes wrong with a request.
func (p *plan) fault(random *rand.Rand) pushtest.Order {
	late := p.Timeout + upTo(random, p.Timeout/2)
	faults := []pushtest.Order{
		pushtest.Status(500),
		pushtest.Status(503).RetryAfter(2 * time.Second),
		pushtest.Status(502).AfterApply(),
		pushtest.Status(504).Delay(late / 2).AfterApply(),
		pushtest.Status(429).RetryAfter(upTo(random, 10*time.Second)),
		pushtest.Status(429).Early(),
		pushtest.Delay(upTo(random, p.Timeout)),
		pushtest.Delay(late),
		pushtest.Delay(late).AfterApply(),
		pushtest.CutBefore(),
		pushtest.CutBefore().Reset(),
		pushtest.CutMidBody(random.Int64N(300)),
		pushtest.CutMidBody(random.Int64N(300)).Reset(),
		pushtest.CutAfterApply(),
		pushtest.CutAfterApply().Reset(),
	}
	if p.Stale {
		faults = append(faults, pushtest.SlowRead(1+random.IntN(100), upTo(random, p.Timeout/4)))
	}
	switch p.Loss {
	case tooLarge:
		for range 4 {
			faults = append(faults, pushtest.Status(413), pushtest.Status(413).Early())
		}
	case turnedDown:
		faults = append(faults, pushtest.Status(400), pushtest.Status(501), pushtest.Status(403).Early())
	}
	return faults[random.IntN(len(faults))]
}

// kill kills and restarts the gateway until calm.
func (u *unruly) kill() {
	for u.sleep(upTo(u.random, u.plan.Up)) {
		u.Kill()
		u.sleep(upTo(u.random, u.plan.Down))
		u.Restart(pushtest.Unanswered(u.random.IntN(2)))
	}
}

func (u *unruly) sleep(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-u.ctx.Done():
		return false
	}
}

// calm ends the faults, with a restart.
func (u *unruly) calm() {
	u.stop()
	u.stopped.Wait()
	u.Recover()
	u.Restart(pushtest.Unanswered(u.random.IntN(2)))
}

// line is the connections of a client to a gateway, which end with the client.
type line struct {
	transport *http.Transport
	dial      func(ctx context.Context, network, address string) (net.Conn, error)

	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

func newLine(g *pushtest.Gateway) *line {
	l := &line{dial: g.Client().Transport.(*http.Transport).DialContext}
	l.transport = &http.Transport{DialContext: l.connect}
	return l
}

func (l *line) client() *http.Client { return &http.Client{Transport: l.transport} }

func (l *line) connect(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := l.dial(ctx, network, address)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut && err == nil {
		conn.Close()
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	l.conns = append(l.conns, conn)
	return conn, err
}

// sever closes all connections, and those that are to come.
func (l *line) sever() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	for _, conn := range l.conns {
		if conn != nil {
			conn.Close()
		}
	}
}

// upTo draws a time below d.
func upTo(random *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(random.Int64N(int64(d)))
}
