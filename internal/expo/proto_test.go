package expo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

// delimited puts the length before each message.
func delimited(messages ...[]byte) (body []byte) {
	for _, m := range messages {
		body = append(binary.AppendUvarint(body, uint64(len(m))), m...)
	}
	return body
}

// head is a MetricFamily without metrics.
func head(name string, t Type) []byte { return AppendProtoHeader(nil, &Family{Name: name, Type: t}) }

// nested appends content as a message field.
func nested(dst []byte, field uint64, content []byte) []byte {
	return appendString(dst, field, string(content))
}

func protoGauge(labels ...string) []byte {
	var m []byte
	for i := 0; i < len(labels); i += 2 {
		m = appendProtoLabels(m, metricLabel, []Label{{labels[i], labels[i+1]}})
	}
	return nested(m, metricGauge, appendDouble(nil, simpleValue, 1))
}

func protoHistogramFamily(content []byte) []byte {
	return delimited(nested(head("h", Histogram), familyMetric, nested(nil, metricHistogram, content)))
}

func protoSeeds() map[string][]byte {
	packed := appendSint(nil, histogramSchema, 3)
	packed = appendUint(packed, histogramCount, 3)
	packed = nested(packed, histogramPositiveSpan, appendUint(appendSint(nil, spanOffset, -1), spanLength, 2))
	packed = nested(packed, histogramPositiveDelta, []byte{2, 2})
	split := nested(head("c", Counter), familyMetric, nested(
		nested(nil, metricCounter, appendDouble(nil, simpleValue, 2)),
		metricCounter, nested(nested(nil, counterExemplar, appendDouble(nil, exemplarValue, 2)),
			counterExemplar, appendProtoLabels(nil, exemplarLabel, []Label{{"id", "x"}}))))
	return map[string][]byte{
		"empty":           nil,
		"gauge":           delimited(nested(head("g", Gauge), familyMetric, protoGauge("a", "b"))),
		"no type":         delimited(nested(appendString(nil, familyName, "c"), familyMetric, nested(nil, metricCounter, nil))),
		"metric first":    delimited(append(nested(nil, familyMetric, protoGauge()), head("g", Gauge)...)),
		"given twice":     delimited(nested(head("g", Gauge), familyMetric, protoGauge("a", "1")), nested(head("g", Gauge), familyMetric, protoGauge("a", "2"))),
		"merged counter":  delimited(split),
		"packed deltas":   protoHistogramFamily(packed),
		"unknown field":   delimited(appendString(nested(head("g", Gauge), familyMetric, protoGauge()), 99, "x")),
		"group":           delimited(append(nested(head("g", Gauge), familyMetric, protoGauge()), 99<<3&0x7f|3, 99<<3&0x7f|4)),
		"wrong wire type": delimited(appendUint(nested(head("g", Gauge), familyMetric, protoGauge()), familyHelp, 7)),
		"timestamp text":  delimited(nested(head("g", Gauge), familyMetric, nested(nested(protoGauge(), metricTimestamp, []byte{0x80}), metricTimestamp, []byte{0x80}))),
		"huge claim":      []byte("\x80\x80\x80\x80\x80\x80\x08x"),
		"huge span": protoHistogramFamily(nested(nil, histogramPositiveSpan,
			appendUint(appendSint(nil, spanOffset, math.MaxInt32), spanLength, math.MaxUint32))),
	}
}

func TestProtoAccepts(t *testing.T) {
	for name, want := range map[string]string{
		"empty":           "",
		"gauge":           "# TYPE g gauge\ng{a=\"b\"} 1\n",
		"no type":         "# TYPE c counter\nc 0\n",
		"metric first":    "# TYPE g gauge\ng 1\n",
		"given twice":     "# TYPE g gauge\ng{a=\"2\"} 1\n",
		"merged counter":  "# TYPE c counter\nc 2\n",
		"packed deltas":   "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 3\nh_sum 0\nh_count 3\n",
		"unknown field":   "# TYPE g gauge\ng 1\n",
		"wrong wire type": "# TYPE g gauge\ng 1\n",
		"timestamp text":  "# TYPE g gauge\ng 1\n",
	} {
		t.Run(name, func(t *testing.T) {
			var p Parser
			families, err := p.Proto(protoSeeds()[name])
			if err != nil {
				t.Fatal(err)
			}
			var got []byte
			for i := range families {
				got = AppendSamples(AppendTextHeader(got, &families[i]), &families[i])
			}
			if string(got) != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// A field that is given in parts means the parts together, as protobuf has it.
func TestProtoMergesMessages(t *testing.T) {
	var p Parser
	families, err := p.Proto(protoSeeds()["merged counter"])
	if err != nil {
		t.Fatal(err)
	}
	e := families[0].Metrics[0].Exemplar
	if e == nil || e.Value != 2 || len(e.Labels) != 1 || e.Labels[0] != (Label{"id", "x"}) {
		t.Errorf("exemplar = %+v, want value 2 and label id=x", e)
	}
}

// What can't be decoded is told from what is inconsistent, as only the latter
// marks a group's push as failed.
func TestProtoRefusesUndecodable(t *testing.T) {
	gauge := protoSeeds()["gauge"]
	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"truncated":         {gauge[:len(gauge)-2], "message 1 at byte 0 claims 26 bytes where 24 are left"},
		"huge claim":        {protoSeeds()["huge claim"], "claims 35184372088832 bytes where 1 are left"},
		"half a length":     {[]byte{0x80}, "ends within a field"},
		"endless length":    {[]byte(strings.Repeat("\xff", 12)), "more than 64 bits"},
		"second message":    {append(gauge[:len(gauge):len(gauge)], 5, 1), "message 2 at byte 27 claims 5 bytes where 1 are left"},
		"nested claim":      {delimited(append(head("g", Gauge), familyMetric<<3|wireBytes, 100)), `metric family "g": message 1 at byte 0 has a field that claims 100 bytes where 0 are left`},
		"wire type 6":       {delimited([]byte{1<<3 | 6}), "wire type 6"},
		"field number 0":    {delimited([]byte{0}), "field number 0"},
		"open group":        {delimited([]byte{9<<3 | 3}), "malformed group"},
		"metric":            {delimited(nested(head("g", Gauge), familyMetric, []byte{metricGauge<<3 | wireBytes, 1})), "metric, number 1, that has a field that claims"},
		"label":             {delimited(nested(head("g", Gauge), familyMetric, nested(nil, metricLabel, []byte{0x80}))), "has a label that ends within a field"},
		"unused payload":    {delimited(nested(head("g", Gauge), familyMetric, nested(protoGauge(), metricCounter, []byte{9, 1}))), "ends within a field"},
		"merged, cut short": {delimited(nested(head("g", Gauge), familyMetric, nested(nested(nil, metricGauge, []byte{9, 1, 2, 3}), metricGauge, []byte{4, 5, 6, 7, 8}))), "ends within a field"},
		"packed with a bit": {protoHistogramFamily(nested(nil, histogramPositiveCount, make([]byte, 9))), "list of counts that ends within a field"},
	} {
		t.Run(name, func(t *testing.T) {
			var p Parser
			_, err := p.Proto(c.body)
			var parseErr *ParseError
			if !errors.As(err, &parseErr) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v (%T), want a ParseError with %q", err, err, c.want)
			}
		})
	}
}

func TestProtoRefusesInconsistent(t *testing.T) {
	gauge := func(name string, labels ...string) []byte {
		return delimited(nested(head(name, Gauge), familyMetric, protoGauge(labels...)))
	}
	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"empty name":      {gauge(""), `metric family "" is not a valid metric name`},
		"no name":         {delimited(nested(nil, familyMetric, protoGauge())), `is not a valid metric name`},
		"dotted name":     {gauge("a.b"), `metric family "a.b" is not a valid metric name: want [a-zA-Z_:][a-zA-Z0-9_:]*`},
		"label name":      {gauge("g", "a-b", "x"), `"a-b" is not a valid label name: want [a-zA-Z_][a-zA-Z0-9_]*`},
		"reserved label":  {gauge("g", "__name__", "x"), `names that begin with __ are reserved`},
		"duplicate label": {gauge("g", "a", "1", "b", "2", "a", "3"), `metric "g" {a="1", b="2", a="3"} has two or more labels with the same name: "a"`},
		"label value":     {gauge("g", "a", "\xff"), `has a label named "a" whose value is not utf8: "\xff"`},
		"help":            {delimited(nested(appendString(head("g", Gauge), familyHelp, "\xff"), familyMetric, protoGauge())), "help text that is not utf8"},
		"wrong payload":   {delimited(nested(head("c", Counter), familyMetric, protoGauge("a", "b"))), `metric "c" {a="b"} is not a COUNTER`},
		"no payload":      {delimited(nested(head("h", GaugeHistogram), familyMetric, nil)), `metric "h" {} is not a GAUGE_HISTOGRAM`},
		"unknown type":    {delimited(nested(appendUint(appendString(nil, familyName, "g"), familyType, 17), familyMetric, protoGauge())), "has type 17: want 0 (COUNTER) to 5"},
		"huge span":       {protoSeeds()["huge span"], "positive span, number 1, outside the range of bucket indexes"},
	} {
		t.Run(name, func(t *testing.T) {
			var p Parser
			_, err := p.Proto(c.body)
			var invalidErr *InvalidError
			if !errors.As(err, &invalidErr) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v (%T), want an InvalidError with %q", err, err, c.want)
			}
		})
	}
}

// A family that a later one of the same name replaces need not be consistent.
func TestProtoLastFamilyWins(t *testing.T) {
	var body []byte
	for i := range 100 {
		name := fmt.Sprintf("f%d", i*37%50)
		m := nested(head(name, Counter), familyMetric, protoGauge())
		if i >= 50 {
			m = nested(head(name, Gauge), familyMetric, protoGauge("round", "2"))
		}
		body = append(body, delimited(m)...)
	}
	var p Parser
	families, err := p.Proto(body)
	if err != nil {
		t.Fatal(err)
	}
	if len(families) != 50 {
		t.Errorf("got %d families, want 50", len(families))
	}
	for i, f := range families {
		if want := fmt.Sprintf("f%d", i*37%50); f.Name != want || f.Type != Gauge {
			t.Errorf("family %d is %s %s, want gauge %s", i, f.Type, f.Name, want)
		}
	}
}

func TestProtoUTF8Names(t *testing.T) {
	p := Parser{Options: Options{UTF8Names: true}}
	families, err := p.Proto(delimited(nested(head("a.b", Gauge), familyMetric, protoGauge("ü", "x"))))
	if err != nil || len(families) != 1 || families[0].Name != "a.b" {
		t.Fatalf("got %v, %v", families, err)
	}
	for _, name := range []string{"", "\xff", "a\x00b"} {
		if _, err := p.Proto(delimited(nested(head(name, Gauge), familyMetric, protoGauge()))); err == nil {
			t.Errorf("name %q is accepted", name)
		}
	}
}

func TestProtoSampleLimit(t *testing.T) {
	body := delimited(nested(head("h", Histogram), familyMetric, nested(nil, metricHistogram,
		nested(nil, histogramBucket, appendDouble(nil, bucketUpperBound, 1)))))
	p := Parser{Options: Options{MaxSamples: 3}}
	if _, err := p.Proto(body); err != nil {
		t.Errorf("3 samples under a limit of 3: %v", err)
	}
	p.MaxSamples = 2
	_, err := p.Proto(body)
	var limit *SampleLimitError
	if !errors.As(err, &limit) || limit.Limit != 2 {
		t.Errorf("3 samples over a limit of 2: error %v", err)
	}
}

// What the journal gives back may be damaged: ProtoMetrics must survive it.
func TestProtoMetricsRefusesGarbage(t *testing.T) {
	var p Parser
	good := AppendProtoMetrics(nil, benchFamily())
	for n := range good {
		f := Family{Name: "m", Type: Counter}
		if err := p.ProtoMetrics(&f, good[:n]); err == nil {
			AppendSamples(nil, &f)
		}
	}
	for _, typ := range []Type{Gauge, Summary, Histogram} {
		if err := p.ProtoMetrics(&Family{Name: "m", Type: typ}, good); err == nil {
			t.Errorf("counters are taken for a %s", typ)
		}
	}
}

func benchFamily() *Family {
	f := &Family{Name: "http_requests_total", Type: Counter, Help: "Requests.", HasHelp: true}
	for i := range 10 {
		f.Metrics = append(f.Metrics, Metric{
			Labels: []Label{{"code", fmt.Sprint(200 + i)}, {"instance", "web-1"}, {"job", "api"}, {"method", "GET"}},
			Value:  float64(i * 1000),
		})
	}
	return f
}

// A push of a body like the last one costs no garbage.
func TestProtoReusesMemory(t *testing.T) {
	body := AppendProto(nil, benchFamily())
	var p Parser
	parse := func() {
		if _, err := p.Proto(body); err != nil {
			t.Fatal(err)
		}
	}
	parse()
	if n := testing.AllocsPerRun(100, parse); n != 0 {
		t.Errorf("%v allocations in a warm parse, want 0", n)
	}
}

func TestEncodersDoNotAllocate(t *testing.T) {
	f := benchFamily()
	buf := make([]byte, 0, 1<<16)
	for name, encode := range encoders() {
		if n := testing.AllocsPerRun(100, func() { encode(buf[:0], f) }); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}

func encoders() map[string]func([]byte, *Family) []byte {
	return map[string]func([]byte, *Family) []byte{
		"text": AppendSamples,
		"openmetrics": func(dst []byte, f *Family) []byte {
			return AppendOpenMetricsSamples(dst, f, OpenMetricsOptions{Created: true})
		},
		"protobuf": AppendProto,
	}
}

func BenchmarkProto(b *testing.B) {
	body := AppendProto(nil, benchFamily())
	var p Parser
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := p.Proto(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	f := benchFamily()
	for name, encode := range encoders() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var buf []byte
			for b.Loop() {
				buf = encode(buf[:0], f)
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}
