package push

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// While a gateway is down newer state takes the place of older; when it is back
// the newest arrives, once.
func TestNewerStateSupersedes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		var h history
		p, c := counterPusher(&f, WithInterval(time.Second), WithHook(h.add))
		noErr(t, p.Start(t.Context()))
		for range 100 {
			time.Sleep(time.Second)
			c.Inc()
		}
		synctest.Wait()
		failed := len(f.all())
		f.set(nil)
		noErr(t, p.Flush(t.Context()))
		taken := f.taken()
		if len(taken) != 1 || taken[0].values["rows_total"] != 100 {
			t.Errorf("arrived:\n%swant the newest state only", describeAll(taken))
		}
		if failed > 20 {
			t.Errorf("%d attempts in 100 s of a gateway that is down: want ever fewer", failed)
		}
		noErr(t, p.Close(t.Context()))
		if s := h.states(""); s[Superseded] < 90 || s[Pending] != s[Superseded]+s[Succeeded] || s[Failed] != 0 {
			t.Errorf("events %v, want each batch either superseded or taken", s)
		}
	})
}

// What merges takes the place of what merged the same families only: those that a
// later Add doesn't have arrive all the same, as when a job adds the time of its last
// success after good runs and not after others.
func TestMergeSupersedesSameFamilies(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		run := func(failed int, succeeded ...float64) {
			p, c := counterPusher(&f, WithSpool(dir), WithTimeout(time.Second))
			c.Add(float64(failed))
			for _, at := range succeeded {
				g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "success"})
				g.Set(at)
				p.Collector(g)
			}
			p.Add()
			noErr(t, p.Close(t.Context()))
		}
		run(1, 10)
		run(2, 20)
		run(3)
		run(4)
		f.set(nil)
		run(5)
		got := map[string]float64{}
		for _, s := range f.taken() {
			maps.Copy(got, s.values)
		}
		if taken := f.taken(); len(taken) != 2 || !maps.Equal(got, map[string]float64{"rows_total": 5, "success": 20}) {
			t.Errorf("arrived:\n%swant the newest Add of either kind", describeAll(taken))
		}
	})
}

// recordedPusher is one whose Recorder's increments go to f.
func recordedPusher(f *fake, opts ...Option) (*Pusher, *Counter) {
	p := New("", "backup", append([]Option{WithTransport(f), silent()}, opts...)...)
	return p, p.Recorder().Counter("rows_total", "Rows.", "table")
}

// Increments wait in order while the gateway is down, and each arrives once.
func TestIncrementsWaitInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		p, c := recordedPusher(&f, WithInterval(time.Second))
		noErr(t, p.Start(t.Context()))
		for i := range 30 {
			c.Add(float64(i), "a")
			c.Inc("b")
			time.Sleep(time.Second)
		}
		f.set(nil)
		noErr(t, p.Close(t.Context()))
		wantSums(t, &f, map[string]float64{"rows_total,a": 29 * 30 / 2, "rows_total,b": 30})
		for i, s := range f.taken() {
			if s.mode != Delta || s.sequence != uint64(i+1) || s.producer == "" || s.producer != f.taken()[0].producer {
				t.Fatalf("batch %d is %s/%d %s, want number %d of one producer", i, s.producer, s.sequence, s.mode, i+1)
			}
		}
	})
}

// What no longer fits is lost oldest first, counted, and said.
func TestMemoryBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		var h history
		p, c := recordedPusher(&f, WithInterval(0), WithMemory(2000), WithHook(h.add))
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		for i := range 100 {
			c.Inc(fmt.Sprintf("table-%02d", i))
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			p.Flush(ctx)
			cancel()
		}
		f.set(nil)
		err := p.Flush(t.Context())
		if err == nil {
			noErr(t, p.Close(t.Context()))
		}
		s := h.states("")
		if s[Failed] == 0 || s[Failed]+s[Succeeded] != 100 {
			t.Errorf("events %v, want all 100 batches either lost or taken", s)
		}
		if f.sums()["rows_total,table-99"] != 1 {
			t.Error("the newest is lost")
		}
		if _, ok := f.sums()["rows_total,table-50"]; ok {
			t.Error("the middle arrived: what is older than what arrived should be lost")
		}
	})
}

// Without a spool its limit bounds nothing.
func TestSpoolLimitIsNotMemorys(t *testing.T) {
	var f fake
	p, c := recordedPusher(&f, WithSpoolLimit(100))
	c.Inc("orders")
	noErr(t, p.Push())
	noErr(t, p.Close(t.Context()))
	wantSums(t, &f, map[string]float64{"rows_total,orders": 1})
}

// After repeated failure the target is left alone, but for a probe at a time.
func TestBreakerLeavesTargetAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		p, _ := counterPusher(&f, WithInterval(time.Second), WithRetry(Retry{Base: time.Millisecond, Max: 10 * time.Millisecond}),
			WithBreaker(Breaker{Failures: 3, OpenFor: time.Minute}))
		noErr(t, p.Start(t.Context()))
		time.Sleep(10*time.Minute + time.Second)
		synctest.Wait()
		if n := len(f.all()); n != 3+10 {
			t.Errorf("%d attempts in 10 minutes, want 3 until the breaker opens and a probe each minute", n)
		}
		wantErr(t, p.Close(t.Context()))
	})
}

// Retry-After is a lower bound of the wait.
func TestHonoursRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: func(n int, _ *Batch) error {
			if n == 1 {
				return &SendError{Class: Throttled, StatusCode: 429, RetryAfter: 42 * time.Second}
			}
			return nil
		}}
		p, _ := counterPusher(&f, WithInterval(time.Hour))
		start := time.Now()
		noErr(t, p.Start(t.Context()))
		time.Sleep(2 * time.Minute)
		sent := f.all()
		if len(sent) < 2 || sent[1].at.Sub(start) < 42*time.Second {
			t.Errorf("attempts:\n%swant the second 42 s after the first", describeAll(sent))
		}
		noErr(t, p.Close(t.Context()))
	})
}

// A refusal is final: the batch is given up and said, and the next one goes.
func TestRefusalIsFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refusal := &SendError{Class: Final, StatusCode: 400, Op: "pushing to", URL: "http://x", Body: "no"}
		f := fake{answer: func(n int, _ *Batch) error {
			if n == 1 {
				return refusal
			}
			return nil
		}}
		p, c := recordedPusher(&f, WithInterval(0))
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		c.Inc("a")
		if err := p.Flush(t.Context()); !errors.Is(err, refusal) {
			t.Errorf("Flush: %v, want the refusal", err)
		}
		c.Inc("b")
		noErr(t, p.Flush(t.Context()))
		noErr(t, p.Close(t.Context()))
		wantSums(t, &f, map[string]float64{"rows_total,b": 1})
	})
}

// Push says what became of its own batch, Flush of all before it, too.
func TestPushSpeaksForItself(t *testing.T) {
	for name, c := range map[string]struct {
		call func(*Pusher) error
		told bool
	}{
		"Push":  {(*Pusher).Push, false},
		"Flush": {func(p *Pusher) error { return p.Flush(context.Background()) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				refusal := &SendError{Class: Final, StatusCode: 400, Op: "pushing to", URL: "http://x", Body: "no"}
				f := fake{delay: time.Second, answer: func(n int, _ *Batch) error {
					if n == 1 {
						return refusal
					}
					return nil
				}}
				p, _ := counterPusher(&f, WithInterval(0))
				noErr(t, p.Start(t.Context()))
				synctest.Wait() // the first push is under way, and will be refused
				if err := c.call(p); errors.Is(err, refusal) != c.told {
					t.Errorf("%v, want the refusal of the batch before: %v", err, c.told)
				}
				noErr(t, p.Close(t.Context()))
			})
		})
	}
}

// A batch that is too large goes in parts, which are numbered in its place.
func TestTooLargeIsSplit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: func(_ int, b *Batch) error {
			if b.Samples > 3 {
				return &SendError{Class: TooLarge, StatusCode: 413}
			}
			return nil
		}}
		p, c := recordedPusher(&f, WithInterval(0))
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		want := map[string]float64{}
		for i := range 10 {
			c.Inc(fmt.Sprint(i))
			want[fmt.Sprintf("rows_total,%d", i)]++
		}
		noErr(t, p.Flush(t.Context()))
		c.Inc("0")
		want["rows_total,0"]++
		noErr(t, p.Close(t.Context()))
		wantSums(t, &f, want)
		var numbers []uint64
		for _, s := range f.taken() {
			numbers = append(numbers, s.sequence)
		}
		if !slices.Equal(numbers, []uint64{1, 2, 3, 4, 5}) {
			t.Errorf("numbers %v, want 1 to 5 in order:\n%s", numbers, describeAll(f.all()))
		}
	})
}

// A batch that may have arrived isn't split: its parts would count again.
func TestUnsureIsNotSplit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: func(n int, _ *Batch) error {
			if n == 1 {
				return &SendError{Class: Retryable, Unsure: true, Err: errors.New("connection reset")}
			}
			return &SendError{Class: TooLarge, StatusCode: 413}
		}}
		p, c := recordedPusher(&f, WithInterval(0))
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		c.Inc("a")
		c.Inc("b")
		wantErr(t, p.Flush(t.Context()), "can't be split")
		if n := len(f.all()); n != 2 {
			t.Errorf("%d attempts, want 2", n)
		}
		noErr(t, p.Close(t.Context()))
	})
}

// What is too large for a target even in parts is told in one line: what it is, and
// what the target said.
func TestTooLargeForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: func(int, *Batch) error {
			return &SendError{Class: TooLarge, StatusCode: 413, Op: "pushing to", URL: "http://h", Body: "1 KiB at most\n"}
		}}
		p, _ := counterPusher(&f)
		err := p.Push()
		wantErr(t, err, `one series of metric "rows_total": unexpected status code 413`)
		if strings.Contains(strings.TrimSpace(err.Error()), "\n") {
			t.Errorf("several lines: %q", err)
		}
	})
}

// Batches that are refused don't make the waits of others grow: the target works.
func TestRefusalsDoNotDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const refused = 10
		f := fake{answer: func(n int, _ *Batch) error {
			switch {
			case n <= refused:
				return &SendError{Class: Final, StatusCode: 400}
			case n == refused+1:
				return errDown
			}
			return nil
		}}
		p, c := recordedPusher(&f, WithInterval(0), WithFlushAt(1))
		noErr(t, p.Start(t.Context()))
		for range refused + 1 {
			synctest.Wait()
			c.Inc("a")
		}
		time.Sleep(2 * time.Second)
		wantSums(t, &f, map[string]float64{"rows_total,a": 1})
		wantErr(t, p.Close(t.Context()), "lost")
	})
}

// Retry.Attempts bounds the attempts of a batch.
func TestAttemptsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		p, c := recordedPusher(&f, WithInterval(0), WithRetry(Retry{Attempts: 3}))
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		c.Inc("a")
		wantErr(t, p.Flush(t.Context()), "after 3 attempts", "connection refused")
		c.Inc("b")
		wantErr(t, p.Flush(t.Context()), "after 3 attempts")
		if n := len(f.all()); n != 6 {
			t.Errorf("%d attempts at 2 batches, want 6", n)
		}
		noErr(t, p.Close(t.Context()))
	})
}

// What waits behind a batch that was given up isn't given up in the same moment: the
// waits, Retry-After and the circuit breaker hold for the target, not for a batch.
func TestGivingUpLeavesTargetAlone(t *testing.T) {
	for name, c := range map[string]struct {
		answer error
		most   int
	}{
		"breaker":     {errDown, 5 + 2},
		"retry after": {&SendError{Class: Throttled, RetryAfter: 30 * time.Second}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := fake{answer: func(int, *Batch) error { return c.answer }}
				p, rows := recordedPusher(&f, WithInterval(0), WithFlushAt(1), WithRetry(Retry{Attempts: 1, Base: time.Millisecond}))
				noErr(t, p.Start(t.Context()))
				for range 50 {
					rows.Inc("a")
					synctest.Wait()
				}
				time.Sleep(80 * time.Second)
				if n := len(f.all()); n > c.most {
					t.Errorf("%d attempts in 80 s, want at most %d", n, c.most)
				}
				wantErr(t, p.Close(t.Context()), "lost")
			})
		})
	}
}

// Flush that can't wait any longer says why the target doesn't take it.
func TestFlushEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		p, _ := counterPusher(&f)
		noErr(t, p.Start(t.Context()))
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		err := p.Flush(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errDown) {
			t.Errorf("Flush: %v, want the deadline and the last attempt's error", err)
		}
		f.set(nil)
		noErr(t, p.Close(t.Context()))
	})
}

// Enough recorded samples push before the interval is over.
func TestFlushAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		p, c := recordedPusher(&f, WithInterval(time.Hour), WithFlushAt(10))
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		for range 9 {
			c.Inc("a")
		}
		synctest.Wait()
		if n := len(f.all()); n != 0 {
			t.Fatalf("%d pushes for 9 samples, want none", n)
		}
		c.Inc("a")
		synctest.Wait()
		wantSums(t, &f, map[string]float64{"rows_total,a": 10})
		noErr(t, p.Close(t.Context()))
	})
}

// A target that is down holds up no other, and each has numbers of its own.
func TestTargetsAreIndependent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, g := fake{answer: down}, fake{}
		var h history
		p, c := recordedPusher(&f, WithTarget("other", &g), WithInterval(time.Second), WithHook(h.add))
		noErr(t, p.Start(t.Context()))
		for range 20 {
			c.Inc("a")
			time.Sleep(time.Second)
		}
		if n := g.sums()["rows_total,a"]; n < 18 {
			t.Errorf("%v of 20 increments arrived at the target that works", n)
		}
		wantErr(t, p.Close(t.Context()), `target "gateway"`, "lost")
		wantSums(t, &g, map[string]float64{"rows_total,a": 20})
		if s := h.states("gateway"); s[Succeeded] != 0 || s[Failed] == 0 {
			t.Errorf("events of the target that is down: %v", s)
		}
	})
}

// Neither a Flush nor the haste of an earlier one cuts short what the target asked for.
func TestFlushLeavesThrottlingTargetAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttle := &SendError{Class: Throttled, StatusCode: 429, RetryAfter: 30 * time.Second}
		f := fake{}
		p, _ := counterPusher(&f, WithInterval(0))
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		noErr(t, p.Flush(t.Context()))
		f.set(func(n int, _ *Batch) error {
			if n == 3 {
				return throttle
			}
			return nil
		})
		start := time.Now()
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			p.Flush(ctx)
			cancel()
		}
		if n := len(f.all()); n != 3 {
			t.Errorf("%d attempts, want none in the 30 s after the third", n)
		}
		noErr(t, p.Flush(t.Context()))
		if took := time.Since(start); took < 30*time.Second || took > 31*time.Second {
			t.Errorf("the next attempt came after %s, want 30s", took)
		}
		noErr(t, p.Close(t.Context()))
	})
}

// A Flush makes an attempt at once where only the growing wait of retries is in the way.
func TestFlushIsInAHurry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		p, _ := counterPusher(&f, WithInterval(0), WithRetry(Retry{Base: time.Hour, Max: time.Hour}))
		noErr(t, p.Start(t.Context()))
		synctest.Wait()
		f.set(nil)
		start := time.Now()
		noErr(t, p.Flush(t.Context()))
		if took := time.Since(start); took != 0 {
			t.Errorf("Flush took %s although the target is back", took)
		}
		noErr(t, p.Close(t.Context()))
	})
}

// Events of one batch come in order: Pending first, an end last.
func TestEventsComeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fake
		var h history
		p, c := recordedPusher(&f, WithInterval(0), WithHook(h.add))
		noErr(t, p.Start(t.Context()))
		for range 200 {
			c.Inc("a")
			noErr(t, p.Flush(t.Context()))
		}
		noErr(t, p.Close(t.Context()))
		last := map[uint64]State{}
		for _, e := range h.events {
			if _, seen := last[e.Sequence]; seen == (e.State == Pending) {
				t.Fatalf("batch %d became %s when it was %v (known: %v)", e.Sequence, e.State, last[e.Sequence], seen)
			}
			last[e.Sequence] = e.State
		}
		if len(last) != 200 {
			t.Errorf("events of %d batches, want 200", len(last))
		}
	})
}

// Close says what was lost on the way when nobody was there to be told.
func TestCloseTellsOfEarlierLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refusal := &SendError{Class: Final, StatusCode: 400, Op: "pushing to", URL: "http://x", Body: "no"}
		f := fake{answer: func(int, *Batch) error { return refusal }}
		p, c := recordedPusher(&f, WithInterval(time.Second))
		noErr(t, p.Start(t.Context()))
		synctest.Wait() // lest the first push takes a new series before it is counted
		for range 3 {
			c.Inc("a")
			c.Inc("b")
			time.Sleep(2 * time.Second)
		}
		synctest.Wait()
		f.set(nil)
		err := p.Close(t.Context())
		var lost *LostError
		if !errors.As(err, &lost) || lost.Samples != 6 || !errors.Is(err, refusal) {
			t.Errorf("Close: %v, want 6 samples lost, and the refusal", err)
		}
	})
}

// What Close pushes and is refused is lost like what was refused before it; state that
// was refused before is not, as Close has newer.
func TestCloseCountsItsOwnLoss(t *testing.T) {
	refusal := &SendError{Class: Final, StatusCode: 403}
	for name, c := range map[string]struct {
		make func(*fake) (p *Pusher, count func())
		want int
	}{
		"state": {func(f *fake) (*Pusher, func()) {
			p, c := counterPusher(f)
			return p, c.Inc
		}, 1},
		"increments": {func(f *fake) (*Pusher, func()) {
			p, c := recordedPusher(f)
			return p, func() { c.Inc("a") }
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := fake{answer: func(int, *Batch) error { return refusal }}
				p, count := c.make(&f)
				noErr(t, p.Start(t.Context()))
				synctest.Wait()
				count()
				time.Sleep(20 * time.Second)
				count()
				err := p.Close(t.Context())
				lost, _ := errors.AsType[*LostError](err)
				if lost == nil || lost.Batches != c.want || lost.Samples != c.want || !errors.Is(err, refusal) {
					t.Errorf("Close: %v, want %d lost, and the refusal", err, c.want)
				}
				if err != nil && strings.Count(err.Error(), "403") != 1 {
					t.Errorf("Close says it more than once: %v", err)
				}
			})
		})
	}
}

// Nobody who waits in vain is remembered, nor is anybody for pushes that nobody waits for.
func TestWaitersDoNotPileUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake{answer: down}
		p, _ := counterPusher(&f, WithInterval(time.Second))
		noErr(t, p.Start(t.Context()))
		for range 100 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			wantErr(t, p.Flush(ctx), "not sent yet")
			cancel()
		}
		if n := len(p.all[0].waiters); n != 0 {
			t.Errorf("%d waiters are left", n)
		}
		f.set(nil)
		noErr(t, p.Close(t.Context()))
	})
}
