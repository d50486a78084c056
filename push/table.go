package push

import (
	"hash/maphash"
	"sync/atomic"
)

// seriesTable finds the series of a label set as the caller spells it. Finding
// takes no lock: slots are written once, from nil to an entry, and a table that
// has to grow or to lose entries is replaced by a new one. A reader of the old one
// misses what is new and asks under the recorder's lock. Writing needs that lock.
type seriesTable struct {
	seed  maphash.Seed
	slots atomic.Pointer[tableSlots]
	used  int // guarded by Recorder.mu
}

// tableSlots is an open addressing table of 2^n slots, at most half full.
type tableSlots struct {
	mask uint64
	at   []atomic.Pointer[tableEntry]
}

// tableEntry is a label set and what it leads to. It is immutable once it is in a table.
type tableEntry struct {
	hash     uint64
	labels   []Label // as the caller gave them, in the caller's order
	exemplar []Label // those of them that go on an exemplar; nil if none do
	series   *series
}

// do does o to the series, or returns false because the series is gone.
func (e *tableEntry) do(o seriesOp, v float64, at int64) bool {
	return e.series.do(o, v, at, e.exemplarOf(v))
}

const smallestTable = 8

// hashFactor is 2^64 divided by the golden ratio, odd.
const hashFactor = 0x9e3779b97f4a7c15

// Names of labels aren't hashed: they come from the program's text, and so sets
// that differ in them alone are few.
func (t *seriesTable) hash(h uint64, value string) uint64 {
	return (h ^ maphash.String(t.seed, value)) * hashFactor
}

// findValues returns the entry of these label values, nil if there is none.
func (t *seriesTable) findValues(values []string) *tableEntry {
	slots := t.slots.Load()
	if slots == nil {
		return nil
	}
	var h uint64
	for _, v := range values {
		h = t.hash(h, v)
	}
	for i := h >> 32; ; i++ {
		e := slots.at[i&slots.mask].Load()
		if e == nil {
			return nil
		}
		if e.hash == h && e.hasValues(values) {
			return e
		}
	}
}

// findMetric returns the entry of this name and these labels, nil if there is none.
func (t *seriesTable) findMetric(name string, set []Label) *tableEntry {
	slots := t.slots.Load()
	if slots == nil {
		return nil
	}
	h := t.hash(0, name)
	for i := range set {
		h = t.hash(h, set[i].Value)
	}
	for i := h >> 32; ; i++ {
		e := slots.at[i&slots.mask].Load()
		if e == nil {
			return nil
		}
		if e.hash == h && e.series.family.name == name && e.hasLabels(set) {
			return e
		}
	}
}

func (e *tableEntry) hasValues(values []string) bool {
	if len(e.labels) != len(values) {
		return false
	}
	for i := range values {
		if e.labels[i].Value != values[i] {
			return false
		}
	}
	return true
}

func (e *tableEntry) hasLabels(set []Label) bool {
	if len(e.labels) != len(set) {
		return false
	}
	for i := range set {
		if e.labels[i].Value != set[i].Value || e.labels[i].Name != set[i].Name {
			return false
		}
	}
	return true
}

// addValues makes e known by the values of its labels, addMetric by its family's
// name and its labels. A set known already leads to e's series from now on.
func (t *seriesTable) addValues(e *tableEntry) (added int) {
	return t.add(0, e)
}

func (t *seriesTable) addMetric(e *tableEntry) (added int) {
	return t.add(t.hash(0, e.series.family.name), e)
}

func (t *seriesTable) add(h uint64, e *tableEntry) int {
	for i := range e.labels {
		h = t.hash(h, e.labels[i].Value)
	}
	e.hash = h
	slots := t.slots.Load()
	if slots == nil || 2*(t.used+1) > len(slots.at) {
		slots = t.rebuild(2*(t.used+1), func(*series) bool { return true })
	}
	for i := h >> 32; ; i++ {
		slot := &slots.at[i&slots.mask]
		switch old := slot.Load(); {
		case old == nil:
			slot.Store(e)
			t.used++
			return 1
		case old.hash == h && old.series.family == e.series.family && old.hasLabels(e.labels):
			slot.Store(e)
			return 0
		}
	}
}

// rebuild replaces the table by one of at least size slots with the entries of
// the series to keep.
func (t *seriesTable) rebuild(size int, keep func(*series) bool) *tableSlots {
	n := smallestTable
	for n < size {
		n *= 2
	}
	next := &tableSlots{mask: uint64(n - 1), at: make([]atomic.Pointer[tableEntry], n)}
	t.used = 0
	if old := t.slots.Load(); old != nil {
		for i := range old.at {
			if e := old.at[i].Load(); e != nil && keep(e.series) {
				next.put(e)
				t.used++
			}
		}
	}
	t.slots.Store(next)
	return next
}

func (s *tableSlots) put(e *tableEntry) {
	for i := e.hash >> 32; ; i++ {
		if slot := &s.at[i&s.mask]; slot.Load() == nil {
			slot.Store(e)
			return
		}
	}
}

// prune keeps the entries of the series to keep and returns how many they are.
func (t *seriesTable) prune(keep func(*series) bool) int {
	if t.slots.Load() != nil {
		t.rebuild(2*t.used, keep)
	}
	return t.used
}

// reset forgets all.
func (t *seriesTable) reset() {
	t.slots.Store(nil)
	t.used = 0
}
