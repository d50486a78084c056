package push

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate/headgate/push/pushtest"
)

var (
	chaosSeed  = flag.Uint64("chaos.seed", 0, "run the chaos of this `seed` only")
	chaosSeeds = flag.Uint64("chaos.seeds", 0, "run each kind of chaos with so `many` seeds, instead of as many as it thinks right")
)

// eachSeed runs f with the seeds that the flags say, or with usual many.
func eachSeed(t *testing.T, usual uint64, f func(t *testing.T, seed uint64)) {
	first, last := uint64(1), usual
	if *chaosSeeds > 0 {
		last = *chaosSeeds
	}
	if *chaosSeed > 0 {
		first, last = *chaosSeed, *chaosSeed
	}
	name := t.Name()
	for seed := first; seed <= last; seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("run it again with: go test ./push -run '^%s$' -chaos.seed %d", name, seed)
				}
			})
			f(t, seed)
		})
	}
}

// What was recorded counts once at each target, whatever goes wrong at the gateways,
// on the way there and with the clients. What doesn't count was said to be lost, for
// a reason that the client can't help.
//
// The seed settles what goes wrong and when, on a clock that is only as real as the
// bubble; in which order goroutines run that are due at once it can't.
func TestChaos(t *testing.T) {
	eachSeed(t, 200, func(t *testing.T, seed uint64) {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			c := newChaos(t, seed, dir)
			t.Logf("%+v", c.plan)
			c.run()
			c.settle()
			c.check()
		})
	})
}

// chaos is clients of one group, and what becomes of what they record.
type chaos struct {
	t        *testing.T
	random   *rand.Rand // of the goroutine that runs the clients
	plan     plan
	gateways []*unruly // the second is the target "other"
	dir      string    // of the spool; a crash changes it
	base     string
	crashes  int
	clients  []*chaosClient
	account  account
	ending   sync.WaitGroup // of clients that crashed
}

// plan is what kind of chaos it is to be.
type plan struct {
	Targets    int
	JSON       bool // the second target is an endpoint for JSON
	Spool      bool
	Loss       loss
	Severity   float64       // the share of requests that something happens to
	Stale      bool          // a request may be taken long after its client has given it up
	Up, Down   time.Duration // of a gateway, at most
	Interval   time.Duration
	FlushAt    int
	Timeout    time.Duration
	Patience   time.Duration // of Close
	Retry      Retry
	Breaker    Breaker
	Steps      int
	OnlySingle bool // only what counts by itself, so that a loss can be told to the sample
}

// loss is what may make a client lose what was recorded, besides having no spool.
type loss int

const (
	nothing    loss = iota
	tooMuch         // for the bounds of the queue
	tooLarge        // for the gateway, and not to be split as it may have counted
	turnedDown      // by the gateway
	kindsOfLoss
)

func drawPlan(random *rand.Rand) plan {
	p := plan{
		Targets: 1 + random.IntN(2), Spool: random.IntN(10) < 7, JSON: random.IntN(3) == 0,
		Severity: random.Float64() * 0.7, Up: 40 * time.Second, Down: 10 * time.Second, Steps: 20 + random.IntN(40),
		Interval: []time.Duration{0, time.Second, 7 * time.Second}[random.IntN(3)],
		FlushAt:  []int{0, 5, 20}[random.IntN(3)],
		Timeout:  time.Second + upTo(random, 5*time.Second),
		Patience: time.Second + upTo(random, 9*time.Second),
		Retry:    Retry{Base: time.Millisecond + upTo(random, time.Second), MaxRetryAfter: 20 * time.Second},
		Breaker:  Breaker{Failures: []int{-1, 0, 2}[random.IntN(3)], OpenFor: time.Second + upTo(random, 10*time.Second)},
	}
	if random.IntN(2) == 0 {
		p.Loss = loss(random.IntN(int(kindsOfLoss)))
	}
	p.Stale = p.Loss != turnedDown // else what the client gave up may come out of order
	p.OnlySingle = !p.Spool || p.Loss != nothing
	return p
}

func newChaos(t *testing.T, seed uint64, dir string) *chaos {
	random := rand.New(rand.NewPCG(seed, 0))
	c := &chaos{t: t, random: random, plan: drawPlan(random), base: dir, dir: filepath.Join(dir, "spool")}
	c.account.failed = map[string][]Event{}
	for i := range c.plan.Targets {
		options := []pushtest.Option{pushtest.InMemory()}
		if c.plan.Loss == tooLarge {
			options = append(options, pushtest.MaxBody(200+random.Int64N(2000)))
		}
		c.gateways = append(c.gateways, newUnruly(t, rand.New(rand.NewPCG(seed, uint64(i)+1)), c.plan, options...))
	}
	return c
}

// run has things happen.
func (c *chaos) run() {
	c.open()
	for range c.plan.Steps {
		client := c.clients[c.random.IntN(len(c.clients))]
		switch n := c.random.IntN(22); {
		case n < 8:
			client.record(1 + c.random.IntN(8))
		case n < 12:
			client.flush(time.Millisecond + upTo(c.random, 15*time.Second))
		case n < 17:
			time.Sleep(upTo(c.random, 8*time.Second))
		case n < 18 && c.plan.Spool && len(c.clients) < 3:
			c.open()
		case n < 19:
			client.close()
		case c.plan.Spool && c.crashes < 5:
			c.crash()
		}
		if len(c.clients) == 0 {
			c.open()
		}
	}
}

// settle lets everything work again, and everything arrive that can.
func (c *chaos) settle() {
	for _, g := range c.gateways {
		g.calm()
	}
	for _, client := range slices.Clone(c.clients) {
		client.flush(time.Hour)
		client.close()
	}
	c.ending.Wait()
	if !c.plan.Spool {
		return
	}
	last := c.open()
	if err := last.flush(time.Hour); err != nil && c.plan.Loss == nothing {
		c.t.Errorf("the last Flush: %v", err)
	}
	last.close()
}

// crash is a loss of power: everybody's, as the disk is copied as it is then. What
// was recorded and not yet flushed may be on it or not.
func (c *chaos) crash() {
	synctest.Wait()
	c.crashes++
	next := filepath.Join(c.base, fmt.Sprint("crash", c.crashes))
	copySpool(c.t, next, c.dir)
	c.dir = next
	for _, client := range slices.Clone(c.clients) {
		client.die()
		c.account.unsure(client.pending)
		c.ending.Go(func() { client.p.Close(context.Background()); client.hangUp() })
	}
	c.clients = nil
}
