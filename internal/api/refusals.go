package api

import (
	"sync/atomic"
	"time"
)

// refusalEvery is how often a refused push of one reason is worth a line in the
// log. The metrics have the count.
const refusalEvery = 10 * time.Second

// refusals holds back the log when many pushes are refused.
type refusals [reasons]struct {
	next   atomic.Int64 // unix nanoseconds
	silent atomic.Int64
}

// due reports whether a refusal is to be logged, and how many of its reason were
// not since the last that was.
func (l *refusals) due(why reason, now time.Time) (silent int64, ok bool) {
	next := l[why].next.Load()
	if now.UnixNano() < next || !l[why].next.CompareAndSwap(next, now.Add(refusalEvery).UnixNano()) {
		l[why].silent.Add(1)
		return 0, false
	}
	return l[why].silent.Swap(0), true
}
