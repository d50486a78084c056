package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/expo"
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
		if h != nil && h.Family.Type == fc.Type && sameSeries(h.Text(), fc.Text) {
			continue // nothing new that could collide
		}
		if err := s.checkFamily(g, c, fc, h); err != nil {
			return err
		}
		if err := s.checkSeries(g, fc); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) checkFamily(g *group, c *Change, fc *FamilyChange, h *held) error {
	if f := s.families[fc.Name]; f != nil && f.users > 0 {
		if f.Type != fc.Type && (h == nil || f.users > 1) {
			return &ConflictError{"type", fmt.Sprintf(
				"metric family %s is a %s here and a %s in other groups: a family has one type, so push it as that or under another name",
				fc.Name, fc.Type, f.Type)}
		}
		if h != nil && f.Type == fc.Type {
			return nil // its name was checked when it came
		}
	}
	if err := s.checkSuffixes(g, c, fc); err != nil {
		return err
	}
	return s.checkAliases(fc.Name)
}

// suffixesOf are the endings of the sample names that a type has besides its family's name.
func suffixesOf(t expo.Type) []string {
	switch t {
	case expo.Summary:
		return []string{"_count", "_sum"}
	case expo.Histogram:
		return []string{"_count", "_sum", "_bucket"}
	case expo.GaugeHistogram:
		return []string{"_count", "_sum", "_bucket", "_gcount", "_gsum"}
	}
	return nil
}

// checkSuffixes refuses a family m_count beside a summary m, and the reverse:
// the two would show samples of the same name.
func (s *Store) checkSuffixes(g *group, c *Change, fc *FamilyChange) error {
	for _, suffix := range suffixesOf(fc.Type) {
		if t, ok := s.willHold(g, c, fc.Name+suffix); ok {
			return collision(fc.Name, fc.Type, fc.Name+suffix, t, suffix)
		}
	}
	for _, suffix := range suffixesOf(expo.GaugeHistogram) {
		base, ok := strings.CutSuffix(fc.Name, suffix)
		if !ok {
			continue
		}
		if t, ok := s.willHold(g, c, base); ok && slices.Contains(suffixesOf(t), suffix) {
			return collision(base, t, fc.Name, fc.Type, suffix)
		}
	}
	return nil
}

func collision(name string, t expo.Type, other string, otherType expo.Type, suffix string) error {
	return &ConflictError{"name", fmt.Sprintf(
		"metric family %s (%s) collides with the samples %s%s of the %s %s: rename one of them",
		other, otherType, name, suffix, t, name)}
}

// willHold tells whether a family of that name is resident once c is applied,
// and its type. Families that only this group holds and c takes away are not.
func (s *Store) willHold(g *group, c *Change, name string) (expo.Type, bool) {
	if i, ok := slices.BinarySearchFunc(c.Families, name, compareName); ok {
		return c.Families[i].Type, true
	}
	if real, ok := s.aliases[name]; ok {
		name = real
	}
	f := s.families[name]
	if f == nil || f.users == 0 {
		return 0, false
	}
	if f.users > 1 || g == nil || c.Kind != KindReplace {
		return f.Type, true
	}
	_, mine := slices.BinarySearchFunc(g.held, name, func(h *held, name string) int {
		return strings.Compare(h.Family.Name, name)
	})
	return f.Type, !mine
}

func compareName(fc FamilyChange, name string) int { return strings.Compare(fc.Name, name) }

// checkAliases refuses a family that a scraper who asks for escaped names
// could not tell from a resident one.
func (s *Store) checkAliases(name string) error {
	clash := func(spelling, other string) error {
		return &ConflictError{"name", fmt.Sprintf(
			"metric family %q collides with %q: both are %s to a scraper that asks for escaped names", name, other, spelling)}
	}
	if other, ok := s.aliases[name]; ok && other != name {
		return clash(name, other)
	}
	for _, alias := range aliasesOf(name) {
		if f := s.families[alias]; f != nil && f.users > 0 {
			return clash(alias, alias)
		}
		if other, ok := s.aliases[alias]; ok && other != name {
			return clash(alias, other)
		}
	}
	return nil
}

// checkSeries refuses series that another group shows.
func (s *Store) checkSeries(g *group, fc *FamilyChange) error {
	for _, id := range s.identitiesOf(fc.Name, fc.Type, fc.Text) {
		slot, ok := s.owners[id]
		if !ok || (g != nil && slot == g.slot) {
			continue
		}
		return &ConflictError{"series", fmt.Sprintf(
			"a series of metric family %s was collected before with the same name and label values, in group %s: delete that group, or add a label to the grouping key",
			fc.Name, formatKey(s.slots[slot].key))}
	}
	return nil
}

// sameExposure is the refusal of a group whose push_time_seconds another one shows.
func (s *Store) sameExposure(key string) error {
	other := "?"
	for _, id := range ownIdentities(string(appendLabels(nil, exposedLabels(key)))) {
		if slot, ok := s.owners[id]; ok {
			other = formatKey(s.slots[slot].key)
			break
		}
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
