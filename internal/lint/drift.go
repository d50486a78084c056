package lint

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/push/labels"
)

// drift watches how the grouping keys of each job change. It looks at a group when
// it is made; the pushes that follow only tell, without the lock, that the group is
// still pushed to.
type drift struct {
	mu   sync.Mutex // after the table's
	jobs map[string]*jobKeys
}

// What is remembered of jobs is bounded.
const (
	mostJobs = 10_000
	mostSets = 8  // sets of label names of a job
	mostSeen = 64 // values of a label of a job's keys
)

// jobKeys is what is known of a job's grouping keys.
type jobKeys struct {
	name   string
	groups int
	sets   []*keySet // as they came
	labels []*keyLabel

	// newest is how many groups the job has made; a group's seq is which of them
	// it was. returned is newest when an old group was last pushed to.
	newest, returned atomic.Uint32
	// endless is about the labels whose values are new each time, nil if there are none.
	endless atomic.Pointer[[]labels.Finding]
}

// keySet is a set of label names that keys of a job have.
type keySet struct {
	job    *jobKeys
	names  []string // sorted, job among them
	summed bool     // of sums, which have no label of the host's beside groups that have
	groups int
	first  int64        // ns
	last   atomic.Int64 // ns, to a second
	from   *keySet      // what change is about
	// change tells that the job's keys had other names before, nil if they didn't or
	// have them still.
	change atomic.Pointer[[]labels.Finding]
	left   atomic.Bool // whether a change is from this set
}

// recent is how many of a job's newest groups may still be pushed to without a value
// that comes back: runs push several times, and some run side by side.
const recent = 5

// enter notes a new group.
func (d *drift) enter(g *group, p *Push) {
	now := p.Time.UnixNano()
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.join(g, p.Key, p.Summed, now)
	if s == nil {
		return
	}
	g.seq = s.job.newest.Add(1)
	for _, l := range p.Key {
		if kl := s.job.label(l.Name); kl != nil {
			kl.value(s.job, l.Value, p.Expires, now)
		}
	}
	s.job.judgeValues(now)
	s.judgeNames()
}

// enterKnown notes a group that was there before: not new, whatever its key.
func (d *drift) enterKnown(g *group, key []expo.Label, last int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.join(g, key, false, last)
	if s == nil {
		return
	}
	s.first = min(s.first, last)
	s.last.Store(max(s.last.Load(), last))
	for _, l := range key {
		if kl := s.job.label(l.Name); kl != nil {
			kl.see(hashValue(l.Value))
		}
	}
}

// join finds or makes the group's set, nil if there are too many jobs.
func (d *drift) join(g *group, key []expo.Label, summed bool, now int64) *keySet {
	name := job(key)
	j := d.jobs[name]
	if j == nil {
		if len(d.jobs) >= mostJobs {
			return nil
		}
		if d.jobs == nil {
			d.jobs = map[string]*jobKeys{}
		}
		j = &jobKeys{name: strings.Clone(name)}
		d.jobs[j.name] = j
	}
	s := j.set(key, summed, now)
	j.groups++
	s.groups++
	g.set = s
	return s
}

func (j *jobKeys) set(key []expo.Label, summed bool, now int64) *keySet {
	for _, s := range j.sets {
		if s.summed == summed && slices.EqualFunc(s.names, key, func(name string, l expo.Label) bool { return name == l.Name }) {
			return s
		}
	}
	if len(j.sets) == mostSets {
		j.forget(j.sets[0])
		j.sets = slices.Delete(j.sets, 0, 1)
	}
	s := &keySet{job: j, summed: summed, first: now}
	for _, l := range key {
		s.names = append(s.names, strings.Clone(l.Name))
	}
	s.last.Store(now)
	j.sets = append(j.sets, s)
	return s
}

// leave notes that a group is gone.
func (d *drift) leave(g *group) {
	if g.set == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s := g.set
	s.groups--
	s.job.groups--
	if s.groups == 0 {
		s.job.forget(s)
	}
	if s.job.groups == 0 {
		delete(d.jobs, s.job.name)
	}
}

// pushed notes a push of a group. Only what it says for the first time takes the lock.
func (d *drift) pushed(g *group, now int64) {
	s := g.set
	if s == nil {
		return
	}
	j := s.job
	if newest := j.newest.Load(); newest-g.seq >= recent && j.returned.Load() != newest {
		j.returned.Store(newest)
		j.endless.Store(nil)
	}
	if now-s.last.Load() < int64(time.Second) && !s.left.Load() {
		return
	}
	s.last.Store(now)
	if s.left.Load() {
		d.mu.Lock()
		defer d.mu.Unlock()
		j.forget(s)
	}
}

// state is what a push of a group in the set is told. s may be nil.
func (s *keySet) state() (st state) {
	if s == nil {
		return 0
	}
	if s.change.Load() != nil {
		st |= namesChanged
	}
	if s.job.endless.Load() != nil {
		st |= valueNew
	}
	return st
}

// findings returns what the state says, which may have ended since.
func (s *keySet) findings(st state) (found []labels.Finding) {
	if st&namesChanged != 0 {
		if all := s.change.Load(); all != nil {
			found = append(found, *all...)
		}
	}
	if st&valueNew != 0 {
		if all := s.job.endless.Load(); all != nil {
			found = append(found, *all...)
		}
	}
	return found
}

var valueSeed = maphash.MakeSeed()

func hashValue(value string) uint32 { return uint32(maphash.String(valueSeed, value)) }
