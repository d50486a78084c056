package push

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/push/pushtest"
)

// A group ends as all pushes, additions and deletions would have left it that were
// made one after the other, though most never arrived by themselves and the jobs that
// made them are gone.
func TestChaosOfState(t *testing.T) {
	eachSeed(t, 80, func(t *testing.T, seed uint64) {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			c := newStateChaos(t, seed, dir)
			c.run()
			c.check()
		})
	})
}

// stateChaos is clients of one group, one at a time.
type stateChaos struct {
	t       *testing.T
	random  *rand.Rand
	plan    plan
	gateway *unruly
	base    string
	dir     string // of the spool
	crashes int
	ending  sync.WaitGroup // of clients that crashed

	// A client that was started pushes by itself what there is; else it does what it is told.
	started bool
	p       *Pusher
	line    *line

	mu      sync.Mutex
	current map[string]float64 // by family
	group   map[string]float64 // what the group has to be in the end
	told    []string
}

func newStateChaos(t *testing.T, seed uint64, dir string) *stateChaos {
	random := rand.New(rand.NewPCG(seed, 0))
	c := &stateChaos{
		t: t, random: random, plan: drawPlan(random), base: dir, dir: filepath.Join(dir, "spool"),
		started: random.IntN(3) == 0, current: map[string]float64{}, group: map[string]float64{},
	}
	c.plan.Loss, c.plan.Stale = nothing, false // what replaces a group has no number to tell that it is old
	options := []pushtest.Option{pushtest.InMemory()}
	if random.IntN(2) == 0 {
		options = append(options, pushtest.MaxBody(30)) // one family each
	}
	c.gateway = newUnruly(t, rand.New(rand.NewPCG(seed, 1)), c.plan, options...)
	return c
}

// Gather makes c the source of what is pushed.
func (c *stateChaos) Gather() (families []*dto.MetricFamily, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(c.current)) {
		families = append(families, oneGauge(name, c.current[name]))
	}
	return families, nil
}

func (c *stateChaos) open() {
	c.line = newLine(c.gateway.Gateway)
	options := []Option{
		silent(), WithInterval(time.Second), WithTimeout(c.plan.Timeout), WithCloseTimeout(c.plan.Patience),
		WithRetry(c.plan.Retry), WithBreaker(c.plan.Breaker),
	}
	if c.plan.Spool || !c.started {
		options = append(options, WithSpool(c.dir))
	}
	c.p = New(c.gateway.URL(), "chaos", options...).Client(c.line.client()).Gatherer(prometheus.GathererFunc(c.Gather))
	if c.started {
		noErr(c.t, c.p.Start(c.t.Context()))
	}
}

func (c *stateChaos) close() {
	c.p.Close(context.Background()) // may say why the last attempt failed
	c.line.transport.CloseIdleConnections()
}

func (c *stateChaos) run() {
	c.open()
	for i := range c.plan.Steps {
		switch n := c.random.IntN(12); {
		case n < 8:
			c.change(i + 1)
			c.push()
		case n < 10:
			time.Sleep(upTo(c.random, 5*time.Second))
		case n < 11 || c.crashes == 3:
			c.close()
			c.open()
		default:
			c.crash()
		}
	}
	c.gateway.calm()
	c.close()
	c.ending.Wait()
	if c.plan.Spool || !c.started {
		c.sweep()
	}
}

// change is something that happened: some families have a value or another one, the
// others are gone.
func (c *stateChaos) change(v int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.current)
	for _, name := range []string{"a", "b", "c"}[c.random.IntN(3):] {
		if len(c.current) == 0 || c.random.IntN(2) == 0 {
			c.current[name] = float64(v)
		}
	}
}

// push tells the client to push. It may be out of patience before that has arrived.
func (c *stateChaos) push() {
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Millisecond+upTo(c.random, 5*time.Second))
	defer cancel()
	if c.started {
		c.p.Flush(ctx)
		return
	}
	var err error
	n := c.random.IntN(6)
	switch {
	case n == 0:
		err = c.p.DeleteContext(ctx)
		clear(c.group)
	case n < 4:
		err = c.p.AddContext(ctx)
		maps.Copy(c.group, c.current)
	default:
		err = c.p.PushContext(ctx)
		c.group = maps.Clone(c.current)
	}
	c.told = append(c.told, fmt.Sprintf("%s %v: %v", [...]string{"delete", "add", "add", "add", "push", "push"}[n], c.current, err))
}

// crash is the loss of power, see chaos.
func (c *stateChaos) crash() {
	synctest.Wait()
	c.crashes++
	next := filepath.Join(c.base, fmt.Sprint("crash", c.crashes))
	if c.plan.Spool || !c.started {
		copySpool(c.t, next, c.dir)
	}
	c.dir = next
	p, l := c.p, c.line
	l.sever()
	c.ending.Go(func() {
		p.Close(context.Background())
		l.transport.CloseIdleConnections()
	})
	c.open()
}

// sweep sends what is left in the spool.
func (c *stateChaos) sweep() {
	l := newLine(c.gateway.Gateway)
	p := New(c.gateway.URL(), "sweep", silent(), WithSpool(c.dir)).Client(l.client())
	noErr(c.t, p.Flush(c.t.Context()))
	noErr(c.t, p.Close(c.t.Context()))
	l.transport.CloseIdleConnections()
}

func (c *stateChaos) check() {
	got := map[string]float64{}
	for _, f := range familiesOf(c.gateway.Gateway) {
		if !strings.HasPrefix(f.GetName(), "push_") {
			got[f.GetName()] = f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	want := c.group
	if c.started {
		want = c.current
	}
	if !maps.Equal(got, want) {
		c.t.Errorf("the group is %v, want %v after\n%s", got, want, strings.Join(c.told, "\n"))
	}
}
