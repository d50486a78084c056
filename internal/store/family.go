package store

import (
	"cmp"
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/scrape"
)

// family is a name on /metrics and who uses it.
type family struct {
	scrape.Family
	// metas are the different help texts and units that the family's groups
	// pushed, in order. The first is shown. Most families have one.
	metas []*meta
	// users counts the groups that hold the family; the gateway itself is none.
	users int
	// rule is the name of the window rule that has the family for its results, or "".
	rule string
	// self is the gateway's own help, which goes before any pushed one.
	self *meta
}

// meta is a family with a help text and a unit, shared by all groups that pushed the same.
type meta struct {
	id      uint32 // its index in Store.metas
	family  *family
	help    string
	unit    string
	hasHelp bool
	users   int
}

// familyOf returns the family of that name, making it if it isn't there.
func (s *Store) familyOf(name string, typ expo.Type) *family {
	if f := s.families[name]; f != nil {
		if f.users > 0 || f.Type == typ {
			return f
		}
		s.dropSelf(f)
	}
	f := &family{Family: scrape.Family{Name: strings.Clone(name), Type: typ}}
	s.families[f.Name] = f
	s.claimAliases(f.Name)
	s.openMetricsNames(f)
	return f
}

// dropFamily removes a family that nobody holds.
func (s *Store) dropFamily(f *family) {
	delete(s.families, f.Name)
	for _, alias := range AliasesOf(f.Name) {
		delete(s.aliases, alias) // no other family claims it, see checkNames
	}
	s.openMetricsNames(f)
}

// hold adds a family to a group's exposition.
func (s *Store) hold(g *group, m *meta, text, rich string) *held {
	h := s.newHeld()
	h.Tag, h.Owner = m.id, g.owner
	s.book.SetText(&h.Block, text, rich)
	s.book.Insert(&m.family.Family, &h.Block)
	m.family.users++
	return h
}

// familyIn is the family that is held.
func (s *Store) familyIn(h *held) *family { return s.metas[h.Tag].family }

// slabSize is how many held families are allocated as one. The twelve make 480
// bytes: up to 512 the allocator adds no header.
const slabSize = 12

// newHeld takes from the slab that a new group was given, which makes a few
// objects to the allocator and the collector instead of one for each family.
func (s *Store) newHeld() *held {
	if len(s.slab) == 0 {
		n := min(max(s.expected, 1), slabSize)
		s.slab = make([]held, n)
		s.expected -= n
	}
	h := &s.slab[0]
	s.slab = s.slab[1:]
	return h
}

// release takes a held family out of the exposition.
func (s *Store) release(h *held) {
	s.book.Remove(&h.Block)
	s.releaseMeta(s.metas[h.Tag])
}

// releaseMeta notes that a group shows a family no more.
func (s *Store) releaseMeta(m *meta) {
	f := m.family
	s.dropMeta(m)
	f.users--
	if f.users == 0 && f.self == nil {
		s.dropFamily(f)
	}
}

// addMeta notes that one more group shows this help and unit.
func (s *Store) addMeta(f *family, help string, hasHelp bool, unit string) *meta {
	want := meta{help: help, hasHelp: hasHelp, unit: unit}
	i, found := slices.BinarySearchFunc(f.metas, &want, compareMeta)
	if found {
		f.metas[i].users++
		return f.metas[i]
	}
	m := &meta{family: f, help: strings.Clone(help), hasHelp: hasHelp, unit: strings.Clone(unit), users: 1}
	f.metas = slices.Insert(f.metas, i, m)
	s.showMeta(f)
	s.number(m)
	return m
}

func (s *Store) dropMeta(m *meta) {
	if m.users--; m.users > 0 {
		return
	}
	f := m.family
	i, _ := slices.BinarySearchFunc(f.metas, m, compareMeta)
	f.metas = slices.Delete(f.metas, i, i+1)
	s.metas[m.id] = nil
	s.freeMetas = append(s.freeMetas, m.id)
	s.showMeta(f)
}

// number gives a meta its place in the list by which held families, which are many,
// know it without a pointer.
func (s *Store) number(m *meta) {
	if n := len(s.freeMetas); n > 0 {
		m.id = s.freeMetas[n-1]
		s.freeMetas = s.freeMetas[:n-1]
		s.metas[m.id] = m
		return
	}
	m.id = uint32(len(s.metas))
	s.metas = append(s.metas, m)
}

// compareMeta orders metas so that which one is shown depends on what is
// resident, not on who came first: any help goes before none, then by text.
func compareMeta(a, b *meta) int {
	if a.hasHelp != b.hasHelp {
		if a.hasHelp {
			return -1
		}
		return 1
	}
	return cmp.Or(strings.Compare(a.help, b.help), strings.Compare(a.unit, b.unit))
}

func (s *Store) showMeta(f *family) {
	var m meta
	switch {
	case f.self != nil:
		m = *f.self
	case len(f.metas) > 0:
		m = *f.metas[0]
	}
	if f.Help == m.help && f.HasHelp == m.hasHelp && f.Unit == m.unit {
		return
	}
	f.Help, f.HasHelp, f.Unit = m.help, m.hasHelp, m.unit
	s.book.FamilyChanged(&f.Family, false)
}

// openMetricsNames settles what OpenMetrics may call the families that f's name
// touches. There a counter m_total belongs to a family m, and its creation time
// is a series m_created: where a family of that very name is resident too, the
// counter is shown as unknown under its full name, and creation times are left
// out, rather than giving one name to two families. Names count in each spelling.
func (s *Store) openMetricsNames(f *family) {
	for _, name := range append([]string{f.Name}, AliasesOf(f.Name)...) {
		affected := []string{name, name + "_total"}
		if base, ok := strings.CutSuffix(name, "_created"); ok {
			affected = append(affected, base, base+"_total")
		}
		for _, name := range affected {
			if g := s.spelt(name); g != nil {
				s.settleOpenMetrics(g)
			}
		}
	}
}

// spelt is the resident family that some scraper sees under a name, or nil.
func (s *Store) spelt(name string) *family {
	if f := s.families[name]; f != nil {
		return f
	}
	return s.families[s.aliases[name]]
}

func (s *Store) settleOpenMetrics(f *family) {
	unknown, noCreated := false, false
	for _, name := range append([]string{f.Name}, AliasesOf(f.Name)...) {
		base, isTotal := strings.CutSuffix(name, "_total")
		taken := base == "" || s.spelt(base) != nil
		unknown = unknown || f.Type == expo.Counter && isTotal && taken
		noCreated = noCreated || s.spelt(base+"_created") != nil
	}
	if unknown == f.OpenMetricsUnknown && noCreated == f.NoCreated {
		return
	}
	f.OpenMetricsUnknown, f.NoCreated = unknown, noCreated
	s.book.FamilyChanged(&f.Family, true)
}

func (s *Store) claimAliases(name string) {
	for _, alias := range AliasesOf(name) {
		s.aliases[alias] = name
	}
}
