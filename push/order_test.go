package push

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// slowGatherer takes its time.
type slowGatherer struct {
	prometheus.Gatherer
	takes time.Duration
}

func (g slowGatherer) Gather() ([]*dto.MetricFamily, error) {
	time.Sleep(g.takes)
	return g.Gatherer.Gather()
}

// slowPusher is a Pusher that gathers one gauge, slowly.
func slowPusher(f *fake, takes time.Duration, opts ...Option) *Pusher {
	reg := prometheus.NewRegistry()
	reg.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "rows"}))
	return New("", "backup", append([]Option{WithTransport(f), silent()}, opts...)...).Gatherer(slowGatherer{reg, takes})
}

// What a Flush left in a queue isn't sent after something newer, nor after the
// group was deleted.
func TestNothingOlderFollows(t *testing.T) {
	for name, call := range map[string]func(*Pusher) error{"Push": (*Pusher).Push, "Delete": (*Pusher).Delete} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := fake{answer: down}
				p, c := counterPusher(&f)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				wantErr(t, p.Flush(ctx), "not sent yet")
				f.set(nil)
				c.Inc()
				noErr(t, call(p))
				noErr(t, p.Close(t.Context()))
				if taken := f.taken(); len(taken) != 1 {
					t.Errorf("arrived:\n%swant what is newest only", describeAll(taken))
				}
			})
		})
	}
}

// A Push that is under way when the Pusher is started comes to its end.
func TestStartWaitsForPush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{delay: time.Second}
		p := slowPusher(&f, time.Second)
		pushed := make(chan error, 1)
		go func() { pushed <- p.Push() }()
		synctest.Wait()
		noErr(t, p.Start(t.Context()))
		noErr(t, <-pushed)
		noErr(t, p.Close(t.Context()))
	})
}

// A Flush that began before the Pusher was started leaves the sending to it.
func TestFlushMeetsStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{delay: time.Second}
		p, _ := counterPusher(&f)
		noErr(t, p.Flush(t.Context()))
		waiters, err := p.collect(t.Context(), p.everything(Replace))
		noErr(t, err)
		noErr(t, p.Start(t.Context()))
		synctest.Wait() // the sender has the turn
		waiters[0].of.drain(t.Context(), waiters[0])
		if !waiters[0].settled() {
			t.Error("what was waited for is under way still")
		}
		noErr(t, p.Close(t.Context()))
	})
}

// Nothing that waited for its turn when Close began follows what Close sends last.
func TestNothingFollowsClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		p := slowPusher(&f, time.Minute, WithInterval(0), WithDeleteOnClose())
		noErr(t, p.Start(t.Context()))
		flushed := make(chan error, 2)
		for range cap(flushed) {
			synctest.Wait() // who came before has the order
			go func() { flushed <- p.Flush(t.Context()) }()
		}
		synctest.Wait()
		noErr(t, p.Close(t.Context()))
		for range cap(flushed) {
			if err := <-flushed; !errors.Is(err, ErrClosed) {
				t.Errorf("Flush: %v, want ErrClosed", err)
			}
		}
		if sent := f.all(); sent[len(sent)-1].mode != Delete {
			t.Errorf("arrived:\n%swant the delete last", describeAll(sent))
		}
	})
}

// A context that ended before doesn't make it a matter of luck whether a push is tried.
func TestPushWithEndedContext(t *testing.T) {
	s := newServer(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 {
		err := New(s.URL, "backup").PushContext(ctx)
		wantErr(t, err, "Put", "context canceled")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v isn't context.Canceled", err)
		}
	}
}

// Collectors that take longer than a push may cost none, not the last one either.
func TestSlowCollectors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{delay: time.Second}
		noErr(t, slowPusher(&f, time.Minute).Push())

		p := slowPusher(&f, time.Minute, WithInterval(0))
		noErr(t, p.Start(t.Context()))
		time.Sleep(2 * time.Minute)
		noErr(t, p.Push())
		noErr(t, p.Close(t.Context()))
		if n := len(f.taken()); n != 4 {
			t.Errorf("%d pushes arrived, want 4: two of Push, those of Start and Close", n)
		}
	})
}
