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
	// First says that the producer never sent the push before, so that nobody has applied it.
	First bool
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
	turns             uint64
	// view is what a snapshot under way reads, epoch how many there were.
	view  *ledgerView
	epoch uint32
}

// heard is when an entry came or was last heard of, and what snapshots need to know of it.
type heard struct {
	turn  uint64 // as counted by ledger.turns
	epoch uint32 // the last view that has it or doesn't need it
}

// producer is what is remembered of one: the numbers above highest-Window that were
// applied, as bits by number modulo Window.
type producer struct {
	name           string
	epoch, highest uint64
	applied        [Window / 64]uint64
	// from is the number with which a producer that wasn't known began, if that lay beyond the
	// window: what became of those before it isn't known. Else 0.
	from  uint64
	until int64
	heard
}

type usedKey struct {
	key   string
	until int64
	heard
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
		return false, o.begins()
	}
	p := at.Value.(*producer)
	switch {
	case q.Epoch < p.epoch:
		return false, &SequenceError{true, fmt.Sprintf("producer %q is in epoch %d, this push is of epoch %d: it can't be told whether it was applied",
			q.Producer, p.epoch, q.Epoch)}
	case q.Epoch > p.epoch:
		return false, o.begins()
	case p.highest >= Window && q.Number <= p.highest-Window:
		return false, &SequenceError{true, fmt.Sprintf("sequence %d of producer %q lies before the last %d that are remembered, %d to %d: it can't be told whether it was applied",
			q.Number, q.Producer, Window, p.highest-Window+1, p.highest)}
	case q.Number < p.from && !p.has(q.Number) && !o.First:
		return false, o.unknown()
	case q.Number <= p.highest:
		return p.has(q.Number), nil
	case q.Number-p.highest > Window && !o.First:
		return false, &SequenceError{false, fmt.Sprintf("sequence %d of producer %q is from the future: the last one was %d, want at most %d",
			q.Number, q.Producer, p.highest, p.highest+Window)}
	}
	return false, nil
}

// begins refuses the first number that is seen of a producer, or of its epoch, if many came
// before it and this may be one of them again.
func (o *Once) begins() error {
	if o.Sequence.Number <= Window || o.First {
		return nil
	}
	return o.unknown()
}

func (o *Once) unknown() error {
	q := &o.Sequence
	return &SequenceError{true, fmt.Sprintf("producer %q isn't known, or not any more, and sequence %d may be a repetition: "+
		"it can't be told whether it was applied; number anew, from 1, as another producer or in a later epoch", q.Producer, q.Number)}
}
