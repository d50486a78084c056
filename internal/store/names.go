package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/expo"
)

// Two families must not show samples of one name, whatever spelling a scraper asks
// for. A family shows its own name, the names that its type adds (m_count beside a
// summary m), and, if it needs quotes, each of them in its escaped spellings.

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

// AliasesOf are the spellings under which scrapers that ask for escaped names see
// a metric name: none for one that needs no quotes.
func AliasesOf(name string) []string {
	if expo.LegacyMetricName(name) {
		return nil
	}
	aliases := make([]string, 0, 3)
	for _, scheme := range [...]expo.Escaping{expo.EscapeUnderscores, expo.EscapeDots, expo.EscapeValues} {
		if alias := expo.EscapeName(name, scheme); !slices.Contains(aliases, alias) {
			aliases = append(aliases, alias)
		}
	}
	return aliases
}

// checkNames refuses a family that would share a sample name with another one that
// is resident once c is applied.
func (s *Store) checkNames(g *group, c *Change, fc *FamilyChange) error {
	for _, name := range append([]string{fc.Name}, AliasesOf(fc.Name)...) {
		if name == PushTimeName || name == PushFailureName {
			return &ConflictError{"name", fmt.Sprintf("metric family %q is %s to a scraper that asks for escaped names, which is the gateway's own", fc.Name, name)}
		}
		if other, _, ok := s.shows(g, c, name, fc.Name); ok {
			return &ConflictError{"name", fmt.Sprintf(
				"metric family %q collides with %q: both are %s to a scraper that asks for escaped names", fc.Name, other, name)}
		}
		for _, suffix := range suffixesOf(fc.Type) {
			if other, t, ok := s.shows(g, c, name+suffix, fc.Name); ok {
				return suffixConflict(fc.Name, fc.Type, other, t, suffix)
			}
		}
		for _, suffix := range suffixesOf(expo.GaugeHistogram) {
			base, ok := strings.CutSuffix(name, suffix)
			if !ok {
				continue
			}
			if other, t, ok := s.shows(g, c, base, fc.Name); ok && slices.Contains(suffixesOf(t), suffix) {
				return suffixConflict(other, t, fc.Name, fc.Type, suffix)
			}
		}
	}
	return nil
}

func suffixConflict(name string, t expo.Type, other string, otherType expo.Type, suffix string) error {
	return &ConflictError{"name", fmt.Sprintf(
		"metric family %s (%s) collides with the samples %s%s of the %s %s: rename one of them",
		other, otherType, name, suffix, t, name)}
}

// shows finds the family other than self that shows a name once c is applied.
func (s *Store) shows(g *group, c *Change, name, self string) (family string, t expo.Type, ok bool) {
	if t, ok := s.willHold(g, c, name); ok && name != self {
		return name, t, true
	}
	if other, ok := s.aliases[name]; ok && other != self {
		if t, ok := s.willHold(g, c, other); ok {
			return other, t, true
		}
	}
	for _, other := range s.spelled(c)[name] {
		if other.Name != self {
			return other.Name, other.Type, true
		}
	}
	return "", 0, false
}

// spelled maps the aliases that families of c would have to these families.
func (s *Store) spelled(c *Change) map[string][]*FamilyChange {
	if s.inChange != nil {
		return s.inChange
	}
	s.inChange = map[string][]*FamilyChange{}
	for i := range c.Families {
		fc := &c.Families[i]
		for _, alias := range AliasesOf(fc.Name) {
			s.inChange[alias] = append(s.inChange[alias], fc)
		}
	}
	return s.inChange
}

// willHold tells whether a family is resident once c is applied, and its type.
// Families that only this group holds and c takes away are not.
func (s *Store) willHold(g *group, c *Change, name string) (expo.Type, bool) {
	if i, ok := slices.BinarySearchFunc(c.Families, name, compareName); ok {
		return c.Families[i].Type, true
	}
	f := s.families[name]
	if f == nil || f.users == 0 {
		return 0, false
	}
	if f.users > 1 || g == nil || !c.replaces() {
		return f.Type, true
	}
	_, mine := s.find(g, name)
	return f.Type, !mine
}

func compareName(fc FamilyChange, name string) int { return strings.Compare(fc.Name, name) }

// find returns the index in g.held of a family, or where it would stand.
func (s *Store) find(g *group, name string) (int, bool) {
	return slices.BinarySearchFunc(g.held, name, func(h *held, name string) int {
		return strings.Compare(s.familyIn(h).Name, name)
	})
}
