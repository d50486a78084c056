package store

import (
	"container/list"
	"fmt"
	"time"
)

// Sequence says which of a producer's pushes a push is. A push is applied at most once.
type Sequence struct {
	Producer string // "" if the push isn't numbered
	// Epoch is which of its lives the producer is in: a later one numbers anew.
	Epoch  uint64
	Number uint64 // from 1
}

// Once is how a push is told from its repetitions.
type Once struct {
	Sequence Sequence
	// Key is an opaque key for clients that don't number their pushes, or "".
	Key string
	// Retention is how long it is remembered after its producer's last push.
	Retention time.Duration
}

// Window is how many pushes of one producer may overtake each other.
const Window = 1024

// Bounds on what is remembered. The longest silent go first.
const (
	mostProducers = 1 << 18
	mostKeys      = 1 << 20
)

// SequenceError is a number that a push can't have any more, or not yet.
type SequenceError struct {
	// Late is whether it lies before what is remembered, so that nobody can say
	// whether it was applied.
	Late bool
	Msg  string
}

func (e *SequenceError) Error() string { return e.Msg }

// ledger remembers which pushes were applied. It is state: what it says depends on
// the journal alone. Guarded by the store's lock.
type ledger struct {
	producers map[string]*list.Element // of *producer
	keys      map[string]*list.Element // of *usedKey
	// Both lists begin with who was silent longest.
	byProducer, byKey list.List
}

// producer is what is remembered of one: the numbers above highest-Window that were
// applied, as bits by number modulo Window.
type producer struct {
	name           string
	epoch, highest uint64
	applied        [Window / 64]uint64
	until          int64
}

type usedKey struct {
	key   string
	until int64
}

func (p *producer) has(n uint64) bool {
	return p.applied[n%Window/64]>>(n%64)&1 != 0
}

func (p *producer) set(n uint64) { p.applied[n%Window/64] |= 1 << (n % 64) }

// advance makes n the highest, and forgets what falls out of the window.
func (p *producer) advance(n uint64) {
	if n-p.highest >= Window {
		p.applied = [Window / 64]uint64{}
	} else {
		for i := p.highest + 1; i <= n; i++ {
			p.applied[i%Window/64] &^= 1 << (i % 64)
		}
	}
	p.highest = n
}

// repeats is whether a push was applied before. An error says that nobody can know,
// or that its number is too far ahead.
func (l *ledger) repeats(o *Once) (bool, error) {
	if o.Key != "" && l.keys[o.Key] != nil {
		return true, nil
	}
	q := &o.Sequence
	if q.Producer == "" {
		return false, nil
	}
	if q.Number == 0 {
		return false, &SequenceError{false, fmt.Sprintf("sequence 0 of producer %q: want 1 or more", q.Producer)}
	}
	at := l.producers[q.Producer]
	if at == nil {
		return false, l.first(q, 0)
	}
	p := at.Value.(*producer)
	switch {
	case q.Epoch < p.epoch:
		return false, &SequenceError{true, fmt.Sprintf("producer %q is in epoch %d, this push is of epoch %d: it can't be told whether it was applied",
			q.Producer, p.epoch, q.Epoch)}
	case q.Epoch > p.epoch:
		return false, l.first(q, 0)
	case p.highest >= Window && q.Number <= p.highest-Window:
		return false, &SequenceError{true, fmt.Sprintf("sequence %d of producer %q lies before the last %d that are remembered, %d to %d: it can't be told whether it was applied",
			q.Number, q.Producer, Window, p.highest-Window+1, p.highest)}
	case q.Number <= p.highest:
		return p.has(q.Number), nil
	}
	return false, l.first(q, p.highest)
}

// first refuses a number that is too far ahead of the highest one seen.
func (l *ledger) first(q *Sequence, highest uint64) error {
	if q.Number <= highest || q.Number-highest <= Window {
		return nil
	}
	return &SequenceError{false, fmt.Sprintf("sequence %d of producer %q is from the future: the last one was %d, want at most %d",
		q.Number, q.Producer, highest, highest+Window)}
}
