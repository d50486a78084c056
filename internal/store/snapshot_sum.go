package store

import (
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/expo"
)

// A sum may be the whole state, so a snapshot takes it in parts: its pushers at once, which
// only means to share them, and its series some at a time. One that is about to change
// before its turn leaves its old value first.

// frozenFamily is a family of a sum as a snapshot is to have it.
type frozenFamily struct {
	head   *Change // of its group
	fc     FamilyChange
	series []*sumSeries // that are still to be looked at, changed ones among them
	saved  []savedSeries
}

// savedSeries are the texts of a series. They are immutable.
type savedSeries struct{ text, rich string }

// seriesChunk is how many series are read under one hold of the lock: some hundred
// microseconds, as they lie about in memory.
const seriesChunk = 1024

// freeze begins with the families of a sum, whose record without them is c.
func (snap *Snapshot) freeze(c *Change, u *sums) {
	head := *c // c is filled anew once it was written
	head.Families, head.sum = nil, &sumState{}
	for _, f := range u.families {
		f.frozen = &frozenFamily{head: &head, fc: f.header(), series: f.all}
		snap.frozen = append(snap.frozen, f.frozen)
	}
}

// preserveSeries saves a series for the snapshot under way, unless it is saved already
// or is younger. Its group is preserved.
func (s *Store) preserveSeries(f *sumFamily, ser *sumSeries) {
	if s.snapshot == nil || ser.epoch == s.epoch {
		return
	}
	ser.epoch = s.epoch
	f.frozen.saved = append(f.frozen.saved, ser.save())
}

func (ser *sumSeries) save() savedSeries { return savedSeries{ser.Text(), ser.Rich()} }

// someSeries are the next series to be written, none once all are. The caller holds the
// store's lock.
func (snap *Snapshot) someSeries() (of *frozenFamily, some []savedSeries) {
	for len(snap.frozen) > 0 && len(some) == 0 {
		of = snap.frozen[0]
		some = of.next(snap.store.epoch)
		if len(of.series)+len(of.saved) == 0 {
			snap.frozen = snap.frozen[1:]
		}
	}
	return of, some
}

// next looks at some series and takes some of those that are saved.
func (f *frozenFamily) next(epoch uint32) (some []savedSeries) {
	n := min(seriesChunk, len(f.series))
	for _, ser := range f.series[:n] {
		if ser.epoch != epoch {
			ser.epoch = epoch
			f.saved = append(f.saved, ser.save())
		}
	}
	f.series = f.series[n:]
	n = min(seriesChunk, len(f.saved))
	some, f.saved = f.saved[:n:n], f.saved[n:]
	return some
}

// part is a record of some series of the family.
func (f *frozenFamily) part(some []savedSeries) (*Change, error) {
	c := *f.head
	fc := f.fc
	var err error
	fc.Text, fc.Rich, err = joined(&fc, some)
	c.Families = []FamilyChange{fc}
	return &c, err
}

// joined are the texts of series as one, with protobuf of all of them if any has it.
func joined(fc *FamilyChange, all []savedSeries) (text, rich string, err error) {
	var lines strings.Builder
	for i := range all {
		lines.WriteString(all[i].text)
	}
	if !slices.ContainsFunc(all, func(s savedSeries) bool { return s.rich != "" }) {
		return lines.String(), "", nil
	}
	var buf []byte
	var parser expo.Parser
	for i := range all {
		if all[i].rich != "" {
			buf = append(buf, all[i].rich...)
			continue
		}
		m, err := readMetric(&parser, fc.Name, fc.Type, all[i].text, "")
		if err != nil {
			return "", "", err
		}
		buf = expo.AppendProtoMetrics(buf, &expo.Family{Name: fc.Name, Type: fc.Type, Metrics: []expo.Metric{*m}})
	}
	return lines.String(), string(buf), nil
}
