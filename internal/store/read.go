package store

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/expo"
)

// GroupInfo describes a group.
type GroupInfo struct {
	// Labels is the grouping key: job first, then by name.
	Labels []expo.Label
	// Key is the encoded grouping key, as Change.Keys takes it.
	Key string
	// LastPush and LastFailure are zero if there was none.
	LastPush, LastFailure time.Time
	LastPushOK            bool
	// TTL and Expect are what the last push asked for, or the rules gave it; 0 is none.
	TTL, Expect time.Duration
	// Aggregate is how pushes to the group are added up.
	Aggregate Mode
	// KeepUntilScraped is whether the group goes once it is scraped.
	KeepUntilScraped bool
	// Expires is when the group expires, zero if it stays.
	Expires time.Time
	// Families, Series and Bytes count what was pushed and the group's own two series.
	Families, Series, Bytes int
}

// Overdue is whether a push was expected before now. A group that was never pushed
// to, but failed, is due since then.
func (g *GroupInfo) Overdue(now time.Time) bool {
	last := g.LastPush
	if last.IsZero() {
		last = g.LastFailure
	}
	return g.Expect > 0 && now.Sub(last) > g.Expect
}

// Keys are the groups by encoded key, with their labels sorted by name.
func (s *Store) Keys() iter.Seq2[string, []expo.Label] {
	return func(yield func(string, []expo.Label) bool) {
		for _, key := range s.keys() {
			if labels, err := Labels(key); err == nil && !yield(key, labels) {
				return
			}
		}
	}
}

// Each calls visit for each group with its encoded key, its labels sorted by name, and
// when it was last pushed to. visit is called without the lock.
func (s *Store) Each(visit func(key string, labels []expo.Label, last time.Time)) {
	for some := range slices.Chunk(s.keys(), chunk) {
		times := make([]int64, len(some))
		s.mu.Lock()
		for i, key := range some {
			if g := s.groups[key]; g != nil {
				times[i] = g.last()
			}
		}
		s.mu.Unlock()
		for i, key := range some {
			if labels, err := Labels(key); err == nil && times[i] != 0 {
				visit(key, labels, timeOf(times[i]))
			}
		}
	}
}

// FamilyInfo is one metric family of a group.
type FamilyInfo struct {
	Name    string
	Type    expo.Type
	Help    string
	HasHelp bool
	Pushed  time.Time
	// Text and Rich are as in FamilyChange.
	Text, Rich string
}

// GroupDump is a group with its families, sorted by name.
type GroupDump struct {
	GroupInfo
	Families []FamilyInfo
}

// Groups lists the groups whose grouping labels keep accepts, sorted by job and
// labels. A nil keep accepts all. keep is called without the lock.
func (s *Store) Groups(keep func([]expo.Label) bool) []GroupInfo {
	infos := s.selected(keep)
	for some := range slices.Chunk(infos, chunk) {
		s.describe(some)
	}
	infos = slices.DeleteFunc(infos, func(g GroupInfo) bool { return g.Families == 0 }) // gone meanwhile
	slices.SortFunc(infos, func(a, b GroupInfo) int { return compareLabels(a.Labels, b.Labels) })
	return infos
}

// Dump lists groups as Groups does, with their families. The texts are shared
// with the store, not copied.
func (s *Store) Dump(keep func([]expo.Label) bool) []GroupDump {
	infos := s.Groups(keep)
	dumps := make([]GroupDump, 0, len(infos))
	for _, info := range infos {
		if d, ok := s.dump(info); ok {
			dumps = append(dumps, d)
		}
	}
	return dumps
}

// selected returns the keys and labels of the groups that keep accepts.
func (s *Store) selected(keep func([]expo.Label) bool) []GroupInfo {
	var infos []GroupInfo
	for _, key := range s.keys() {
		labels, err := Labels(key)
		if err != nil || (keep != nil && !keep(labels)) {
			continue
		}
		jobFirst(labels)
		infos = append(infos, GroupInfo{Key: key, Labels: labels})
	}
	return infos
}

func (s *Store) keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := make([]string, 0, len(s.groups))
	for _, g := range s.slots {
		if g != nil {
			keys = append(keys, g.key)
		}
	}
	return keys
}

// describe fills in everything but keys and labels. Groups that are gone are left as they are.
func (s *Store) describe(infos []GroupInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range infos {
		info := &infos[i]
		g := s.groups[info.Key]
		if g == nil {
			continue
		}
		info.LastPush, info.LastFailure, info.LastPushOK = timeOf(g.pushed), timeOf(g.failed), g.lastOK
		if l := g.terms(); g.life != nil {
			info.TTL, info.Expect, info.KeepUntilScraped = l.TTL, l.Expect, l.KeepUntilScraped
		}
		if at := g.deadline(); at != math.MaxInt64 {
			info.Expires = timeOf(at)
		}
		if u := g.sum(); u != nil {
			info.Aggregate = u.mode
			for _, f := range u.families {
				info.Families++
				for _, ser := range f.series {
					info.Series += countLines(ser.Text())
					info.Bytes += len(ser.Text())
				}
			}
		}
		for h := range g.all() {
			info.Families++
			info.Series += countLines(h.Text())
			info.Bytes += len(h.Text())
		}
	}
}

// all are the group's families, its own two at the end.
func (g *group) all() iter.Seq[*held] {
	return func(yield func(*held) bool) {
		for _, h := range g.held {
			if !yield(h) {
				return
			}
		}
		_ = yield(g.failTime) && yield(g.pushTime)
	}
}

func (s *Store) dump(info GroupInfo) (GroupDump, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[info.Key]
	if g == nil {
		return GroupDump{}, false
	}
	d := GroupDump{GroupInfo: info, Families: make([]FamilyInfo, 0, info.Families)}
	if u := g.sum(); u != nil {
		for _, f := range u.sorted() {
			fc := f.change()
			d.Families = append(d.Families, FamilyInfo{
				Name: fc.Name, Type: fc.Type, Help: fc.Help, HasHelp: fc.HasHelp, Pushed: timeOf(fc.pushed), Text: fc.Text, Rich: fc.Rich,
			})
		}
	}
	for h := range g.all() {
		pushed := h.pushed
		if pushed == 0 {
			pushed = max(g.pushed, g.failed)
		}
		m := s.metas[h.Tag]
		d.Families = append(d.Families, FamilyInfo{
			Name: m.family.Name, Type: m.family.Type, Help: m.help, HasHelp: m.hasHelp,
			Pushed: timeOf(pushed), Text: h.Text(), Rich: h.Rich(),
		})
	}
	slices.SortFunc(d.Families, func(a, b FamilyInfo) int { return strings.Compare(a.Name, b.Name) })
	return d, true
}

func timeOf(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns)
}

// jobFirst moves the job label to the front of labels that are sorted by name.
func jobFirst(labels []expo.Label) {
	i := slices.IndexFunc(labels, func(l expo.Label) bool { return l.Name == "job" })
	if i > 0 {
		job := labels[i]
		copy(labels[1:i+1], labels[:i])
		labels[0] = job
	}
}

func compareLabels(a, b []expo.Label) int {
	return slices.CompareFunc(a, b, func(x, y expo.Label) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.Value, y.Value))
	})
}

// GroupUsage is what a group and its job have of what is limited.
type GroupUsage struct {
	Key                          string
	Job                          string
	Series, JobSeries, JobGroups int
}

// Usage calls visit for each group, in no order and without the lock.
func (s *Store) Usage(visit func(GroupUsage)) {
	var some [chunk]GroupUsage
	for from := 0; ; from += chunk {
		n, more := s.usage(some[:0], from)
		for _, u := range n {
			visit(u)
		}
		if !more {
			return
		}
	}
}

func (s *Store) usage(dst []GroupUsage, from int) (some []GroupUsage, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if from >= len(s.slots) {
		return dst, false
	}
	for _, g := range s.slots[from:min(from+chunk, len(s.slots))] {
		if g != nil {
			dst = append(dst, GroupUsage{g.key, g.job.name, int(g.series), g.job.series, g.job.groups})
		}
	}
	return dst, true
}

// PeakMetric is the most series that one metric family had in a push since the last call.
func (s *Store) PeakMetric() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	peak := s.peakMetric
	s.peakMetric = 0
	return peak
}
