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

// tableEntry is immutable.
type tableEntry struct {
	hash   uint64
	labels []Label // as the caller gave them, in the caller's order
	series *series
}

const smallestTable = 8

// hashFactor is 2^64 divided by the golden ratio, odd.
const hashFactor = 0x9e3779b97f4a7c15

// Names of labels aren't hashed: they come from the program's text, and so sets
// that differ in them alone are few.
func (t *seriesTable) hash(h uint64, value string) uint64 {
	return (h ^ maphash.String(t.seed, value)) * hashFactor
}

// findValues returns the series of these label values, nil if it isn't known.
func (t *seriesTable) findValues(values []string) *series {
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
			return e.series
		}
	}
}

// findMetric returns the series of this name and these labels, nil if it isn't known.
func (t *seriesTable) findMetric(name string, set []Label) *series {
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
			return e.series
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

// addValues makes s known by the values of set, addMetric by its family's name
// and set. The table keeps set. A set known already leads to s from now on.
func (t *seriesTable) addValues(set []Label, s *series) (added int) {
	return t.add(0, set, s)
}

func (t *seriesTable) addMetric(set []Label, s *series) (added int) {
	return t.add(t.hash(0, s.family.name), set, s)
}

func (t *seriesTable) add(h uint64, set []Label, s *series) int {
	for i := range set {
		h = t.hash(h, set[i].Value)
	}
	slots := t.slots.Load()
	if slots == nil || 2*(t.used+1) > len(slots.at) {
		slots = t.rebuild(2*(t.used+1), func(*series) bool { return true })
	}
	e := &tableEntry{hash: h, labels: set, series: s}
	for i := h >> 32; ; i++ {
		slot := &slots.at[i&slots.mask]
		switch old := slot.Load(); {
		case old == nil:
			slot.Store(e)
			t.used++
			return 1
		case old.hash == h && old.series.family == s.family && old.hasLabels(set):
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
