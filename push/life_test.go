package push

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/push/spool"
)

// counterPusher is a Pusher that gathers one counter.
func counterPusher(f *fake, opts ...Option) (*Pusher, prometheus.Counter) {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "rows_total", Help: "Rows."})
	return New("", "backup", append([]Option{WithTransport(f), silent()}, opts...)...).Collector(c), c
}

// The first push comes at once, then there is one in each interval.
func TestPushesAtIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		p, _ := counterPusher(&f, WithInterval(10*time.Second))
		start := time.Now()
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		if sent := f.all(); len(sent) != 1 || !sent[0].at.Equal(start) {
			t.Fatalf("at the start: %swant one push at once", describeAll(sent))
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := len(f.all()); n < 55 || n > 67 {
			t.Errorf("%d pushes in 10 minutes, want one each 10 s", n)
		}
		noErr(t, p.Close(t.Context()))
	})
}

// The last values arrive although every context was cancelled by then.
func TestCloseAfterCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		p, c := counterPusher(&f)
		ctx, cancel := context.WithCancel(t.Context())
		noErr(t, p.Start(ctx))
		synctest.Wait()
		cancel()
		c.Add(42)
		noErr(t, p.Close(ctx))
		sent := f.all()
		if last := sent[len(sent)-1]; last.values["rows_total"] != 42 {
			t.Errorf("the last push had %v, want 42", last.values)
		}
	})
}

// The end of Start's context ends the pushes at intervals, and nothing else.
func TestIntervalsEndWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		p, _ := counterPusher(&f)
		ctx, cancel := context.WithCancel(t.Context())
		noErr(t, p.Start(ctx))
		synctest.Wait()
		cancel()
		time.Sleep(time.Hour)
		if n := len(f.all()); n != 1 {
			t.Errorf("%d pushes after the context ended, want none but the first", n)
		}
		noErr(t, p.Flush(t.Context()))
		noErr(t, p.Close(t.Context()))
		if n := len(f.all()); n != 3 {
			t.Errorf("%d pushes, want 3: the first, Flush's and Close's", n)
		}
	})
}

// Close waits for the push under way, then pushes what came since.
func TestCloseWaitsForPushInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{delay: 3 * time.Second}
		p, c := counterPusher(&f)
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		time.Sleep(time.Second) // the first push has 2 s to go
		c.Inc()
		start := time.Now()
		noErr(t, p.Close(t.Context()))
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("Close took %s, want 2s for the push under way and 3s for the last", took)
		}
		sent := f.all()
		if len(sent) != 2 || sent[0].values["rows_total"] != 0 || sent[1].values["rows_total"] != 1 {
			t.Errorf("arrived:\n%s", describeAll(sent))
		}
	})
}

// Close may be called often and by several at once: one push, one result.
func TestCloseIsIdempotent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		p, _ := counterPusher(&f)
		noErr(t, p.Start(t.Context()))
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wg.Go(func() { errs[i] = p.Close(t.Context()) })
		}
		wg.Wait()
		for _, err := range errs {
			if err == nil || err != errs[0] {
				t.Errorf("one caller of Close got %v, another %v", errs[0], err)
			}
		}
		for name, err := range map[string]error{"Push": p.Push(), "Flush": p.Flush(t.Context()), "Start": p.Start(t.Context())} {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("%s after Close: %v, want ErrClosed", name, err)
			}
		}
	})
}

// Close says what is lost, within its own time.
func TestCloseReportsLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		var h history
		p, _ := counterPusher(&f, WithCloseTimeout(4*time.Second), WithHook(h.add))
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		start := time.Now()
		err := p.Close(t.Context())
		if took := time.Since(start); took != 4*time.Second {
			t.Errorf("Close took %s, want its 4s", took)
		}
		var lost *LostError
		if !errors.As(err, &lost) || lost.Batches != 1 || lost.Samples != 1 || !errors.Is(err, errDown) {
			t.Fatalf("Close: %v, want one batch of one sample lost, and why", err)
		}
		if s := h.states(""); s[Failed] != 1 {
			t.Errorf("events %v, want one Failed", s)
		}
	})
}

// A target that hangs is cut off when Close's time is over.
func TestCloseCutsOffHangingTarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{delay: 24 * time.Hour}
		p, _ := counterPusher(&f, WithTimeout(time.Hour))
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		start := time.Now()
		if err := p.Close(t.Context()); err == nil {
			t.Error("Close says that all arrived")
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("Close took %s, want the default of 10s", took)
		}
	})
}

// Close doesn't wait for the next attempt's turn: it makes one at once.
func TestCloseIsInAHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		p, c := counterPusher(&f, WithRetry(Retry{Base: time.Hour, Max: time.Hour}))
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		f.set(nil)
		c.Inc()
		start := time.Now()
		noErr(t, p.Close(t.Context()))
		if took := time.Since(start); took != 0 {
			t.Errorf("Close took %s although the target is back", took)
		}
		wantSums(t, &f, map[string]float64{"rows_total": 1})
	})
}

func TestDeleteOnClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		p, _ := counterPusher(&f, WithDeleteOnClose())
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		noErr(t, p.Close(t.Context()))
		if sent := f.all(); len(sent) != 2 || sent[1].mode != Delete {
			t.Errorf("arrived:\n%swant a push and a delete", describeAll(sent))
		}
	})
}

// Once started, what a Pusher pushes and where can't change under way.
func TestFrozenOnceStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		p, _ := counterPusher(&f)
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		p.Grouping("instance", "x")
		wantErr(t, p.Error(), "Grouping", "started")
		wantErr(t, p.Start(t.Context()), "started already")
		wantErr(t, p.Close(t.Context()), "Grouping")
		if n := len(f.all()); n != 2 {
			t.Errorf("%d pushes, want 2: a late Grouping is said, and stops nothing", n)
		}
	})
}

// What was recorded on a Pusher that never started goes out with Close.
func TestCloseWithoutStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		p := New("", "backup", WithTransport(&f), silent())
		p.Recorder().Counter("rows_total", "Rows.").Add(7)
		noErr(t, p.Close(t.Context()))
		wantSums(t, &f, map[string]float64{"rows_total": 7})

		var g fake
		q, _ := counterPusher(&g)
		noErr(t, q.Push())
		noErr(t, q.Close(t.Context()))
		if n := len(g.all()); n != 1 {
			t.Errorf("%d pushes, want 1: Close has nothing to add to Push", n)
		}
	})
}

// Who waits when Close gives up is told that it did.
func TestCloseTellsWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		p, _ := counterPusher(&f)
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		flushed := make(chan error, 1)
		go func() { flushed <- p.Flush(context.WithoutCancel(t.Context())) }()
		synctest.Wait()
		wantErr(t, p.Close(t.Context()), "lost")
		wantErr(t, <-flushed, "before the Pusher was closed")
	})
}

// A Pusher that can't push any more lets go of its spool all the same.
func TestCloseReleasesSpoolOfBrokenPusher(t *testing.T) {
	var f fake
	p, c := recordedPusher(&f, WithSpool(t.TempDir()))
	c.Inc("a")
	noErr(t, p.Push())
	wantErr(t, p.Grouping("", "x").Close(t.Context()), "grouping label")
	if _, err := p.all[0].queue.Head(); !errors.Is(err, spool.ErrClosed) {
		t.Errorf("the spool's head: %v, want that it is closed", err)
	}
	if err := p.Recorder().Record(Metric{Name: "late"}); !errors.Is(err, ErrClosed) {
		t.Errorf("Record after Close: %v, want ErrClosed", err)
	}
}

// A Pusher that New didn't make says so.
func TestZeroPusher(t *testing.T) {
	var p Pusher
	for name, call := range map[string]func(context.Context) error{
		"Push": p.PushContext, "Delete": p.DeleteContext, "Flush": p.Flush, "Start": p.Start, "Close": p.Close,
	} {
		if err := call(t.Context()); err == nil || !strings.Contains(err.Error(), "New") {
			t.Errorf("%s: %v, want that New has to make it", name, err)
		}
	}
}

// State that newer state replaced under way has an end, too, when Close cuts it off.
func TestCloseEndsEveryBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{delay: 24 * time.Hour}
		var h history
		p, _ := counterPusher(&f, WithTimeout(time.Hour), WithHook(h.add))
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		wantErr(t, p.Close(t.Context()), "1 batch with", "before the Pusher was closed")
		if s := h.states(""); s[Pending] != 2 || s[Superseded] != 1 || s[Failed] != 1 {
			t.Errorf("events %v, want of two batches one superseded and one failed", s)
		}
	})
}

// A Flush that Close overtakes, as a collector takes its time, ends when that does.
func TestCloseOvertakesFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		slow := false
		p := New("", "backup", WithTransport(&f), silent()).Gatherer(prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
			if slow {
				time.Sleep(time.Minute)
			}
			return nil, nil
		}))
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		slow = true
		start := time.Now()
		flushed := make(chan error, 1)
		go func() { flushed <- p.Flush(context.WithoutCancel(t.Context())) }()
		synctest.Wait()
		wantErr(t, p.Close(t.Context()), "waiting for another push")
		if err := <-flushed; !errors.Is(err, ErrClosed) {
			t.Errorf("Flush: %v, want ErrClosed", err)
		}
		if took := time.Since(start); took != time.Minute {
			t.Errorf("Flush took %s, want as long as its collector, 1m", took)
		}
	})
}

// Close also ends the Flush of a Pusher that wasn't started.
func TestCloseEndsFlushWithoutStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		p, c := recordedPusher(&f, WithRetry(Retry{Base: time.Hour, Max: time.Hour}))
		c.Inc("a")
		flushed := make(chan error, 1)
		go func() { flushed <- p.Flush(context.WithoutCancel(t.Context())) }()
		synctest.Wait()
		start := time.Now()
		wantErr(t, p.Close(t.Context()), "lost")
		wantErr(t, <-flushed, "before the Pusher was closed")
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("Flush took %s, want the 10s that Close has", took)
		}
	})
}

// Totals that were recorded go out with Close too, once.
func TestCloseWithoutStartPushesTotals(t *testing.T) {
	for name, push := range map[string]bool{"never pushed": false, "pushed before": true} {
		t.Run(name, func(t *testing.T) {
			var f fake
			p := New("", "backup", WithTransport(&f), WithTotals(), silent())
			p.Recorder().Counter("rows_total", "Rows.").Add(7)
			if push {
				noErr(t, p.Push())
			}
			noErr(t, p.Close(t.Context()))
			wantSums(t, &f, map[string]float64{"rows_total": 7})
		})
	}
}

// A change after the first push keeps the transport that was given.
func TestChangeKeepsTransport(t *testing.T) {
	var f fake
	p, _ := counterPusher(&f)
	noErr(t, p.Push())
	p.Collector(prometheus.NewGauge(prometheus.GaugeOpts{Name: "size_bytes"}))
	noErr(t, p.Push())
	if sent := f.all(); len(sent) != 2 || len(sent[1].values) != 2 {
		t.Errorf("arrived:\n%s", describeAll(sent))
	}
}

// What comes too late to be changed is said, and stops no push.
func TestLateChangeStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		p, _ := counterPusher(&f)
		noErr(t, p.Start(t.Context()))
		p.Grouping("instance", "x")
		noErr(t, p.Push())
		noErr(t, p.Flush(t.Context()))
		wantErr(t, p.Error(), "Grouping")
		wantErr(t, p.Close(t.Context()), "Grouping")
	})
}

// A process that counts nothing for long shows that it lives, where the gateway was
// told to expect that, and only there.
func TestIdleRecorderShowsThatItLives(t *testing.T) {
	for name, c := range map[string]struct {
		opts []Option
		want int // batches in an hour
	}{
		"nothing expected": {nil, 0},
		"ttl":              {[]Option{WithTTL(30 * time.Minute)}, 6},
		"expect":           {[]Option{WithTTL(30 * time.Hour), WithExpect(15 * time.Minute)}, 12},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var f fake
				p, _ := recordedPusher(&f, append(c.opts, WithInterval(10*time.Second))...)
				noErr(t, p.Start(t.Context()))
				time.Sleep(time.Hour)
				synctest.Wait()
				if n := len(f.all()); n < c.want-1 || n > c.want+1 {
					t.Errorf("%d batches in an hour, want %d", n, c.want)
				}
				noErr(t, p.Close(t.Context()))
			})
		})
	}
}

// Who pushes by hand is not held up by a breaker that nobody asked for.
func TestNoBreakerBeforeStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		p, _ := counterPusher(&f, WithRetry(Retry{Attempts: 1}))
		for range 20 {
			if err := p.Push(); errors.Is(err, ErrCircuitOpen) || !errors.Is(err, errDown) {
				t.Fatalf("Push: %v, want the target's error", err)
			}
		}
		q, _ := counterPusher(&f, WithRetry(Retry{Attempts: 1}), WithBreaker(Breaker{Failures: 2}))
		for range 3 {
			q.Push()
		}
		if err := q.Push(); !errors.Is(err, ErrCircuitOpen) {
			t.Errorf("Push: %v, want ErrCircuitOpen", err)
		}
	})
}

// job is given to New; as a grouping label it may say the same again.
func TestGroupingJob(t *testing.T) {
	noErr(t, New("http://h", "backup").Grouping("job", "backup").Error())
	wantErr(t, New("http://h", "backup").Grouping("job", "other").Error(), `"other"`, `"backup"`)
}

// A process that has no series yet doesn't wipe what the run before left; one whose
// series have gone does.
func TestNothingYetReplacesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "size_bytes", Help: "Size."}, []string{"table"})
		p := New("", "backup", WithTransport(&f), silent(), WithInterval(time.Second)).Collector(v)
		noErr(t, p.Start(t.Context()))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if sent := f.all(); len(sent) != 0 {
			t.Fatalf("arrived:\n%swant nothing", describeAll(sent))
		}
		v.WithLabelValues("orders").Set(1)
		time.Sleep(5 * time.Second)
		v.Reset()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		sent := f.all()
		if len(sent) < 6 || len(sent[0].values) != 1 || len(sent[len(sent)-1].values) != 0 {
			t.Errorf("arrived:\n%swant the series, and then that it is gone", describeAll(sent))
		}
		noErr(t, p.Close(t.Context()))
	})
}
