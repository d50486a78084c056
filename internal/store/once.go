package store

import (
	"container/list"
	"fmt"
	"math"
	"strings"
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

// note remembers that a push was applied at time t.
func (l *ledger) note(o *Once, t int64) {
	until := after(t, int64(o.Retention))
	if o.Key != "" {
		l.noteKey(strings.Clone(o.Key), until)
	}
	q := &o.Sequence
	if q.Producer == "" {
		return
	}
	at := l.producers[q.Producer]
	if at == nil {
		at = l.enter(&producer{name: strings.Clone(q.Producer), epoch: q.Epoch})
	}
	p := at.Value.(*producer)
	if q.Epoch > p.epoch {
		*p = producer{name: p.name, epoch: q.Epoch}
	}
	if q.Number > p.highest {
		p.advance(q.Number)
	}
	p.set(q.Number)
	p.until = until
	l.byProducer.MoveToBack(at)
}

// after is the moment d nanoseconds after t, or the end of time.
func after(t, d int64) int64 {
	if d > math.MaxInt64-t {
		return math.MaxInt64
	}
	return t + d
}

// enter makes room for a producer and adds it.
func (l *ledger) enter(p *producer) *list.Element {
	if l.producers == nil {
		l.producers = map[string]*list.Element{}
	}
	for len(l.producers) >= mostProducers {
		l.dropProducer(l.byProducer.Front())
	}
	at := l.byProducer.PushBack(p)
	l.producers[p.name] = at
	return at
}

func (l *ledger) dropProducer(at *list.Element) {
	delete(l.producers, l.byProducer.Remove(at).(*producer).name)
}

func (l *ledger) noteKey(key string, until int64) {
	if l.keys == nil {
		l.keys = map[string]*list.Element{}
	}
	for len(l.keys) >= mostKeys {
		l.dropKey(l.byKey.Front())
	}
	l.keys[key] = l.byKey.PushBack(&usedKey{key, until})
}

func (l *ledger) dropKey(at *list.Element) { delete(l.keys, l.byKey.Remove(at).(*usedKey).key) }

// ledgerChunk is how many are in one record of a snapshot.
const ledgerChunk = 1000

// entries are copies of all that is remembered, in order.
func (l *ledger) entries() (all []ledgerEntry) {
	for at := l.byProducer.Front(); at != nil; at = at.Next() {
		p := *at.Value.(*producer)
		all = append(all, ledgerEntry{producer: &p})
	}
	for at := l.byKey.Front(); at != nil; at = at.Next() {
		all = append(all, ledgerEntry{key: at.Value.(*usedKey)})
	}
	return all
}

func (l *ledger) restore(entries []ledgerEntry) {
	for _, e := range entries {
		if e.key != nil {
			l.noteKey(e.key.key, e.key.until)
		} else {
			l.enter(e.producer)
		}
	}
}

// forget drops up to most of those whose time has passed at t. It reports whether
// there may be more.
func (l *ledger) forget(t int64, most int) (more bool) {
	for range most {
		first, key := l.byProducer.Front(), l.byKey.Front()
		switch {
		case first != nil && first.Value.(*producer).until < t:
			l.dropProducer(first)
		case key != nil && key.Value.(*usedKey).until < t:
			l.dropKey(key)
		default:
			return false
		}
	}
	return true
}

// due is whether forget would drop anything.
func (l *ledger) due(t int64) bool {
	first, key := l.byProducer.Front(), l.byKey.Front()
	return first != nil && first.Value.(*producer).until < t || key != nil && key.Value.(*usedKey).until < t
}
