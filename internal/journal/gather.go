package journal

import "time"

// gather decides how long the writer waits for more entries before it syncs.
//
// When a batch is delivered its pushers come back at about the same time, but one
// is the first, and a sync for it alone makes the others wait for two. So the writer
// expects a batch as large as those before it and gives it a moment to come
// together. A lone pusher is never waited on: its batches are of one.
type gather struct {
	last, before int // sizes of the last two batches
	timer        *time.Timer
}

// The longest that entries are held back, as a multiple of the last sync and at all.
// Under a load that gathers, the processor has other work meanwhile.
const (
	gatherSyncs = 4
	gatherMost  = time.Millisecond
)

// noted remembers the size of a batch.
func (g *gather) noted(n int) { g.last, g.before = n, g.last }

// wait returns when as many entries wait as may be expected, or it has been long enough.
func (g *gather) wait(q *queue, lastSync time.Duration) {
	target := (g.last + g.before) / 2
	if target < 2 || !q.below(target) {
		return
	}
	window := min(gatherSyncs*lastSync, gatherMost)
	if g.timer == nil {
		g.timer = time.NewTimer(window)
	} else {
		g.timer.Reset(window)
	}
	select {
	case <-q.wake:
	case <-g.timer.C:
	}
	g.timer.Stop()
}
