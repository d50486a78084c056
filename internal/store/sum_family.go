package store

import "slices"

// sumFamily is one metric family of a sum.
type sumFamily struct {
	meta   *meta
	series map[string]*sumSeries // by labels as text
	all    []*sumSeries          // the same as they came: none goes before the family does
	frozen *frozenFamily         // what the snapshot under way has, see Store.preserveSeries
	lines  int64
	pushed int64
}

func (f *sumFamily) name() string { return f.meta.family.Name }

// sorted are the family's series in the order in which they are shown.
func (f *sumFamily) sorted() []*sumSeries {
	all := slices.Clone(f.all)
	slices.SortFunc(all, func(a, b *sumSeries) int { return a.Owner.Compare(b.Owner) })
	return all
}

// header is what a record has of the family besides its series.
func (f *sumFamily) header() FamilyChange {
	return FamilyChange{
		Name: f.name(), Type: f.meta.family.Type, Help: f.meta.help, HasHelp: f.meta.hasHelp, Unit: f.meta.unit, pushed: f.pushed,
	}
}

// change is the family as a listing and an undo have it.
func (f *sumFamily) change() FamilyChange {
	fc := f.header()
	all := make([]savedSeries, 0, len(f.all))
	for _, s := range f.sorted() {
		all = append(all, s.save())
	}
	var err error
	if fc.Text, fc.Rich, err = joined(&fc, all); err != nil {
		panic("store: a series that was written here does not read: " + err.Error())
	}
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
