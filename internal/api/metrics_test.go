package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"

	"github.com/headgate/headgate/internal/expo"
)

// times are taken out of answers before they are compared.
var times = regexp.MustCompile(`"\d{4}-\d\d-\d\dT[0-9:.]+Z"`)

func TestAPIMetrics(t *testing.T) {
	g := newGateway(t, nil)
	w := g.do("GET", "/api/v1/metrics", "")
	want(t, w, 200)
	wantHeader(t, w, "Content-Type", "application/json")
	if got := w.Body.String(); got != `{"status":"success","data":[]}` {
		t.Errorf("empty: %s", got)
	}
	g.push(t, "/metrics/job/j/a/b", `# HELP c hh "<&>
# TYPE c counter
c{x="y"} 1.5
# TYPE h histogram
h_bucket{le="1"} 1
h_sum 1
h_count 2
# TYPE s summary
s{quantile="0.5"} NaN
s_sum +Inf
s_count 3
u 1e+06
u{a="overwritten",z="\"\n\\"} -Inf
`)
	got := g.do("GET", "/api/v1/metrics", "").Body.String()
	if !json.Valid([]byte(got)) {
		t.Fatalf("invalid JSON: %s", got)
	}
	got = times.ReplaceAllString(got, "TIME")
	for _, part := range []string{
		`{"status":"success","data":[{"labels":{"a":"b","job":"j"},"last_push_successful":true,"c":{`,
		`"c":{"time_stamp":TIME,"type":"COUNTER","help":"hh \"\u003c\u0026\u003e","metrics":[{"labels":{"a":"b","instance":"","job":"j","x":"y"},"value":"1.5"}]}`,
		`"h":{"time_stamp":TIME,"type":"HISTOGRAM","metrics":[{"buckets":{"1":"1"},"count":"2","labels":{"a":"b","instance":"","job":"j"},"sum":"1"}]}`,
		`"s":{"time_stamp":TIME,"type":"SUMMARY","metrics":[{"count":"3","labels":{"a":"b","instance":"","job":"j"},"quantiles":{"0.5":"NaN"},"sum":"+Inf"}]}`,
		`{"labels":{"a":"b","instance":"","job":"j","z":"\"\n\\"},"value":"-Inf"}`,
		`"push_failure_time_seconds":{"time_stamp":TIME,"type":"GAUGE","help":"Last Unix time when`,
		`"value":"1e+06"`,
	} {
		if !strings.Contains(got, part) {
			t.Errorf("answer lacks %s:\n%s", part, got)
		}
	}
}

func TestAPIMetricsAfterRefusal(t *testing.T) {
	g := newGateway(t, nil)
	g.push(t, "/metrics/job/j", "m 1\n")
	g.do("POST", "/metrics/job/j", "m 1 5\n")
	want(t, g.do("GET", "/api/v1/metrics", ""), 200, `"last_push_successful":false`)
}

// Keys stay unique when families bear the names of the group's own keys.
func TestAPIMetricsKeysAreUnique(t *testing.T) {
	g := newGateway(t, nil)
	g.push(t, "/metrics/job/j", "labels 1\nlast_push_successful 2\n")
	got := g.do("GET", "/api/v1/metrics", "").Body.String()
	for _, key := range []string{`"labels":{"time_stamp"`, `"last_push_successful":{"time_stamp"`} {
		if strings.Count(got, key) != 1 {
			t.Errorf("%s isn't there once: %s", key, got)
		}
	}
	if strings.Contains(got, `"labels":{"job":"j"},`) {
		t.Errorf("duplicate key in %s", got)
	}
}

func TestAPIMetricsSelects(t *testing.T) {
	g := newGateway(t, nil)
	for _, job := range []string{"a", "b", "c"} {
		g.push(t, "/metrics/job/"+job, "m 1\n")
	}
	got := g.do("GET", `/api/v1/metrics?match[]={job="a"}&match[]={job="c"}`, "").Body.String()
	if strings.Contains(got, `{"job":"b"}`) || !strings.Contains(got, `{"job":"a"}`) || !strings.Contains(got, `{"job":"c"}`) {
		t.Error(got)
	}
}

// A native histogram is shown with all its buckets, in the layout of Prometheus's API.
func TestAPIMetricsNativeHistogram(t *testing.T) {
	g := newGateway(t, nil)
	var body bytes.Buffer
	if _, err := protodelim.MarshalTo(&body, &dto.MetricFamily{
		Name: proto.String("n"), Type: dto.MetricType_HISTOGRAM.Enum(),
		Metric: []*dto.Metric{{Histogram: &dto.Histogram{
			SampleCount: proto.Uint64(8), SampleSum: proto.Float64(3), Schema: proto.Int32(0),
			ZeroThreshold: proto.Float64(0.5), ZeroCount: proto.Uint64(1),
			PositiveSpan: []*dto.BucketSpan{{Offset: proto.Int32(0), Length: proto.Uint32(2)}}, PositiveDelta: []int64{1, 2},
			NegativeSpan: []*dto.BucketSpan{{Offset: proto.Int32(1), Length: proto.Uint32(1)}}, NegativeDelta: []int64{3},
		}}},
	}); err != nil {
		t.Fatal(err)
	}
	want(t, g.do("PUT", "/metrics/job/j", body.String(), "Content-Type",
		"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"), 200)
	want(t, g.do("GET", "/api/v1/metrics", ""), 200,
		`"buckets":[[1,"-2","-1","3"],[3,"-0.5","0.5","1"],[0,"0.5","1","1"],[0,"1","2","3"]],"count":"8"`)
}

// The string of every text reads back as encoding/json writes it.
func FuzzJSONString(f *testing.F) {
	for _, s := range []string{"", "a\"b\\c\n\r\t\x00\x1f", "<script>&", "\u2028\u2029é😀", "\xff\xc3", "\u007f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got, want string
		if err := json.Unmarshal(appendJSONString(nil, s), &got); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%q reads as %q, want %q", s, got, want)
		}
	})
}

// Numbers are spelled as Pushgateway's API spells them.
func TestJSONNumbers(t *testing.T) {
	for _, v := range []float64{0, 1, -1.5, 1e6, 123456, 1e21, 1e-7, math.NaN(), math.Inf(1), math.Inf(-1), 1.7954260129380398e+09} {
		if got, want := string(appendJSONFloat(nil, v)), fmt.Sprintf("%q", fmt.Sprint(v)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := string(appendCount(nil, 1e6, 0)); got != `"1000000"` {
		t.Errorf("count %s", got)
	}
}

// The counts of a float histogram are floats. Integers that it has as well, as
// nothing forbids, don't count, however many there are.
func TestNativeFloatBuckets(t *testing.T) {
	for _, deltas := range [][]int64{nil, {1}, {1, 2, 3}} {
		h := &expo.HistogramValue{CountFloat: 5, Native: &expo.NativeHistogram{
			PositiveSpans: []expo.Span{{Offset: 0, Length: 2}}, PositiveCounts: []float64{2.5, 2.5}, PositiveDeltas: deltas,
		}}
		if err := expo.CheckMetric(&expo.Family{Name: "m", Type: expo.Histogram}, &expo.Metric{Histogram: h}); err != nil {
			t.Fatal(err)
		}
		if got := string(appendBuckets(nil, h)); got != `[[0,"0.5","1","2.5"],[0,"1","2","2.5"]]` {
			t.Error(got)
		}
	}
}
