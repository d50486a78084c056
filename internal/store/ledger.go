package store

import (
	"container/list"
	"math"
	"strings"
)

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
		at = l.enter(&producer{name: strings.Clone(q.Producer), epoch: q.Epoch, from: q.from()})
	}
	l.preserve(at)
	p := at.Value.(*producer)
	if q.Epoch > p.epoch {
		*p = producer{name: p.name, epoch: q.Epoch, from: q.from()}
	}
	if q.Number > p.highest {
		p.advance(q.Number)
	}
	p.set(q.Number)
	p.until, p.heard = until, l.hear()
	l.byProducer.MoveToBack(at)
}

// from is producer.from of one that begins with this number.
func (q *Sequence) from() uint64 {
	if q.Number <= Window {
		return 0
	}
	return q.Number
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
	p.heard = l.hear()
	at := l.byProducer.PushBack(p)
	l.producers[p.name] = at
	return at
}

func (l *ledger) dropProducer(at *list.Element) {
	l.preserve(at)
	delete(l.producers, l.byProducer.Remove(at).(*producer).name)
}

func (l *ledger) noteKey(key string, until int64) {
	if l.keys == nil {
		l.keys = map[string]*list.Element{}
	}
	for len(l.keys) >= mostKeys {
		l.dropKey(l.byKey.Front())
	}
	l.keys[key] = l.byKey.PushBack(&usedKey{key, until, l.hear()})
}

func (l *ledger) dropKey(at *list.Element) {
	l.preserve(at)
	delete(l.keys, l.byKey.Remove(at).(*usedKey).key)
}

// ledgerChunk is how many are in one record of a snapshot.
const ledgerChunk = 1000

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
