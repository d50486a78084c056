package expo

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"

	"google.golang.org/protobuf/encoding/protodelim"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// source turns fuzz input into choices; when it is used up all choices are 0.
type source struct{ data []byte }

func (s *source) byte() byte {
	if len(s.data) == 0 {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return b
}

func (s *source) intn(n int) int { return int(s.byte()) % n }

func (s *source) bool() bool { return s.byte()&1 == 1 }

func (s *source) uint64() uint64 {
	var b [8]byte
	s.data = s.data[copy(b[:], s.data):]
	return binary.LittleEndian.Uint64(b[:])
}

func pick[T any](s *source, from ...T) T { return from[s.intn(len(from))] }

func (s *source) string() string {
	if s.bool() {
		return pick(s, "", "a", "\"", "\\", "\n", "x\\n\"\n", "GET /é", "\x00", "trailing\\")
	}
	n := min(s.intn(20), len(s.data))
	b := s.data[:n]
	s.data = s.data[n:]
	return string(b)
}

func (s *source) float() float64 {
	if s.bool() {
		return pick(s, 0, 1, -1, 0.5, 1e6, 123456789, 1e21, math.Inf(1), math.Inf(-1), math.NaN(), math.Copysign(0, -1), 5e-324)
	}
	return math.Float64frombits(s.uint64())
}

func (s *source) count() uint64 {
	if s.bool() {
		return s.uint64()
	}
	return uint64(s.byte())
}

// counts returns an integer count, or now and then a float one.
func (s *source) counts() (uint64, float64) {
	if s.intn(4) == 0 {
		if f := s.float(); f != 0 {
			return 0, f
		}
	}
	return s.count(), 0
}

func (s *source) timestamp() *Timestamp {
	if s.bool() {
		return nil
	}
	return &Timestamp{Seconds: pick[int64](s, 0, 1, 1700000000, -62135596800, 253402300799), Nanos: pick[int32](s, 0, 1, 500_000_000, 999_999_999)}
}

func (s *source) labels() (out []Label) {
	for _, name := range []string{"a", "job", "é.x", "instance", "with space", "q\"\n\\"} {
		if s.intn(3) == 0 {
			out = append(out, Label{name, s.string()})
		}
	}
	return out
}

func (s *source) exemplar() *Exemplar {
	if s.bool() {
		return nil
	}
	return &Exemplar{Labels: s.labels(), Value: s.float(), Timestamp: s.timestamp()}
}

func (s *source) native() *NativeHistogram {
	if s.bool() {
		return nil
	}
	n := &NativeHistogram{
		Schema: int32(s.intn(13)) - 4, ZeroThreshold: s.float(),
	}
	n.ZeroCount, n.ZeroCountFloat = s.counts()
	for range s.intn(4) {
		n.PositiveSpans = append(n.PositiveSpans, Span{int32(s.uint64()), uint32(s.uint64())})
		n.NegativeSpans = append(n.NegativeSpans, Span{int32(s.intn(3)), uint32(s.intn(3))})
		n.PositiveDeltas = append(n.PositiveDeltas, int64(s.uint64()))
		n.NegativeCounts = append(n.NegativeCounts, s.float())
		n.Exemplars = append(n.Exemplars, Exemplar{Labels: s.labels(), Value: s.float(), Timestamp: s.timestamp()})
	}
	return n
}

func (s *source) metric(t Type) (m Metric) {
	m.Labels = s.labels()
	if s.intn(4) == 0 {
		m.HasTimestamp, m.TimestampMs = true, int64(s.uint64())
	}
	switch t {
	case Counter:
		m.Value, m.Exemplar, m.Created = s.float(), s.exemplar(), s.timestamp()
	case Summary:
		m.Summary, m.Created = &SummaryValue{Count: s.count(), Sum: s.float()}, s.timestamp()
		for range s.intn(4) {
			m.Summary.Quantiles = append(m.Summary.Quantiles, Quantile{s.float(), s.float()})
		}
	case Histogram, GaugeHistogram:
		m.Histogram = &HistogramValue{Sum: s.float(), Native: s.native()}
		m.Histogram.Count, m.Histogram.CountFloat = s.counts()
		m.Created = s.timestamp()
		for range s.intn(4) {
			b := Bucket{UpperBound: s.float(), Exemplar: s.exemplar()}
			b.Count, b.CountFloat = s.counts()
			m.Histogram.Buckets = append(m.Histogram.Buckets, b)
		}
	default:
		m.Value = s.float()
	}
	return m
}

func (s *source) family() Family {
	f := Family{
		Name: pick(s, "m", "m_total", "m_seconds", "m_seconds_total", "a:b", "é.total", "dotted.name_total", "with \"quotes\"\n", "0digit", "x_bytes"),
		Type: Type(s.intn(6)),
		Unit: pick(s, "", "seconds", "bytes", "s"),
	}
	if f.HasHelp = s.bool(); f.HasHelp {
		f.Help = s.string()
	}
	for range 1 + s.intn(3) {
		f.Metrics = append(f.Metrics, s.metric(f.Type))
	}
	return f
}

// FuzzEncode guards that all three formats are byte-compatible with Prometheus's
// encoder, in every escaping.
func FuzzEncode(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte("\x01\x00\x01\x01\x03\x00\x01\x02\x00\x01\x02\x03\x04\x05\x06\x07\x08"))
	for i := range byte(60) {
		f.Add(bytes.Repeat([]byte{i, i * 7, i * 13, i * 31, i + 1}, 40))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &source{data}
		fam := s.family()
		for e := EscapeUnderscores; e <= AllowUTF8; e++ {
			want := model.EscapeMetricFamily(toDTO(&fam), schemes[e])
			got := cloneFamily(&fam)
			Escape(got, e)
			checkEncoders(t, got, want)
		}
		checkProtoRoundTrip(t, &fam)
	})
}

func cloneFamily(f *Family) *Family {
	out := *f
	out.Metrics = append([]Metric(nil), f.Metrics...)
	for i := range out.Metrics {
		out.Metrics[i].Labels = append([]Label(nil), f.Metrics[i].Labels...)
	}
	return &out
}

func checkEncoders(t *testing.T, f *Family, want *dto.MetricFamily) {
	t.Helper()
	var b bytes.Buffer
	if _, err := expfmt.MetricFamilyToText(&b, want); err != nil {
		t.Fatal(err)
	}
	same(t, "text", AppendSamples(AppendTextHeader(nil, f), f), b.Bytes())

	b.Reset()
	if _, err := protodelim.MarshalTo(&b, want); err != nil {
		t.Fatal(err)
	}
	same(t, "protobuf", AppendProto(nil, f), b.Bytes())

	declared := f.Name
	if base := openMetricsBase(f); base != "" {
		declared = base
	}
	if !unitFits(declared, f.Unit) {
		want.Unit = nil // Prometheus's encoder writes what its parser refuses
	}
	b.Reset()
	if _, err := expfmt.MetricFamilyToOpenMetrics(&b, want); err != nil {
		return // a float histogram
	}
	got := AppendOpenMetricsSamples(AppendOpenMetricsHeader(nil, f, false), f, OpenMetricsOptions{})
	same(t, "OpenMetrics", got, b.Bytes())
	b.Reset()
	if _, err := expfmt.MetricFamilyToOpenMetrics(&b, want, expfmt.WithCreatedLines()); err != nil {
		t.Fatal(err)
	}
	got = AppendOpenMetricsSamples(AppendOpenMetricsHeader(nil, f, false), f, OpenMetricsOptions{Created: true})
	same(t, "OpenMetrics with created lines", got, b.Bytes())
}

func same(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from Prometheus's encoder\n got %q\nwant %q", what, got, want)
	}
}

// checkProtoRoundTrip checks that ProtoMetrics loses nothing of any family.
func checkProtoRoundTrip(t *testing.T, f *Family) {
	t.Helper()
	var p Parser
	encoded := AppendProtoMetrics(nil, f)
	back := Family{Name: f.Name, Type: f.Type}
	if err := p.ProtoMetrics(&back, encoded); err != nil {
		t.Fatal(err)
	}
	same(t, "round trip", AppendProtoMetrics(nil, &back), encoded)
}
