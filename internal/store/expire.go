package store

import (
	"container/heap"
	"math"
	"time"
)

// life is what the last push said about how long its group stays, and what is known
// of a group only for that.
type life struct {
	ttl, expect int64  // nanoseconds, 0 if there is none
	seq         uint64 // of the last push that was taken
	place       int32  // index in deadlines, plus 1; 0 if it isn't there
	keep        bool   // until it is scraped
	sums        *sums  // nil unless pushes are added up
}

// setLife takes over what a push says. The group is scheduled anew afterwards.
func (s *Store) setLife(g *group, t *Terms, seq uint64) {
	if t.TTL == 0 && t.Expect == 0 && !t.KeepUntilScraped && g.sum() == nil {
		s.unschedule(g)
		g.life = nil
		return
	}
	if g.life == nil {
		g.life = new(life)
	}
	g.life.ttl, g.life.expect, g.life.keep, g.life.seq = int64(t.TTL), int64(t.Expect), t.KeepUntilScraped, seq
}

// terms are those of the last push, but for its limits.
func (g *group) terms() (t Terms) {
	if g.life != nil {
		t = Terms{TTL: time.Duration(g.life.ttl), Expect: time.Duration(g.life.expect), KeepUntilScraped: g.life.keep}
	}
	return t
}

func (g *group) seq() uint64 {
	if g.life == nil {
		return 0
	}
	return g.life.seq
}

func (g *group) keeps() bool { return g.life != nil && g.life.keep }

// deadline is the moment after which the group is no more, in nanoseconds since
// the epoch. A group that nobody could push to so far expires after its last failure.
func (g *group) deadline() int64 {
	from := g.pushed
	if from == 0 {
		from = g.failed
	}
	if g.life == nil || g.life.ttl == 0 || from > math.MaxInt64-g.life.ttl {
		return math.MaxInt64
	}
	return from + g.life.ttl
}

// deadlines is a heap of the groups that have a deadline. A group stands where its
// deadline was when it came, or before it: pushing moves deadlines back all the time,
// and a group is moved only once it has come to the top. Equal deadlines are ordered
// by key, so that who goes first doesn't depend on how the heap was filled.
type deadlines []mortal

type mortal struct {
	due int64
	*group
}

func (d deadlines) Len() int { return len(d) }

func (d deadlines) Less(i, j int) bool {
	if d[i].due != d[j].due {
		return d[i].due < d[j].due
	}
	return d[i].key < d[j].key
}

func (d deadlines) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].life.place, d[j].life.place = int32(i+1), int32(j+1)
}

// Push implements heap.Interface.
func (d *deadlines) Push(x any) {
	m := x.(mortal)
	*d = append(*d, m)
	m.life.place = int32(len(*d))
}

// Pop implements heap.Interface.
func (d *deadlines) Pop() any {
	last := len(*d) - 1
	m := (*d)[last]
	(*d)[last] = mortal{}
	*d = (*d)[:last]
	m.life.place = 0
	return m
}

// schedule puts a group where its deadline is, or leaves it where it stands if that
// is no later.
func (s *Store) schedule(g *group) {
	at := g.deadline()
	switch {
	case at == math.MaxInt64:
		s.unschedule(g)
	case g.life.place == 0:
		heap.Push(&s.deadlines, mortal{at, g})
	case at < s.deadlines[g.life.place-1].due:
		s.deadlines[g.life.place-1].due = at
		heap.Fix(&s.deadlines, int(g.life.place-1))
	}
}

func (s *Store) unschedule(g *group) {
	if g.life != nil && g.life.place > 0 {
		heap.Remove(&s.deadlines, int(g.life.place-1))
	}
}

// first is the group with the earliest deadline, nil if none has one.
func (s *Store) first() *group {
	for len(s.deadlines) > 0 {
		m := &s.deadlines[0]
		at := m.deadline()
		if at == m.due {
			return m.group
		}
		m.due = at
		heap.Fix(&s.deadlines, 0)
	}
	return nil
}

// expired is whether the group's deadline lies before t. A push to such a group
// finds none, so that nothing depends on when the expire record came.
func (g *group) expired(t int64) bool { return g != nil && g.deadline() < t }

// expire removes up to most groups whose deadline lies before t, and deletions that
// can't be undone any more. It reports whether there may be more.
func (s *Store) expire(it *Item, most int) {
	s.emptyTrash(it.Time)
	s.retireAll(it.Time)
	it.More = s.ledger.forget(it.Time, most)
	it.More = s.runs.Forget(it.Time, most) || it.More
	it.More = s.closeWindows(it.Time, resultsPerGroup*most) || it.More
	for it.Deleted < most {
		g := s.first()
		if !g.expired(it.Time) {
			return
		}
		s.dropExpired(g)
		it.Deleted++
	}
	it.More = it.More || s.first().expired(it.Time)
}

// resultsPerGroup is how many results of windows are changed in the time that a group
// takes to expire.
const resultsPerGroup = 2

func (s *Store) dropExpired(g *group) {
	s.dropGroup(g)
	s.expiredGroups++
}

// Due tells whether an expire record at time t, in nanoseconds since the epoch,
// would remove anything.
func (s *Store) Due(t int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first().expired(t) || len(s.trash) > 0 && s.trash[0].until < t || s.ledger.due(t) || s.runs.Due(t) || s.nextRetire > 0 && s.nextRetire < t || s.windows.due(t)
}
