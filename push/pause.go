package push

import (
	"context"
	"time"
)

// pause waits before the next attempt, until somebody is in a hurry at most.
func (t *target) pause(ctx context.Context, w wait) {
	timer := time.NewTimer(w.planned)
	defer timer.Stop()
	floor := time.Now().Add(w.least)
	select {
	case <-timer.C:
		return
	case <-t.last:
		return
	case <-ctx.Done():
		return
	case <-t.hurry:
	}
	timer.Reset(time.Until(floor))
	select {
	case <-timer.C:
	case <-t.last:
	case <-ctx.Done():
	}
}

// wait is how long until the next attempt, and how long for somebody in a hurry.
type wait struct{ planned, least time.Duration }

// calm forgets who was in a hurry: what they wanted is about to be tried.
func (t *target) calm() {
	for _, c := range []chan struct{}{t.hurry, t.last} {
		select {
		case <-c:
		default:
		}
	}
}

// signal wakes who waits on a channel of capacity 1, once for any number of signals.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
