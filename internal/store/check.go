package store

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// ConflictError says why a push doesn't go with what is resident. Its text is
// an answer for the pusher: it names the family or series, who has it, and what
// would be right.
type ConflictError struct {
	Reason string // a word for the metrics: type, name, series, group
	Msg    string
}

func (e *ConflictError) Error() string { return e.Msg }

// check tells whether c goes with what the other groups hold and with what the
// group keeps. Its cost depends on c alone: a few look-ups per family, one per series
// that the group doesn't hold already. s.scratch holds the matches of c.
func (s *Store) check(g *group, c *Change) error {
	for i := range c.Families {
		fc, h := &c.Families[i], s.scratch[i]
		if h != nil && s.familyIn(h).Type == fc.Type && sameSeries(h.Text(), fc.Text) {
			continue // nothing new that could collide
		}
		if err := s.checkType(fc, h); err != nil {
			return err
		}
		if h == nil || s.familyIn(h).Type != fc.Type {
			if err := s.checkNames(g, c, fc); err != nil {
				return err
			}
		}
		if err := s.checkSeries(g, c, fc); err != nil {
			return err
		}
	}
	return nil
}

// checkType holds a family to one type, unless this group alone has it.
func (s *Store) checkType(fc *FamilyChange, h *held) error {
	f := s.families[fc.Name]
	if f != nil && f.rule != "" {
		return &ConflictError{"name", fmt.Sprintf(
			"metric family %s has the results of the gateway's window rule %q: push under another name", fc.Name, f.rule)}
	}
	if f == nil || f.users == 0 || f.Type == fc.Type || h != nil && f.users == 1 {
		return nil
	}
	return &ConflictError{"type", fmt.Sprintf(
		"metric family %s has type %s here and type %s in other groups: a family has one type, so push it as that or under another name",
		fc.Name, fc.Type, f.Type)}
}

// checkSeries refuses series that another group shows, and keeps to one series for
// each identity: within the change, and within the group. So giving back the
// identities of a family never takes away another's, even if somebody has made up
// two series of one hash.
func (s *Store) checkSeries(g *group, c *Change, fc *FamilyChange) error {
	if s.seen == nil {
		s.seen = map[uint64]struct{}{}
	}
	for series := range spellings(fc.Name, fc.Type, fc.Text) {
		id := xxhash.Sum64String(series)
		slot, owned := s.owners[id]
		if owned && (g == nil || slot != g.slot) {
			return seriesConflict(fc.Name, "in group "+formatKey(s.slots[slot].key))
		}
		if other := s.bareOwner(series); other != nil && other != g {
			return seriesConflict(fc.Name, "in group "+formatKey(other.key))
		}
		if owned && !s.leaves(g, c, id) {
			return seriesConflict(fc.Name, "in this group, under another name that a scraper may see as the same")
		}
		if _, twice := s.seen[id]; twice {
			return seriesConflict(fc.Name, "in this push, under another name that a scraper may see as the same")
		}
		s.seen[id] = struct{}{}
	}
	return nil
}

// bareOwner is the group that shows a series as a bare family, or nil.
func (s *Store) bareOwner(series string) *group {
	brace := strings.IndexByte(series, '{')
	if brace <= 0 {
		return nil
	}
	name, labels := series[:brace], series[brace:]
	var d xxhash.Digest
	d.Reset()
	_, _ = d.WriteString(PushTimeName)
	_, _ = d.WriteString(labels)
	slot, ok := s.owners[d.Sum64()]
	if !ok {
		return nil
	}
	g := s.slots[slot]
	if at, found := s.find(g, name); found && isBare(name, g.held[at].Text(), labels) {
		return g
	}
	return nil
}

func seriesConflict(name, where string) error {
	return &ConflictError{"series", fmt.Sprintf(
		"a series of metric family %s was collected before with the same name and label values, %s: delete that one, or add a label",
		name, where)}
}

// leaves is whether an identity that g owns is given back when c is applied.
func (s *Store) leaves(g *group, c *Change, id uint64) bool {
	if s.leaving == nil {
		s.leaving = map[uint64]struct{}{}
		for h := range s.departing(g, c) {
			for _, id := range appendIdentities(nil, s.familyIn(h).Name, s.familyIn(h).Type, h.Text()) {
				s.leaving[id] = struct{}{}
			}
		}
	}
	_, ok := s.leaving[id]
	return ok
}

// departing are the families of g that c replaces by other series, or takes away.
func (s *Store) departing(g *group, c *Change) iter.Seq[*held] {
	return func(yield func(*held) bool) {
		for i, h := range s.scratch {
			fc := &c.Families[i]
			if h != nil && (s.familyIn(h).Type != fc.Type || !sameSeries(h.Text(), fc.Text)) && !yield(h) {
				return
			}
		}
		if !c.replaces() {
			return
		}
		for _, h := range g.held {
			if _, stays := slices.BinarySearchFunc(c.Families, s.familyIn(h).Name, compareName); !stays && !yield(h) {
				return
			}
		}
	}
}

// showing is the group that shows the push times which a group of this key would
// show, nil if none does.
func (s *Store) showing(key string) *group {
	for _, id := range ownIdentities(string(appendLabels(nil, exposedLabels(key)))) {
		if slot, ok := s.owners[id]; ok {
			return s.slots[slot]
		}
	}
	return nil
}

// sameExposure is the refusal of a group whose push times another one shows.
func (s *Store) sameExposure(key string) error {
	other := "?"
	if g := s.showing(key); g != nil {
		other = formatKey(g.key)
	}
	return &ConflictError{"group", fmt.Sprintf(
		"group %s would show the same series as group %s: their keys differ only in an empty instance label or in how a name is escaped; push to that one or delete it",
		formatKey(key), other)}
}

func formatKey(key string) string {
	labels, err := Labels(key)
	if err != nil {
		return "?"
	}
	return string(appendLabels(nil, labels))
}
