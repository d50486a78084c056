package expo

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/types/known/timestamppb"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// FuzzProto guards that a body is decoded if, and only if, the generated protobuf
// code decodes it, to the same families, and that expfmt reads back what is
// written of them.
func FuzzProto(f *testing.F) {
	for _, body := range protoSeeds() {
		f.Add(body)
	}
	for i := range byte(60) {
		s := &source{bytes.Repeat([]byte{i, i * 7, i * 13, i * 31, i + 1}, 40)}
		a, b := s.family(), s.family()
		f.Add(AppendProto(AppendProto(nil, &a), &b))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p := Parser{Options: Options{UTF8Names: true}}
		got, err := p.Proto(body)
		want, wantErr := referenceProto(body)
		var parseErr *ParseError
		if decoded := !errors.As(err, &parseErr); decoded != (wantErr == nil) {
			t.Fatalf("our error: %v, client_model's: %v", err, wantErr)
		}
		if err != nil {
			return
		}
		if len(got) != len(want) {
			t.Fatalf("got %d families, want %d", len(got), len(want))
		}
		for i := range got {
			same(t, "decoded family", AppendProto(nil, &got[i]), AppendProto(nil, fromDTO(want[got[i].Name])))
			checkTextReadBack(t, &got[i])
		}
	})
}

// referenceProto decodes body as Pushgateway does, but for families without metrics.
func referenceProto(body []byte) (map[string]*dto.MetricFamily, error) {
	families := map[string]*dto.MetricFamily{}
	in := bufio.NewReader(bytes.NewReader(body))
	for {
		mf := &dto.MetricFamily{}
		err := protodelim.UnmarshalOptions{MaxSize: int64(len(body))}.UnmarshalFrom(in, mf)
		if err == io.EOF {
			return families, nil
		}
		if err != nil {
			return nil, err
		}
		if delete(families, mf.GetName()); len(mf.Metric) > 0 {
			families[mf.GetName()] = mf
		}
	}
}

// checkTextReadBack checks that expfmt reads the text of f as what f says.
func checkTextReadBack(t *testing.T, f *Family) {
	t.Helper()
	var seen []string
	for i := range f.Metrics {
		m := &f.Metrics[i]
		key := string(AppendProtoMetrics(nil, &Family{Metrics: []Metric{{Labels: sortedLabels(m.Labels)}}}))
		if slices.Contains(seen, key) || m.HasTimestamp {
			return // a duplicate series or a timestamp, which the gateway refuses
		}
		seen = append(seen, key)
	}
	text := AppendSamples(AppendTextHeader(nil, f), f)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		if strings.Contains(err.Error(), "metric name") || strings.Contains(err.Error(), "label name") {
			// The parser can't read some quoted names that are valid.
			for _, m := range f.Metrics {
				for _, l := range m.Labels {
					if !LegacyLabelName(l.Name) {
						return
					}
				}
			}
			if !LegacyMetricName(f.Name) {
				return
			}
		}
		t.Fatalf("expfmt refuses our text: %v\n%q", err, text)
	}
	back := families[f.Name]
	if back == nil {
		t.Fatalf("expfmt reads no family %q from our text %q", f.Name, text)
	}
	var b bytes.Buffer
	if _, err := expfmt.MetricFamilyToText(&b, back); err != nil {
		t.Fatal(err)
	}
	same(t, "text read back", text, b.Bytes())
}

func sortedLabels(labels []Label) []Label {
	labels = slices.Clone(labels)
	slices.SortFunc(labels, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
	return labels
}

func fromDTO(in *dto.MetricFamily) *Family {
	f := &Family{Name: in.GetName(), Help: in.GetHelp(), HasHelp: in.Help != nil, Unit: in.GetUnit(), Type: Type(in.GetType())}
	for _, d := range in.Metric {
		m := Metric{Labels: labelsFromDTO(d.Label), HasTimestamp: d.TimestampMs != nil, TimestampMs: d.GetTimestampMs()}
		switch f.Type {
		case Counter:
			c := d.Counter
			m.Value, m.Exemplar, m.Created = c.GetValue(), exemplarFromDTO(c.Exemplar), timestampFromDTO(c.CreatedTimestamp)
		case Gauge:
			m.Value = d.Gauge.GetValue()
		case Untyped:
			m.Value = d.Untyped.GetValue()
		case Summary:
			m.Summary = &SummaryValue{Count: d.Summary.GetSampleCount(), Sum: d.Summary.GetSampleSum()}
			m.Created = timestampFromDTO(d.Summary.CreatedTimestamp)
			for _, q := range d.Summary.Quantile {
				m.Summary.Quantiles = append(m.Summary.Quantiles, Quantile{q.GetQuantile(), q.GetValue()})
			}
		default:
			m.Histogram, m.Created = histogramFromDTO(d.Histogram), timestampFromDTO(d.Histogram.CreatedTimestamp)
		}
		f.Metrics = append(f.Metrics, m)
	}
	return f
}

func histogramFromDTO(d *dto.Histogram) *HistogramValue {
	h := &HistogramValue{Count: d.GetSampleCount(), CountFloat: d.GetSampleCountFloat(), Sum: d.GetSampleSum()}
	for _, b := range d.Bucket {
		h.Buckets = append(h.Buckets, Bucket{
			UpperBound: b.GetUpperBound(), Count: b.GetCumulativeCount(), CountFloat: b.GetCumulativeCountFloat(), Exemplar: exemplarFromDTO(b.Exemplar),
		})
	}
	n := &NativeHistogram{
		Schema: d.GetSchema(), ZeroThreshold: d.GetZeroThreshold(), ZeroCount: d.GetZeroCount(), ZeroCountFloat: d.GetZeroCountFloat(),
		NegativeSpans: spansFromDTO(d.NegativeSpan), NegativeDeltas: d.NegativeDelta, NegativeCounts: d.NegativeCount,
		PositiveSpans: spansFromDTO(d.PositiveSpan), PositiveDeltas: d.PositiveDelta, PositiveCounts: d.PositiveCount,
	}
	for _, e := range d.Exemplars {
		n.Exemplars = append(n.Exemplars, *exemplarFromDTO(e))
	}
	if d.Schema != nil || d.ZeroThreshold != nil || d.ZeroCount != nil || d.ZeroCountFloat != nil ||
		d.NegativeSpan != nil || d.NegativeDelta != nil || d.NegativeCount != nil ||
		d.PositiveSpan != nil || d.PositiveDelta != nil || d.PositiveCount != nil || d.Exemplars != nil {
		h.Native = n
	}
	return h
}

func spansFromDTO(in []*dto.BucketSpan) (out []Span) {
	for _, s := range in {
		out = append(out, Span{s.GetOffset(), s.GetLength()})
	}
	return out
}

func labelsFromDTO(in []*dto.LabelPair) (out []Label) {
	for _, l := range in {
		out = append(out, Label{l.GetName(), l.GetValue()})
	}
	return out
}

func exemplarFromDTO(e *dto.Exemplar) *Exemplar {
	if e == nil {
		return nil
	}
	return &Exemplar{Labels: labelsFromDTO(e.Label), Value: e.GetValue(), Timestamp: timestampFromDTO(e.Timestamp)}
}

func timestampFromDTO(t *timestamppb.Timestamp) *Timestamp {
	if t == nil {
		return nil
	}
	return &Timestamp{Seconds: t.Seconds, Nanos: t.Nanos}
}
