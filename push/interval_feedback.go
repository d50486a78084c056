package push

import (
	"cmp"
	"slices"
	"time"
)

// feedback is what became of the pushes to a target since the last tick.
type feedback struct {
	// took is the longest time that a push which ended since then was under way.
	took time.Duration
	// backlog is whether one of an earlier tick is queued or under way.
	backlog bool
	// throttled is whether the target asked for fewer.
	throttled bool
	// retryAfter is what is left of the time that the target asked to be left alone for.
	retryAfter time.Duration
}

// load returns the utilisation of the target: the part of an interval that a push takes.
func (f feedback) load(interval time.Duration) float64 {
	if f.strained() {
		return 1
	}
	return float64(f.took) / float64(interval)
}

func (f feedback) strained() bool { return f.backlog || f.throttled }

// easiest returns the feedback of the best-off of a Pusher's targets, which is what
// the interval goes by: one that is down must not make the others' metrics stale.
func easiest(targets []feedback) feedback {
	return slices.MinFunc(targets, func(f, g feedback) int {
		if f.strained() != g.strained() {
			if f.strained() {
				return 1
			}
			return -1
		}
		return cmp.Or(cmp.Compare(f.retryAfter, g.retryAfter), cmp.Compare(f.took, g.took))
	})
}
