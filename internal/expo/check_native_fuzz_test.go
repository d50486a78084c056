package expo

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/prometheus/model/histogram"
	"google.golang.org/protobuf/encoding/protodelim"
)

// FuzzNative guards that Prometheus stores every native histogram that CheckMetric
// lets pass: one that it doesn't costs it the whole scrape.
func FuzzNative(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		data := make([]byte, 60)
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &source{data}
		fam := Family{Name: "m", Type: pick(s, Histogram, GaugeHistogram), Metrics: []Metric{{Histogram: s.plausible()}}}
		if CheckMetric(&fam, &fam.Metrics[0]) == nil {
			prometheusStores(t, AppendProto(nil, &fam))
		}
	})
}

// plausible makes a native histogram that is valid more often than not, of integer
// counts, float counts, or both.
func (s *source) plausible() *HistogramValue {
	n := &NativeHistogram{Schema: int32(s.intn(4)), ZeroThreshold: pick(s, 0, 0.5, math.NaN(), -1)}
	h := &HistogramValue{Sum: pick(s, 1, math.NaN()), Native: n}
	if s.bool() {
		n.ZeroCount = uint64(s.intn(3))
		n.PositiveSpans, n.PositiveDeltas = []Span{{Length: 2}}, []int64{1, int64(s.intn(3)) - 1}
		h.Count = n.ZeroCount + 2 + uint64(n.PositiveDeltas[1])
	}
	if s.intn(3) == 0 {
		n.NegativeSpans, n.NegativeCounts = []Span{{Length: 1}}, []float64{pick(s, 0, 1.5, math.NaN(), math.Inf(1))}
	}
	for _, count := range []*float64{&h.CountFloat, &n.ZeroCountFloat} {
		if s.intn(4) == 0 {
			*count = pick(s, 2.5, -1, math.NaN(), math.Inf(1), math.Inf(-1))
		}
	}
	return h
}

// prometheusStores reads a family as Prometheus's parser does, which goes by what
// is above 0 and not by what is set, and checks it as its storage does.
func prometheusStores(t *testing.T, body []byte) {
	t.Helper()
	var mf dto.MetricFamily
	if err := protodelim.UnmarshalFrom(bytes.NewReader(body), &mf); err != nil {
		t.Fatal(err)
	}
	h := mf.GetMetric()[0].GetHistogram()
	var err error
	switch {
	case len(h.GetPositiveSpan())+len(h.GetNegativeSpan()) == 0 && !(h.GetZeroThreshold() > 0) && h.GetZeroCount() == 0:
		return // a classic one
	case h.GetSampleCountFloat() > 0 || h.GetZeroCountFloat() > 0 || len(h.GetPositiveCount())+len(h.GetNegativeCount()) > 0:
		err = (&histogram.FloatHistogram{
			Schema: h.GetSchema(), Count: h.GetSampleCountFloat(), Sum: h.GetSampleSum(),
			ZeroThreshold: h.GetZeroThreshold(), ZeroCount: h.GetZeroCountFloat(),
			PositiveSpans: prometheusSpans(h.GetPositiveSpan()), PositiveBuckets: h.GetPositiveCount(),
			NegativeSpans: prometheusSpans(h.GetNegativeSpan()), NegativeBuckets: h.GetNegativeCount(),
		}).Validate()
	default:
		err = (&histogram.Histogram{
			Schema: h.GetSchema(), Count: h.GetSampleCount(), Sum: h.GetSampleSum(),
			ZeroThreshold: h.GetZeroThreshold(), ZeroCount: h.GetZeroCount(),
			PositiveSpans: prometheusSpans(h.GetPositiveSpan()), PositiveBuckets: h.GetPositiveDelta(),
			NegativeSpans: prometheusSpans(h.GetNegativeSpan()), NegativeBuckets: h.GetNegativeDelta(),
		}).Validate()
	}
	if err != nil {
		t.Fatalf("Prometheus refuses %v: %v", h, err)
	}
}

func prometheusSpans(in []*dto.BucketSpan) (out []histogram.Span) {
	for _, s := range in {
		out = append(out, histogram.Span{Offset: s.GetOffset(), Length: s.GetLength()})
	}
	return out
}
