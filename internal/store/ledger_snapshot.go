package store

import (
	"cmp"
	"container/list"
	"slices"
)

// ledgerView is the ledger at one journal position, read some entries at a time while the
// ledger goes on. What is about to change or go before its turn leaves what it was first.
type ledgerView struct {
	producer, key *list.Element // the next ones to be read
	saved         []ledgerEntry
}

// freeze begins a view. There is one at a time.
func (l *ledger) freeze() {
	l.epoch++
	l.view = &ledgerView{producer: l.byProducer.Front(), key: l.byKey.Front()}
}

// preserve saves an element that is about to change or go, unless it is saved already or is younger.
func (l *ledger) preserve(at *list.Element) {
	v := l.view
	if v == nil {
		return
	}
	switch at {
	case v.producer:
		v.producer = at.Next()
	case v.key:
		v.key = at.Next()
	}
	l.save(at)
}

func (l *ledger) save(at *list.Element) {
	switch e := at.Value.(type) {
	case *producer:
		if e.heard.epoch != l.epoch {
			e.heard.epoch = l.epoch
			own := *e
			l.view.saved = append(l.view.saved, ledgerEntry{producer: &own})
		}
	case *usedKey:
		if e.heard.epoch != l.epoch {
			e.heard.epoch = l.epoch
			l.view.saved = append(l.view.saved, ledgerEntry{key: e})
		}
	}
}

// read reads up to most more entries and reports whether there are any left.
func (v *ledgerView) read(l *ledger, most int) (more bool) {
	for range most {
		switch {
		case v.producer != nil:
			l.save(v.producer)
			v.producer = v.producer.Next()
		case v.key != nil:
			l.save(v.key)
			v.key = v.key.Next()
		default:
			return false
		}
	}
	return true
}

// ledgerEntries reads the ledger as it was when the snapshot began, in order.
func (snap *Snapshot) ledgerEntries() []ledgerEntry {
	s := snap.store
	v := s.ledger.view
	for more := true; more; {
		s.mu.Lock()
		if more = v.read(&s.ledger, ledgerChunk); !more {
			s.ledger.view = nil
		}
		s.mu.Unlock()
	}
	return v.entries()
}

// entries are what was read, in order.
func (v *ledgerView) entries() []ledgerEntry {
	slices.SortFunc(v.saved, func(a, b ledgerEntry) int { return cmp.Compare(a.turn(), b.turn()) })
	return v.saved
}

// hear gives an entry that comes or was heard of its turn.
func (l *ledger) hear() heard {
	l.turns++
	return heard{l.turns, l.epoch}
}

// turn is the entry's place in the order in which they came or were last heard of.
func (e *ledgerEntry) turn() uint64 {
	if e.key != nil {
		return e.key.turn
	}
	return e.producer.turn
}
