package scrape

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/expo"
)

// reference holds the same blocks as a book, and renders all of them anew each time.
type reference struct {
	book     Book
	families []*Family
	owners   []*Owner
	blocks   map[*Block][]expo.Metric
	of       map[*Block]*Family
	rng      *rand.Rand
}

func newReference(rng *rand.Rand, names ...string) *reference {
	m := &reference{rng: rng, blocks: map[*Block][]expo.Metric{}, of: map[*Block]*Family{}}
	for i, name := range names {
		m.families = append(m.families, &Family{Name: name, Type: expo.Type(i % 6), Help: "Help of " + name, HasHelp: i%3 > 0})
	}
	for i := range 40 {
		labels := []expo.Label{{Name: "job", Value: string(rune('a' + i))}}
		if i%3 == 0 {
			labels = append(labels, expo.Label{Name: "path.of", Value: strings.Repeat("x", i)})
		}
		m.owners = append(m.owners, NewOwner(labels))
	}
	return m
}

// sorted returns the blocks in the order of a book, by an order of its own.
func (m *reference) sorted() []*Block {
	var all []*Block
	for blk := range m.blocks {
		all = append(all, blk)
	}
	slices.SortFunc(all, func(a, b *Block) int {
		if c := strings.Compare(m.of[a].Name, m.of[b].Name); c != 0 {
			return c
		}
		return referenceCompare(a.Owner.Labels(), b.Owner.Labels())
	})
	return all
}

func referenceCompare(a, b []expo.Label) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	for i := range a {
		if c := strings.Compare(a[i].Value, b[i].Value); c != 0 {
			return c
		}
	}
	for i := range a {
		if c := strings.Compare(a[i].Name, b[i].Name); c != 0 {
			return c
		}
	}
	return 0
}

// rendered returns the families with all their metrics, in order.
func (m *reference) rendered() []expo.Family {
	var fams []expo.Family
	for _, blk := range m.sorted() {
		f := m.of[blk]
		if n := len(fams); n == 0 || fams[n-1].Name != f.Name {
			fams = append(fams, expo.Family{Name: f.Name, Help: f.Help, Unit: f.Unit, HasHelp: f.HasHelp, Type: f.Type})
		}
		last := &fams[len(fams)-1]
		last.Metrics = append(last.Metrics, m.blocks[blk]...)
	}
	return fams
}

// exposition renders everything anew.
func (m *reference) exposition(k key) []byte {
	var out []byte
	for _, f := range m.rendered() {
		owner := m.family(f.Name)
		for j := range f.Metrics {
			f.Metrics[j].Labels = slices.Clone(f.Metrics[j].Labels)
		}
		expo.Escape(&f, k.escaping)
		switch k.syntax {
		case asText:
			out = expo.AppendTextHeader(out, &f)
			out = expo.AppendSamples(out, &f)
		case asOpenMetrics:
			out = expo.AppendOpenMetricsHeader(out, &f, owner.OpenMetricsUnknown)
			out = expo.AppendOpenMetricsSamples(out, &f, expo.OpenMetricsOptions{Created: k.created && !owner.NoCreated})
		case asProtobuf:
			out = expo.AppendProto(out, &f)
		}
	}
	if k.syntax == asOpenMetrics {
		out = append(out, "# EOF\n"...)
	}
	return out
}

func (m *reference) family(name string) *Family {
	return m.families[slices.IndexFunc(m.families, func(f *Family) bool { return f.Name == name })]
}

// step makes one random change to both.
func (m *reference) step() {
	present := m.sorted()
	switch op := m.rng.IntN(10); {
	case op < 4 || len(present) == 0:
		m.insert()
	case op < 7:
		blk := present[m.rng.IntN(len(present))]
		m.book.Remove(blk)
		delete(m.blocks, blk)
	case op < 9:
		blk := present[m.rng.IntN(len(present))]
		m.set(blk, m.metrics(blk))
	default:
		f := m.families[m.rng.IntN(len(m.families))]
		all := m.rng.IntN(2) == 0
		if all {
			f.OpenMetricsUnknown, f.NoCreated = !f.OpenMetricsUnknown, !f.NoCreated
		} else {
			f.Help, f.HasHelp = strings.Repeat("h", m.rng.IntN(9)), m.rng.IntN(2) == 0
		}
		m.book.FamilyChanged(f, all)
	}
}

func (m *reference) insert() {
	f := m.families[m.rng.IntN(len(m.families))]
	blk := &Block{Owner: m.owners[m.rng.IntN(len(m.owners))]}
	for other := range m.blocks {
		if m.of[other] == f && other.Owner == blk.Owner {
			return
		}
	}
	m.of[blk] = f
	m.set(blk, m.metrics(blk))
	m.book.Insert(f, blk)
}

func (m *reference) set(blk *Block, metrics []expo.Metric) {
	text, rich := content(m.of[blk], metrics)
	m.book.SetText(blk, text, rich)
	m.blocks[blk] = metrics
}

// content returns what the store would give a block.
func content(f *Family, metrics []expo.Metric) (text, rich string) {
	fam := expo.Family{Name: f.Name, Type: f.Type, Metrics: metrics}
	for _, m := range metrics {
		if m.Created != nil || m.Exemplar != nil {
			rich = string(expo.AppendProtoMetrics(nil, &fam))
		}
	}
	return string(expo.AppendSamples(nil, &fam)), rich
}

// metrics returns random metrics of up to about 8 KiB as text, so that a dozen
// blocks make a page and the edges of pages are met often.
func (m *reference) metrics(blk *Block) []expo.Metric {
	filler := strings.Repeat("v", 10+m.rng.IntN(1000))
	isRich := m.rng.IntN(4) == 0
	metrics := make([]expo.Metric, 1+m.rng.IntN(8))
	for i := range metrics {
		labels := append(slices.Clone(blk.Owner.Labels()), expo.Label{Name: "n", Value: filler + string(rune('A'+i))})
		metrics[i] = m.metric(m.of[blk].Type, labels, isRich)
	}
	return metrics
}

func (m *reference) metric(typ expo.Type, labels []expo.Label, isRich bool) expo.Metric {
	mt := expo.Metric{Labels: labels}
	if isRich && (typ == expo.Counter || typ == expo.Summary || typ == expo.Histogram) {
		mt.Created = &expo.Timestamp{Seconds: int64(m.rng.IntN(1e9))}
	}
	switch typ {
	case expo.Summary:
		mt.Summary = &expo.SummaryValue{Count: uint64(m.rng.IntN(100)), Sum: m.rng.Float64(), Quantiles: []expo.Quantile{{Quantile: 0.5, Value: 3}}}
	case expo.Histogram, expo.GaugeHistogram:
		mt.Histogram = &expo.HistogramValue{Count: 7, Sum: m.rng.Float64(), Buckets: []expo.Bucket{
			{UpperBound: 1, Count: uint64(m.rng.IntN(7))},
			{UpperBound: math.Inf(1), Count: 7},
		}}
	default:
		mt.Value = float64(m.rng.IntN(1000)) / 8
	}
	return mt
}
