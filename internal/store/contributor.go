package store

import (
	"cmp"
	"slices"
	"strings"
)

// contributor is who has pushed to a sum.
type contributor struct {
	pushes, samples uint64
	last            int64
}

// mostContributors bounds who is told apart in one group.
const mostContributors = 10_000

// contributor is who people are told that a push is from.
func (c *Change) contributor() string {
	if c.Terms.Summing.Pusher != "" {
		return c.Terms.Summing.Pusher
	}
	return c.Terms.Once.Sequence.Producer
}

func (u *sums) contributed(who string, samples int, t int64) {
	c := u.contributors[who]
	if c == nil {
		if len(u.contributors) >= mostContributors {
			return
		}
		c = &contributor{}
		u.contributors[strings.Clone(who)] = c
	}
	c.pushes++
	c.samples += uint64(samples)
	c.last = t
}

// Contributor is who has pushed to a sum, as people are shown it.
type Contributor struct {
	Name string // the pusher, or else the producer; "" for those who said neither
	// Pushes and Samples count what was added.
	Pushes, Samples uint64
	LastPush        int64 // nanoseconds since the epoch
}

// Contributors lists who has pushed to a group's sum, the last to push first. ok is
// false if there is no such group, mode Keep if it isn't a sum.
func (s *Store) Contributors(key string) (m Mode, list []Contributor, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[key]
	if g == nil {
		return Keep, nil, false
	}
	if u := g.sum(); u != nil {
		for name, c := range u.contributors {
			list = append(list, Contributor{name, c.pushes, c.samples, c.last})
		}
	}
	slices.SortFunc(list, func(a, b Contributor) int {
		return cmp.Or(cmp.Compare(b.LastPush, a.LastPush), strings.Compare(a.Name, b.Name))
	})
	return g.mode(), list, true
}
