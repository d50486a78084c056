package expo

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"
)

// fewLabels is up to how many labels comparing each with each is fastest.
const fewLabels = 16

// fewMetrics is up to how many metrics of a family are looked through one by one.
const fewMetrics = 8

// seriesKeep bounds the table that is kept for the next body, since clearing it is
// paid by each.
const seriesKeep = 512

// seriesKey is a label set of a family. The hash stands for the labels; a match is
// compared with them.
type seriesKey struct {
	family int32
	hash   uint64
}

// seriesTable finds the metric of a label set in families with more than a few.
type seriesTable struct {
	index map[seriesKey]int32 // the newest metric of that hash
	seed  maphash.Seed
}

func (t *seriesTable) reset() {
	if len(t.index) > seriesKeep {
		t.index = nil
	}
	clear(t.index)
}

func (t *seriesTable) key(family int32, labels []Label) seriesKey {
	if t.index == nil {
		t.index = make(map[seriesKey]int32)
		t.seed = maphash.MakeSeed()
	}
	var sum uint64 // a sum, as the order of labels does not matter
	for _, l := range labels {
		sum += maphash.Comparable(t.seed, l)
	}
	return seriesKey{family, sum}
}

// findMetric returns the index of the newest metric with these labels, in any
// order, or -1. Lines of one metric mostly follow each other, so the last comes first.
func (p *Parser) findMetric(f *Family, st *familyState, labels []Label) int {
	n := len(f.Metrics)
	if n > 0 && p.sameLabels(f.Metrics[n-1].Labels, labels) {
		return n - 1
	}
	if p.trusted {
		return -1
	}
	if n <= fewMetrics {
		for i := n - 2; i >= 0; i-- {
			if p.sameLabels(f.Metrics[i].Labels, labels) {
				return i
			}
		}
		return -1
	}
	for ; int(st.indexed) < n; st.indexed++ {
		key := p.series.key(st.id, f.Metrics[st.indexed].Labels)
		p.series.index[key] = st.indexed
	}
	key := p.series.key(st.id, labels)
	if i, ok := p.series.index[key]; ok && p.sameLabels(f.Metrics[i].Labels, labels) {
		return int(i)
	}
	return -1
}

// sameLabels tells whether two sets of unique labels are equal, in any order.
func (p *Parser) sameLabels(a, b []Label) bool {
	if len(a) != len(b) {
		return false
	}
	i := 0
	for i < len(a) && a[i].Value == b[i].Value && a[i].Name == b[i].Name {
		i++
	}
	a, b = a[i:], b[i:]
	switch {
	case len(a) <= 1:
		return len(a) == 0
	case len(a) <= fewLabels:
		return !slices.ContainsFunc(a, func(l Label) bool { return !slices.Contains(b, l) })
	}
	return slices.Equal(p.sort(0, a), p.sort(1, b))
}

// sort returns a sorted copy of labels in one of two scratch places.
func (p *Parser) sort(place int, labels []Label) []Label {
	s := append(p.sorted[place][:0], labels...)
	p.sorted[place] = s
	slices.SortFunc(s, func(a, b Label) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	})
	return s
}

// duplicateLabel returns the index of a label whose name occurred before it, or -1.
func (p *Parser) duplicateLabel(labels []Label) int {
	if len(labels) > fewLabels {
		sorted := p.sort(0, labels)
		for i := 1; i < len(sorted); i++ {
			if sorted[i].Name == sorted[i-1].Name {
				return slices.Index(labels, sorted[i])
			}
		}
		return -1
	}
	for i := 1; i < len(labels); i++ {
		for j := range i {
			if labels[i].Name == labels[j].Name {
				return i
			}
		}
	}
	return -1
}
