package runs

import (
	"cmp"
	"container/list"
	"iter"
	"slices"
	"strings"
)

// mostHistories bounds the book. The job goes of which nothing was heard for longest.
const mostHistories = 10_000

// Book has the histories of all jobs. The zero value is empty. It is not safe for
// concurrent use.
type Book struct {
	histories map[string]*list.Element // of *History
	byUse     list.List                // the one that was told of last is at the back
	groups    map[string]int           // that have told of runs, by the key of their history; that may have gone
	buried    []Saved                  // the oldest first

	version uint64
	stats   Stats
}

// Stats counts. All but Histories are since the start.
type Stats struct {
	Histories int
	// Evicted had to go because there were too many.
	Evicted uint64
	// Ignored are events that said nothing new: repeated, or of runs that are let go already.
	Ignored uint64
}

// Stats returns a summary.
func (b *Book) Stats() Stats {
	s := b.stats
	s.Histories = len(b.histories)
	return s
}

// Restart begins the counts of Stats anew.
func (b *Book) Restart() { b.stats = Stats{} }

// Version changes with each change that All shows.
func (b *Book) Version() uint64 { return b.version }

// Note takes over what a push says, at time t.
func (b *Book) Note(key string, e *Event, t int64) {
	h := b.use(key)
	h.Until = after(t, int64(e.Bounds.Keep))
	if !h.note(e, t) {
		b.stats.Ignored++
	}
	b.stamp(h)
}

// stamp says that h has changed.
func (b *Book) stamp(h *History) {
	b.version++
	h.Stamp = b.version
}

// use returns the history of a key and moves it to the back.
func (b *Book) use(key string) *History {
	if at := b.histories[key]; at != nil {
		b.byUse.MoveToBack(at)
		return at.Value.(*History)
	}
	return b.add(&History{Key: strings.Clone(key)})
}

func (b *Book) add(h *History) *History {
	if b.histories == nil {
		b.histories = map[string]*list.Element{}
	}
	for len(b.histories) >= mostHistories {
		b.drop(b.byUse.Front())
		b.stats.Evicted++
	}
	b.histories[h.Key] = b.byUse.PushBack(h)
	b.stamp(h)
	return h
}

func (b *Book) drop(at *list.Element) *History {
	h := b.byUse.Remove(at).(*History)
	delete(b.histories, h.Key)
	b.version++
	return h
}

// Join adds a group to those that tell of a history, whether there is one now or not.
func (b *Book) Join(key string) {
	if b.groups == nil {
		b.groups = map[string]int{}
	}
	b.groups[strings.Clone(key)]++
}

// Leave takes such a group out, which is no more. The history stays.
func (b *Book) Leave(key string) {
	if b.groups[key]--; b.groups[key] <= 0 {
		delete(b.groups, key)
	}
}

// Bury lets a history go that no group tells of, until grave in a way that it can come back.
func (b *Book) Bury(key string, grave int64) {
	if at := b.histories[key]; at != nil && b.groups[key] == 0 {
		b.bury(at, grave)
	}
}

func (b *Book) bury(at *list.Element, grave int64) {
	h := b.drop(at)
	if len(b.buried) >= mostHistories {
		b.buried = b.buried[1:]
	}
	b.buried = append(b.buried, Saved{*h, grave})
}

// Clear buries all histories, and there is no group any more.
func (b *Book) Clear(grave int64) {
	b.groups = nil
	for b.byUse.Len() > 0 {
		b.bury(b.byUse.Front(), grave)
	}
}

// Revive brings a history back of which a group is back, unless the job has run since.
func (b *Book) Revive(key string) {
	i := slices.IndexFunc(b.buried, func(o Saved) bool { return o.Key == key })
	if i < 0 || b.histories[key] != nil {
		return
	}
	h := b.buried[i].History
	b.add(&h)
	b.rank(b.histories[key])
	b.buried = slices.Delete(slices.Clone(b.buried), i, i+1)
}

// rank moves a history to where its time has it, whatever the order in which groups came back.
func (b *Book) rank(at *list.Element) {
	h := at.Value.(*History)
	before := at.Prev()
	for before != nil {
		if o := before.Value.(*History); cmp.Or(cmp.Compare(o.Until, h.Until), strings.Compare(o.Key, h.Key)) < 0 {
			b.byUse.MoveAfter(at, before)
			return
		}
		before = before.Prev()
	}
	b.byUse.MoveToFront(at)
}

// Due is whether Forget at time t would do anything.
func (b *Book) Due(t int64) bool {
	first := b.byUse.Front()
	return first != nil && first.Value.(*History).Until < t || len(b.buried) > 0 && b.buried[0].Grave < t
}

// Forget lets up to most histories go whose time has passed at t.
func (b *Book) Forget(t int64, most int) (more bool) {
	for range most {
		switch first := b.byUse.Front(); {
		case first != nil && first.Value.(*History).Until < t:
			b.drop(first)
		case len(b.buried) > 0 && b.buried[0].Grave < t:
			b.buried = b.buried[1:]
		default:
			return false
		}
	}
	return true
}

// All are copies of the histories, in the order in which they would go.
func (b *Book) All() iter.Seq[History] {
	return func(yield func(History) bool) {
		for at := b.byUse.Front(); at != nil; at = at.Next() {
			if !yield(*at.Value.(*History)) {
				return
			}
		}
	}
}
