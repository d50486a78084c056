package store

import (
	"strings"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/scrape"
)

// sumSeries is one series of a sum. Its text, or its protobuf if that says more, is
// its value: there is no other.
type sumSeries struct {
	scrape.Block
	epoch uint32 // the last snapshot that has this series or doesn't need it
}

// metric reads the value of one of the family's series. It is valid until the
// parser's next use.
func (f *sumFamily) metric(ser *sumSeries, p *expo.Parser) (*expo.Metric, error) {
	return readMetric(p, f.name(), f.meta.family.Type, ser.Text(), ser.Rich())
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

// showSeries adds a series to a family of a sum.
func (s *Store) showSeries(g *group, f *sumFamily, key string, labels []expo.Label, text, rich string) {
	ser := &sumSeries{epoch: s.epoch}
	ser.Owner = scrape.NewSeriesOwner(labels, g.owner)
	s.book.SetText(&ser.Block, text, rich)
	s.book.Insert(&f.meta.family.Family, &ser.Block)
	s.count(g, 1, text)
	s.claim(g, s.identitiesOf(f.name(), f.meta.family.Type, text))
	f.series[key] = ser
	f.all = append(f.all, ser)
	f.lines += int64(countLines(text))
}

// setSeries gives a series another value. Its identity stays.
func (s *Store) setSeries(g *group, f *sumFamily, ser *sumSeries, text, rich string) {
	s.preserveSeries(f, ser)
	s.count(g, -1, ser.Text())
	s.count(g, 1, text)
	f.lines += int64(countLines(text) - countLines(ser.Text()))
	s.book.SetText(&ser.Block, text, rich)
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

func cloneLabels(labels []expo.Label) []expo.Label {
	own := make([]expo.Label, len(labels))
	for i, l := range labels {
		own[i] = expo.Label{Name: strings.Clone(l.Name), Value: strings.Clone(l.Value)}
	}
	return own
}
