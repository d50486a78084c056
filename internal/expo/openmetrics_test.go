package expo

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// TestOpenMetricsAccepts guards what an OpenMetrics body means in terms of text 0.0.4.
func TestOpenMetricsAccepts(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"plain text", "e1_m 5\n", "untyped e1_m\ne1_m 5\n"},
		{"a counter is named by its samples", "# TYPE foo counter\nfoo_total{a=\"b\"} 1\n# EOF\n", "counter foo_total\nfoo_total{a=\"b\"} 1\n"},
		{"a counter without _total keeps its name", "# TYPE foo counter\nfoo 1\n# EOF\n", "counter foo\nfoo 1\n"},
		{"a counter declared by its samples' name", "# TYPE foo_total counter\nfoo_total 1\n", "counter foo_total\nfoo_total 1\n"},
		{"info", "# TYPE foo info\nfoo_info{v=\"1\"} 1\n# EOF\n", "gauge foo_info\nfoo_info{v=\"1\"} 1\n"},
		{"stateset", "# TYPE foo stateset\nfoo{foo=\"a\"} 1\nfoo{foo=\"b\"} 0\n# EOF\n", "gauge foo\nfoo{foo=\"a\"} 1\nfoo{foo=\"b\"} 0\n"},
		{"unknown and untyped", "# TYPE a unknown\na 1\n# TYPE b untyped\nb 2\n# EOF\n", "untyped a\na 1\nuntyped b\nb 2\n"},
		{"unit", "# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n# EOF\n", "gauge a_seconds unit=\"seconds\"\na_seconds 1\n"},
		{"help is kept to the blank", "# HELP a  b \\\\ \\\" \\n \\x \na 1\n# HELP c \nc 1\n# EOF\n",
			"untyped a help=\" b \\\\ \\\" \\n \\\\x \"\na 1\nuntyped c help=\"\"\nc 1\n"},
		{"unknown escapes stay", "a{b=\"\\d\\\\n\"} 1\n", "untyped a\na{b=\"\\\\d\\\\n\"} 1\n"},
		{"timestamps are seconds", "a 1 1.5\na 2 -0.001\na 3 1e3\n", "untyped a\na 1 1500\na 2 -1\na 3 1000000\n"},
		{"histogram", "# TYPE h histogram\nh_bucket{le=\"1.0\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_count 2\nh_sum 3\nh_created 1.5\n# EOF\n",
			"histogram h\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n"},
		{"gauge histogram", "# TYPE h gaugehistogram\nh_bucket{le=\"+Inf\"} 2\nh_gcount 2\nh_gsum -3\n# EOF\n",
			"gaugehistogram h\nh_bucket{le=\"+Inf\"} 2\nh_sum -3\nh_count 2\n"},
		{"summary", "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_count 2\ns_sum 3\ns_created 4\n# EOF\n",
			"summary s\ns{quantile=\"0.5\"} 1\ns_sum 3\ns_count 2\n"},
		{"a created time of no family is a sample", "foo_created 5\n# EOF\n", "untyped foo_created\nfoo_created 5\n"},
		{"comments, CRLF, further blanks", "# a comment\r\n# TYPE  a  gauge \r\na   1 \r\n# EOF\r\n", "gauge a\na 1\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p Parser
			fams, err := p.OpenMetrics([]byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if got := parsed(fams); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

// TestOpenMetricsKeepsMore guards what OpenMetrics can say and text cannot:
// exemplars and created times, to the nanosecond.
func TestOpenMetricsKeepsMore(t *testing.T) {
	const body = `# TYPE c counter
c_created{a="b"} 1520872607.123456789
c_total{a="b"} 17 # {trace_id="x"} 0.5 1520879607.789
c_total{a="c"} 18
c_created{a="c"} 1.5
# TYPE h histogram
h_bucket{le="1"} 1 3.5 # {} 0.7
h_count 1
h_created 4
# EOF`
	want := []Family{
		{Name: "c_total", Type: Counter, Metrics: []Metric{
			{Labels: []Label{{"a", "b"}}, Value: 17, Created: &Timestamp{1520872607, 123456789},
				Exemplar: &Exemplar{Labels: []Label{{"trace_id", "x"}}, Value: 0.5, Timestamp: &Timestamp{1520879607, 789000000}}},
			{Labels: []Label{{"a", "c"}}, Value: 18, Created: &Timestamp{1, 500000000}},
		}},
		{Name: "h", Type: Histogram, Metrics: []Metric{{
			Created: &Timestamp{4, 0}, TimestampMs: 3500, HasTimestamp: true,
			Histogram: &HistogramValue{Count: 1, Buckets: []Bucket{{UpperBound: 1, Count: 1, Exemplar: &Exemplar{Value: 0.7}}}},
		}}},
	}
	var p Parser
	got, err := p.OpenMetrics([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	got[1].Metrics[0].Labels = nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %s\nwant %s", toDTO(&got[0]), toDTO(&want[0]))
		t.Errorf("got  %s\nwant %s", toDTO(&got[1]), toDTO(&want[1]))
	}
}

// TestOpenMetricsRefuses guards that each refusal names the thing and its place.
func TestOpenMetricsRefuses(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"data after EOF", "a 1\n# EOF\nb 1\n", `line 3, column 1: unexpected data after # EOF: "b 1"`},
		{"empty line", "a 1\n\nb 1\n", `line 2, column 1: empty line`},
		{"unknown type", "# TYPE a thing\n", `line 1, column 10: unknown metric type "thing": want counter, gauge, histogram`},
		{"TYPE after samples", "a 1\n# TYPE a gauge\n", `TYPE reported after samples`},
		{"second UNIT", "# UNIT a_s s\n# UNIT a_s s\n", `line 2, column 12: second UNIT line for metric name "a_s"`},
		{"unit is no suffix", "# UNIT a_s m\n", `unit "m" not a suffix of metric "a_s": want a name that ends in "_m"`},
		{"exemplar of a gauge", "# TYPE a gauge\na 1 # {} 1\n", `line 2, column 5: exemplar not allowed on "a"`},
		{"exemplar of a sum", "# TYPE h histogram\nh_sum 1 # {} 1\n", `exemplar not allowed on "h_sum"`},
		{"exemplar without labels", "# TYPE c counter\nc_total 1 # 1\n", `line 2, column 13: expected '{' at start of exemplar, found '1'`},
		{"exemplar value", "# TYPE c counter\nc_total 1 # {} NaN\n", `line 2, column 16: invalid exemplar value "NaN"`},
		{"exemplar time", "# TYPE c counter\nc_total 1 # {} 1 x\n", `invalid exemplar timestamp "x"`},
		{"exemplar too long", "# TYPE c counter\nc_total 1 # {a=\"" + strings.Repeat("é", 128) + "\"} 1\n", `exemplar label set exceeds 128 runes: it has 129`},
		{"exemplar label twice", "# TYPE c counter\nc_total 1 # {a=\"\",a=\"\"} 1\n", `duplicate exemplar label name "a"`},
		{"behind the exemplar", "# TYPE c counter\nc_total 1 # {} 1 2 3\n", `line 2, column 20: spurious string after exemplar: "3"`},
		{"created time", "# TYPE c counter\nc_created NaN\n", `invalid created timestamp "NaN"`},
		{"only created", "# TYPE c counter\nc_created 1\n# EOF\n", `counter "c" is missing its _total value`},
		{"with and without _total", "# TYPE c counter\nc 1\nc_total 1\n", `line 3, column 1: counter "c" has samples both with and without its suffix`},
		{"histogram without suffix", "# TYPE h histogram\nh 1\n", `sample "h" missing required suffix for type histogram`},
		{"bucket without le", "# TYPE h histogram\nh_bucket 1\n", `missing le label for histogram "h"`},
		{"summary without quantile", "# TYPE s summary\ns 1\n", `missing quantile label for summary "s"`},
		{"timestamp", "a 1 NaN\n", `line 1, column 5: invalid timestamp "NaN": want seconds`},
		{"timestamp out of range", "a 1 1e30\n", `invalid timestamp "1e30"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p Parser
			_, err := p.OpenMetrics([]byte(c.body))
			var pe *ParseError
			if !errors.As(err, &pe) {
				t.Fatalf("got %v, want a *ParseError", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %s\nwant %s", err, c.want)
			}
		})
	}
}

// TestTimestampsExact guards that decimal times keep their nanoseconds, and that
// nothing outside of what protobuf can carry gets in.
func TestTimestampsExact(t *testing.T) {
	for s, want := range map[string]Timestamp{
		"0": {}, "1.5": {1, 5e8}, "-1.5": {-2, 5e8}, "+1": {1, 0}, ".000000001": {0, 1}, "1.": {1, 0},
		"1700000000.1234567891": {1700000000, 123456789}, "1.7e9": {1700000000, 0}, "253402300799.9": {maxSeconds, 9e8},
	} {
		if got, ok := parseTimestamp(s); !ok || got != want {
			t.Errorf("parseTimestamp(%q) = %v, %v; want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", ".", "-", "x", "1x", "1.x", "NaN", "Inf", "253402300800", "-62135596801", "1e300", "99999999999999999999"} {
		if got, ok := parseTimestamp(s); ok {
			t.Errorf("parseTimestamp(%q) = %v, want it refused", s, got)
		}
	}
}
