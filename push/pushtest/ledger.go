package pushtest

import (
	"time"
)

// ledger is what a gateway has applied, in order, and the state that follows from
// it. The state is a function of the entries, so a restart that loses some of
// them starts from none and applies those that are left.
type ledger struct {
	entries []entry
	// safe entries from the first were acknowledged, or stand before one that was.
	safe  int
	state state
}

// entry is one push.
type entry struct {
	push     int // its index in the record of pushes
	at       time.Time
	delta    bool
	producer string // empty if the push has no sequence
	sequence uint64
	changes  []change
	samples  []Sample
	reply    string // the body of its answer
}

// verdict is what became of an entry.
type verdict struct {
	number                int // of the entry, or of the one that it repeats
	duplicate, outOfOrder bool
}

func (l *ledger) apply(e entry) (verdict, error) {
	if number, ok := l.state.applied(e.producer, e.sequence); ok {
		return verdict{number: number, duplicate: true}, nil
	}
	v := verdict{number: len(l.entries), outOfOrder: e.sequence < l.state.producers[e.producer].highest}
	if err := l.state.apply(v.number, e); err != nil {
		return verdict{}, err
	}
	l.entries = append(l.entries, e)
	return v, nil
}

// acknowledge notes that the entry of that number was answered.
func (l *ledger) acknowledge(number int) { l.safe = max(l.safe, number+1) }

// recover forgets what is not safe, and returns the indices of those pushes.
func (l *ledger) recover() (lost []int) {
	for _, e := range l.entries[l.safe:] {
		lost = append(lost, e.push)
	}
	l.entries = l.entries[:l.safe]
	l.state = state{failures: l.state.failures}
	for i, e := range l.entries {
		if err := l.state.apply(i, e); err != nil {
			panic(err) // it was applied to this very state before
		}
	}
	return lost
}
