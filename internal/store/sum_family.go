package store

import (
	"slices"

	"github.com/headgate/headgate/internal/expo"
)

// sumFamily is one metric family of a sum.
type sumFamily struct {
	meta   *meta
	series map[string]*sumSeries // by labels as text
	lines  int64
	pushed int64
}

func (f *sumFamily) name() string { return f.meta.family.Name }

// sorted are the family's series in the order in which they are shown.
func (f *sumFamily) sorted() []*sumSeries {
	all := make([]*sumSeries, 0, len(f.series))
	for _, s := range f.series {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *sumSeries) int { return a.Owner.Compare(b.Owner) })
	return all
}

// change is the family as a snapshot, a listing and an undo have it.
func (f *sumFamily) change() FamilyChange {
	fc := FamilyChange{
		Name: f.name(), Type: f.meta.family.Type, Help: f.meta.help, HasHelp: f.meta.hasHelp, Unit: f.meta.unit, pushed: f.pushed,
	}
	all := f.sorted()
	var text, rich []byte
	isRich := slices.ContainsFunc(all, func(s *sumSeries) bool { return s.Rich() != "" })
	var parser expo.Parser
	for _, s := range all {
		text = append(text, s.Text()...)
		switch {
		case s.Rich() != "":
			rich = append(rich, s.Rich()...)
		case isRich:
			if m, err := f.metric(s, &parser); err == nil {
				rich = expo.AppendProtoMetrics(rich, &expo.Family{Name: fc.Name, Type: fc.Type, Metrics: []expo.Metric{*m}})
			}
		}
	}
	fc.Text, fc.Rich = string(text), string(rich)
	return fc
}

// sumFamilyOf returns the group's family of that name, or makes it.
func (s *Store) sumFamilyOf(g *group, fc *FamilyChange) *sumFamily {
	u := g.sum()
	if f := u.families[fc.Name]; f != nil {
		if m := f.meta; m.help != fc.Help || m.hasHelp != fc.HasHelp || m.unit != fc.Unit {
			f.meta = s.addMeta(m.family, fc.Help, fc.HasHelp, fc.Unit)
			s.dropMeta(m)
		}
		return f
	}
	m := s.addMeta(s.familyOf(fc.Name, fc.Type), fc.Help, fc.HasHelp, fc.Unit)
	m.family.users++
	f := &sumFamily{meta: m, series: map[string]*sumSeries{}}
	u.families[m.family.Name] = f
	return f
}
