package store

import (
	"fmt"
	"testing"
	"time"
)

// A view is of the moment in which it began, in order, although some are heard of again
// while it is read, some go and some come: those that were read and those that were not.
func TestLedgerViewIsOfOneMoment(t *testing.T) {
	for read := range 30 {
		var l ledger
		note := func(i int, number uint64) {
			l.note(&Once{Sequence: Sequence{fmt.Sprintf("p%d", i), 1, number}, Retention: time.Second}, int64(i))
			l.note(&Once{Key: fmt.Sprintf("k%d.%d", i, number), Retention: time.Second}, int64(i))
		}
		for i := range 10 {
			note(i, 1)
		}
		l.freeze()
		l.view.read(&l, read)
		l.forget(1e9+3, 5) // p0 to p2, k0 and k1
		for _, i := range []int{5, 8, 3, 11} {
			note(i, 2)
		}
		for l.view.read(&l, 7) {
		}
		var producers, keys []string
		for _, e := range l.view.entries() {
			if e.key != nil {
				keys = append(keys, e.key.key)
			} else {
				producers = append(producers, fmt.Sprint(e.producer.name, " ", e.producer.highest))
			}
		}
		for i := range 10 {
			if want := fmt.Sprintf("p%d 1", i); len(producers) != 10 || producers[i] != want {
				t.Fatalf("after %d were read: producers %q", read, producers)
			}
			if want := fmt.Sprintf("k%d.1", i); len(keys) != 10 || keys[i] != want {
				t.Fatalf("after %d were read: keys %q", read, keys)
			}
		}
	}
}
