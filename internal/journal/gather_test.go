package journal

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A sync is held back for those who are expected to come back at the same time, not
// for a lone pusher, and never for longer than a few syncs.
func TestGather(t *testing.T) {
	tests := []struct {
		name          string
		last, before  int // sizes of the batches before
		waiting, late int // entries that wait, and that come 100 µs later
		lastSync      time.Duration
		want          time.Duration // how long the writer waits
	}{
		{"a lone pusher isn't waited on", 1, 1, 1, 0, time.Millisecond, 0},
		{"the first after a pause isn't either", 0, 1, 1, 0, time.Millisecond, 0},
		{"as many as before are there already", 4, 4, 4, 0, time.Millisecond, 0},
		{"the rest come in time", 7, 1, 1, 3, time.Millisecond, 100 * time.Microsecond},
		{"the rest don't come", 64, 64, 1, 0, 50 * time.Microsecond, 200 * time.Microsecond},
		{"a slow disk", 64, 64, 1, 0, time.Second, time.Millisecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var q queue
				q.init(Options{MaxQueueEntries: 100, MaxQueueBytes: 100})
				q.open()
				for range test.waiting {
					_ = q.put(&Entry{})
				}
				<-q.wake
				var late sync.WaitGroup
				defer late.Wait()
				late.Go(func() {
					time.Sleep(100 * time.Microsecond)
					for range test.late {
						_ = q.put(&Entry{})
					}
				})
				g := gather{last: test.last, before: test.before}
				began := time.Now()
				g.wait(&q, test.lastSync)
				if got := time.Since(began); got != test.want {
					t.Errorf("waited %s, want %s", got, test.want)
				}
			})
		})
	}
}
