package store

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/expo"
)

// GroupMetrics is which groups have metrics of their own besides their push times.
type GroupMetrics uint8

// The choices.
const (
	NoGroupMetrics      GroupMetrics = iota
	OverdueGroupMetrics              // headgate_group_overdue of groups with an expectation
	AllGroupMetrics                  // all of each group
)

// groupGauges are the metrics that a group may have. They depend on the clock, so
// they are no part of the state: Apply neither makes nor counts them, and they are brought
// up to date when somebody scrapes.
var groupGauges = [...]struct{ name, help string }{
	{"headgate_group_overdue", "Whether the group's last push is longer ago than was said to be expected: 1 or 0."},
	{"headgate_group_last_push_age_seconds", "How long ago the group's last push was, or its last failure if none succeeded."},
	{"headgate_group_expires_in_seconds", "How long the group stays unless it is pushed to."},
}

// extra are a group's gauges; nil where there is none.
type extra [len(groupGauges)]*held

// OwnFamily is whether a family of that name is made here, for each group. Such a
// family in a push is left out of it.
func OwnFamily(name string) bool {
	if name == PushTimeName || name == PushFailureName {
		return true
	}
	for i := range groupGauges {
		if name == groupGauges[i].name {
			return true
		}
	}
	return isRunFamily(name)
}

// OwnNames are the families of which OwnFamily says so.
func OwnNames() []string {
	names := []string{PushTimeName, PushFailureName}
	for i := range groupGauges {
		names = append(names, groupGauges[i].name)
	}
	for i := range RunFamilies {
		names = append(names, RunFamilies[i].Name)
	}
	return names
}

// SetGroupMetrics chooses which groups have metrics of their own from the next scrape
// on. A new store has none.
func (s *Store) SetGroupMetrics(m GroupMetrics) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.groupMetrics == m {
		return
	}
	s.groupMetrics = m
	for _, g := range s.slots {
		if g != nil {
			s.hideGauges(g)
		}
	}
}

// showGauges brings the groups' gauges up to date, as of now.
func (s *Store) showGauges(now time.Time) {
	switch s.groupMetrics {
	case OverdueGroupMetrics:
		for g := range s.expecting {
			s.showGauge(g, 0, boolGauge(g.overdue(now.UnixNano())))
		}
	case AllGroupMetrics:
		for _, g := range s.slots {
			if g != nil {
				s.showAll(g, now.UnixNano())
			}
		}
	}
}

func (s *Store) showAll(g *group, now int64) {
	s.showGauge(g, 1, seconds(max(now-g.last(), 0)))
	if g.life != nil && g.life.expect > 0 {
		s.showGauge(g, 0, boolGauge(g.overdue(now)))
	} else {
		s.hideGauge(g, 0)
	}
	if at := g.deadline(); at != math.MaxInt64 {
		s.showGauge(g, 2, seconds(at-now))
	} else {
		s.hideGauge(g, 2)
	}
}

// last is when the group was last pushed to or, if it never was, when that last failed.
func (g *group) last() int64 {
	if g.pushed == 0 {
		return g.failed
	}
	return g.pushed
}

func (g *group) overdue(now int64) bool {
	return g.life != nil && g.life.expect > 0 && now-g.last() > g.life.expect
}

func boolGauge(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// showGauge sets a group's gauge. State from before a version that has the gauge
// may have a family of its name: then it isn't shown.
func (s *Store) showGauge(g *group, i int, v float64) {
	name := groupGauges[i].name
	if f := s.families[name]; f != nil && f.users > s.gauges[i] {
		s.hidden++
		return
	}
	e := s.extras[g]
	if e == nil {
		e = new(extra)
		s.extras[g] = e
	}
	var buf [32]byte
	value := append(strconv.AppendFloat(append(buf[:0], ' '), v, 'g', -1, 64), '\n')
	h := e[i]
	if h != nil && strings.HasSuffix(h.Text(), string(value)) {
		return // as for most groups at most scrapes: this must cost next to nothing
	}
	text := name + g.exposed() + string(value)
	if h == nil {
		m := s.addMeta(s.familyOf(name, expo.Gauge), groupGauges[i].help, true, "")
		e[i] = s.hold(g, m, text, "")
		s.gauges[i]++
	} else {
		s.book.SetText(&h.Block, text, "")
	}
}

func (s *Store) hideGauge(g *group, i int) {
	e := s.extras[g]
	if e == nil || e[i] == nil {
		return
	}
	s.release(e[i])
	e[i] = nil
	s.gauges[i]--
}

func (s *Store) hideGauges(g *group) {
	if s.extras[g] == nil {
		return
	}
	for i := range groupGauges {
		s.hideGauge(g, i)
	}
	delete(s.extras, g)
}
