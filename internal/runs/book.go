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
	groups    map[string]*History      // of each group that tells of runs; it may be dropped
	buried    []Buried                 // the oldest first

	version uint64
	stats   Stats
}

// Buried is a history whose last group was deleted. It comes back if that does.
type Buried struct {
	History
	// Grave is until when.
	Grave int64
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

// Note takes over what a push to a group says, at time t.
func (b *Book) Note(key, group string, e *Event, t int64) {
	h := b.use(key)
	h.Until = after(t, int64(e.Bounds.Keep))
	b.join(h, group)
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
	dropped := *h
	*h = History{Key: h.Key, Groups: h.Groups} // groups may refer to it for long
	return &dropped
}

func (b *Book) join(h *History, group string) {
	if b.groups[group] == h {
		return
	}
	if b.groups == nil {
		b.groups = map[string]*History{}
	}
	b.groups[strings.Clone(group)] = h
	h.Groups++
}

// Leave takes a group out that is no more. If it was deleted, which is when grave
// isn't 0, and was the last of its history, that is buried until then.
func (b *Book) Leave(group string, grave int64) {
	h := b.groups[group]
	if h == nil {
		return
	}
	delete(b.groups, group)
	h.Groups--
	at := b.histories[h.Key]
	if h.Groups == 0 && grave != 0 && at != nil && at.Value == h {
		b.bury(at, grave)
	}
}

func (b *Book) bury(at *list.Element, grave int64) {
	h := b.drop(at)
	if len(b.buried) >= mostHistories {
		b.buried = b.buried[1:]
	}
	b.buried = append(b.buried, Buried{*h, grave})
}

// Clear buries all histories.
func (b *Book) Clear(grave int64) {
	b.groups = nil
	for b.byUse.Len() > 0 {
		at := b.byUse.Front()
		at.Value.(*History).Groups = 0
		b.bury(at, grave)
	}
}

// Revive brings a history back with one of its groups, unless the job has run since.
func (b *Book) Revive(key, group string) {
	at := b.histories[key]
	if at == nil {
		i := slices.IndexFunc(b.buried, func(o Buried) bool { return o.Key == key })
		if i < 0 {
			return
		}
		h := b.buried[i].History
		b.add(&h)
		b.buried = slices.Delete(slices.Clone(b.buried), i, i+1)
		at = b.histories[key]
		b.rank(at)
	}
	b.join(at.Value.(*History), group)
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
