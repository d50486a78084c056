package store

import (
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/expo"
)

// Mode is what becomes of pushes to one group. The numbers are on disk.
type Mode uint8

// The modes.
const (
	Keep       Mode = iota // what was pushed last is shown
	Delta                  // pushes hold increments, and their sum is shown
	Cumulative             // pushes hold one pusher's totals, and the sum over pushers is shown
	modes
)

var modeNames = [modes]string{"none", "delta", "cumulative"}

func (m Mode) String() string { return modeNames[m] }

// sums is what a group holds whose pushes are added up. Its series are blocks of
// their own: a push of one costs that one, however many the family has.
type sums struct {
	mode     Mode
	families map[string]*sumFamily
	// pushers are sorted by name, so that sums over them don't depend on who came first.
	pushers []*pusher
	// remembered is how many series all pushers' last values are.
	remembered int
	// contributors are who has pushed, for people.
	contributors map[string]*contributor
}

// sum is what the group holds if its pushes are added up, else nil.
func (g *group) sum() *sums {
	if g == nil || g.life == nil {
		return nil
	}
	return g.life.sums
}

// begin makes a group that holds nothing yet one whose pushes are added up.
func (g *group) begin(m Mode) {
	if g.life == nil {
		g.life = new(life)
	}
	g.life.sums = &sums{mode: m, families: map[string]*sumFamily{}, contributors: map[string]*contributor{}}
}

func (g *group) mode() Mode {
	if u := g.sum(); u != nil {
		return u.mode
	}
	return Keep
}

// sorted are the group's families by name.
func (u *sums) sorted() []*sumFamily {
	all := make([]*sumFamily, 0, len(u.families))
	for _, f := range u.families {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *sumFamily) int { return strings.Compare(a.name(), b.name()) })
	return all
}

// dropSums takes the group's sums out of the exposition.
func (s *Store) dropSums(g *group) {
	u := g.sum()
	if u == nil {
		return
	}
	for _, f := range u.families {
		for _, ser := range f.series {
			s.disown(s.identitiesOf(f.name(), f.meta.family.Type, ser.Text()))
			s.count(g, -1, ser.Text())
			s.book.Remove(&ser.Block)
		}
		s.releaseMeta(f.meta)
	}
	delete(s.cumulative, g)
}

// restoreSum puts a part of a sum back as a snapshot or an undo has it.
func (s *Store) restoreSum(g *group, c *Change) error {
	if g.sum() == nil {
		g.begin(c.Terms.Summing.Mode)
	}
	u := g.sum()
	c.sum.into(u)
	for _, p := range u.pushers {
		s.retireAt(p.until)
	}
	var parser expo.Parser
	for i := range c.Families {
		fc := &c.Families[i]
		f := expo.Family{Name: fc.Name, Type: fc.Type}
		if err := readMetrics(&parser, &f, fc.Text, fc.Rich); err != nil {
			return err
		}
		sf := s.sumFamilyOf(g, fc)
		sf.pushed = fc.pushed
		for j := range f.Metrics {
			m := &f.Metrics[j]
			text, rich := render(fc.Name, fc.Type, m)
			s.showSeries(g, sf, seriesKey(m.Labels), m.Labels, text, rich)
		}
	}
	s.summed(g)
	return nil
}
