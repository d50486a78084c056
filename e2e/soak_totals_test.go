package e2e

import (
	"fmt"
	"net/http"
)

// totals are what one process has counted since it began, as stock clients push it.
type totals struct {
	epoch  uint64 // which of its lives it is
	counts [2]int // by the label kind
	pairs  int    // of observations, one of them up to 1
}

// begin is a new life of the process, which counts from 0.
func (l *totals) begin() { *l = totals{epoch: l.epoch + 1} }

func (l *totals) count(kind, amount int) {
	l.counts[kind] += amount
	l.pairs++
}

func (l *totals) body() []byte {
	return fmt.Appendf(nil, "# TYPE soak_total counter\nsoak_total{kind=\"0\"} %d\nsoak_total{kind=\"1\"} %d\n"+
		"# TYPE soak_seconds histogram\nsoak_seconds_bucket{le=\"1\"} %d\nsoak_seconds_bucket{le=\"+Inf\"} %d\nsoak_seconds_sum %d\nsoak_seconds_count %d\n",
		l.counts[0], l.counts[1], l.pairs, 2*l.pairs, 4*l.pairs, 2*l.pairs)
}

// anonymous is whether a worker doesn't say which of its lives it is in. It begins each with
// a push of nothing, as only totals that fell tell the gateway of a new life.
func (w *worker) anonymous() bool { return w.id%2 == 1 }

func (l *totals) sign(req *http.Request, name string, anonymous bool) {
	req.Method = http.MethodPut
	req.Header.Set("Headgate-Aggregate", "cumulative")
	req.Header.Set("Headgate-Pusher", name)
	if !anonymous {
		req.Header.Set("Headgate-Epoch", fmt.Sprint(l.epoch))
	}
}
