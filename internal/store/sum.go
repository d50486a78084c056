package store

import (
	"cmp"
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/scrape"
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
	// contributors are who has pushed, for people.
	contributors map[string]*contributor
}

// sumFamily is one metric family of a sum.
type sumFamily struct {
	meta   *meta
	series map[string]*sumSeries // by labels as text
	lines  int64
	pushed int64
}

// sumSeries is one series of a sum. Its text, or its protobuf if that says more, is
// its value: there is no other.
type sumSeries struct {
	scrape.Block
}

// metric reads the value of a series. It is valid until the parser's next use.
func (s *sumSeries) metric(p *expo.Parser) (*expo.Metric, error) {
	return readMetric(p, s.Family.Name, s.Family.Type, s.Text(), s.Rich())
}

func readMetric(p *expo.Parser, name string, t expo.Type, text, rich string) (*expo.Metric, error) {
	f := expo.Family{Name: name, Type: t}
	err := readMetrics(p, &f, text, rich)
	if err != nil || len(f.Metrics) != 1 {
		return nil, ErrPayload
	}
	return &f.Metrics[0], nil
}

// readMetrics fills f.Metrics from what FamilyChange has of a family.
func readMetrics(p *expo.Parser, f *expo.Family, text, rich string) error {
	p.UTF8Names = true
	if rich != "" {
		return p.ProtoMetrics(f, []byte(rich))
	}
	return p.Samples(f, text)
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
			if m, err := s.metric(&parser); err == nil {
				rich = expo.AppendProtoMetrics(rich, &expo.Family{Name: fc.Name, Type: fc.Type, Metrics: []expo.Metric{*m}})
			}
		}
	}
	fc.Text, fc.Rich = string(text), string(rich)
	return fc
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

// showSeries adds a series to a family of a sum.
func (s *Store) showSeries(g *group, f *sumFamily, key string, labels []expo.Label, text, rich string) {
	ser := &sumSeries{}
	ser.Family, ser.Owner = &f.meta.family.Family, scrape.NewSeriesOwner(labels, g.owner)
	s.book.SetText(&ser.Block, text, rich)
	s.book.Insert(&ser.Block)
	s.count(g, 1, text)
	s.claim(g, s.identitiesOf(f.name(), f.meta.family.Type, text))
	f.series[key] = ser
	f.lines += int64(countLines(text))
}

// setSeries gives a series another value. Its identity stays.
func (s *Store) setSeries(g *group, f *sumFamily, ser *sumSeries, text, rich string) {
	s.count(g, -1, ser.Text())
	s.count(g, 1, text)
	f.lines += int64(countLines(text) - countLines(ser.Text()))
	s.book.SetText(&ser.Block, text, rich)
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

// seriesKey is what a series is known by in its family: its labels as text.
func seriesKey(labels []expo.Label) string { return string(appendLabels(nil, labels)) }

// render makes the text of one metric of a family, and its protobuf where text
// can't say all.
func render(name string, t expo.Type, m *expo.Metric) (text, rich string) {
	f := expo.Family{Name: name, Type: t, Metrics: []expo.Metric{*m}}
	text = string(expo.AppendSamples(nil, &f))
	if expo.NeedsProto(m) {
		rich = string(expo.AppendProtoMetrics(nil, &f))
	}
	return text, rich
}

// contributor is who has pushed to a sum.
type contributor struct {
	pushes, samples uint64
	last            int64
}

// mostContributors bounds who is told apart in one group.
const mostContributors = 10_000

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
