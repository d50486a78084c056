package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Everything may be called by many goroutines at once, and Close at any time: all
// calls return, nothing is sent after Close, and what the Recorder took counts once.
func TestHammer(t *testing.T) {
	eachSeed(t, 40, func(t *testing.T, seed uint64) {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) { newHammer(t, seed, dir).run() })
	})
}

// hammer is one Pusher that many goroutines use, and what they count.
type hammer struct {
	t       *testing.T
	seed    uint64
	p       *Pusher
	to      shaky
	started bool
	totals  bool
	taken   atomic.Int64 // by the Recorder
	torn    atomic.Int64 // refused while Close ran, which it may have taken all the same
	closed  atomic.Bool
}

func newHammer(t *testing.T, seed uint64, dir string) *hammer {
	h := &hammer{t: t, seed: seed, started: seed%4 > 0, totals: seed%3 == 0}
	h.to = shaky{t: t, totals: h.totals, random: rand.New(rand.NewPCG(seed, 0)), seen: map[string]bool{}}
	options := []Option{
		WithTransport(&h.to), silent(), WithInterval(20 * time.Millisecond), WithFlushAt(50),
		WithRetry(Retry{Base: time.Millisecond, Max: 5 * time.Millisecond}), WithBreaker(Breaker{Failures: -1}),
	}
	if seed%2 == 0 {
		options = append(options, WithSpool(dir))
	}
	if h.totals {
		options = append(options, WithTotals())
	}
	h.p = New("", "hammer", options...)
	h.p.Recorder().Counter("hits_total", "Hits.", "by")
	if h.started {
		noErr(t, h.p.Start(t.Context()))
	}
	return h
}

func (h *hammer) run() {
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() { h.work(rand.New(rand.NewPCG(h.seed, uint64(i)+1))) })
	}
	for i := range 2 {
		all.Go(func() {
			time.Sleep(upTo(rand.New(rand.NewPCG(h.seed, uint64(i)+100)), 200*time.Millisecond))
			if err := h.p.Close(h.t.Context()); err != nil {
				h.t.Errorf("Close: %v", err)
			}
			h.to.closed.Store(true)
			h.closed.Store(true)
		})
	}
	all.Wait()
	if h.totals && !h.started {
		return // Close has nothing to add to the last Push
	}
	least := float64(h.taken.Load())
	if got := h.to.sum; got < least || got > least+float64(h.torn.Load()) {
		h.t.Errorf("%v arrived, the Recorder took %v and %v while it was closed", got, least, h.torn.Load())
	}
}

// work calls all there is to call until some time after Close.
func (h *hammer) work(random *rand.Rand) {
	for last := false; !last; {
		last = h.closed.Load()
		start := time.Now()
		name, err := h.call(random)
		if last && !errors.Is(err, ErrClosed) && !errors.Is(err, errHarmless) {
			h.t.Errorf("%s after Close: %v, want ErrClosed", name, err)
		}
		if took := time.Since(start); took > 10*time.Second {
			h.t.Errorf("%s took %s", name, took)
		}
		time.Sleep(upTo(random, 10*time.Millisecond))
	}
}

// errHarmless is the error of what may be called after Close.
var errHarmless = errors.New("may be called after Close")

// call calls a method.
func (h *hammer) call(random *rand.Rand) (string, error) {
	ctx, cancel := context.WithTimeout(h.t.Context(), upTo(random, 20*time.Millisecond))
	defer cancel()
	switch random.IntN(10) {
	case 0:
		return "Push", h.p.Push()
	case 1:
		return "AddContext", h.p.AddContext(ctx)
	case 2:
		return "Flush", h.p.Flush(context.Background())
	case 3:
		return "Flush with a deadline", h.p.Flush(ctx)
	case 4:
		registry := prometheus.NewRegistry()
		registry.MustRegister(h.p)
		_, err := registry.Gather()
		return "Collect", errors.Join(err, errHarmless)
	case 5:
		_, err := h.p.Recorder().Gather()
		return "Gather", errors.Join(err, errHarmless)
	case 6:
		h.p.Recorder().Gauge("depth", "Depth.", "queue").Set(1, fmt.Sprint(random.IntN(5)))
		return "Set", errHarmless
	default:
		return "Record", h.record(random)
	}
}

func (h *hammer) record(random *rand.Rand) error {
	closed := h.closed.Load()
	err := h.p.Recorder().Record(Metric{Name: "hits_total", Value: 1, Labels: []Label{{Name: "by", Value: fmt.Sprint(random.IntN(5))}}})
	switch {
	case err == nil:
		h.taken.Add(1)
	case !closed:
		h.torn.Add(1)
	}
	return err
}

// shaky is a target that now and then fails, before or after it has taken a batch.
type shaky struct {
	t      *testing.T
	totals bool
	closed atomic.Bool

	mu     sync.Mutex
	random *rand.Rand
	seen   map[string]bool
	sum    float64 // of the counter
}

func (s *shaky) Send(ctx context.Context, b *Batch) error {
	if s.closed.Load() {
		s.t.Errorf("%s was sent after Close", b.Mode)
	}
	families, err := b.Families()
	if err != nil {
		return err
	}
	s.mu.Lock()
	takes := upTo(s.random, 4*time.Millisecond)
	s.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.random.IntN(6) == 0 {
		return errDown
	}
	number := fmt.Sprint(b.Producer, "/", b.Sequence)
	if sum := amountsOf(families).total("hits_total"); s.totals {
		s.sum = sum
	} else if !s.seen[number] {
		s.seen[number] = true
		s.sum += sum
	}
	if s.random.IntN(6) == 0 {
		return &SendError{Class: Retryable, Unsure: true, Err: io.EOF}
	}
	return nil
}

func (s *shaky) Close() error { return nil }

// total adds up the series of a metric.
func (a amounts) total(metric string) (sum float64) {
	for series, v := range a {
		if strings.HasPrefix(series, metric+",") {
			sum += v
		}
	}
	return sum
}
