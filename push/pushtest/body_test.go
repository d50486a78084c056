package pushtest

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

func compress(t *testing.T, encoding, body string) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "snappy":
		w = s2.NewWriter(&b, s2.WriterSnappyCompat())
	case "zstd":
		var err error
		if w, err = zstd.NewWriter(&b); err != nil {
			t.Fatal(err)
		}
	default:
		return body
	}
	if _, err := io.WriteString(w, body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Bodies are read in every encoding and format, and are bounded on both sides.
func TestBodies(t *testing.T) {
	const text = "# HELP a of it\n# TYPE a gauge\na{x=\"1\"} 1\n"
	g := New(t, MaxBody(20_000))
	large := "a 1\n" + strings.Repeat("# zeros\n", 10_000)
	for _, encoding := range []string{"", "identity", "gzip", "snappy", "zstd"} {
		must(t, g, 200, "PUT", "/metrics/job/j", compress(t, encoding, text), "Content-Encoding", encoding)
		if p := last(t, g); string(p.Body) != text || len(p.Families) != 1 || p.Families[0].GetHelp() != "of it" {
			t.Errorf("%s: body %q, families %v", encoding, p.Body, p.Families)
		}
		must(t, g, 413, "PUT", "/metrics/job/j", compress(t, encoding, large), "Content-Encoding", encoding)
		if encoding != "" && encoding != "identity" {
			broken := compress(t, encoding, text)
			must(t, g, 400, "PUT", "/metrics/job/j", broken[:len(broken)-3], "Content-Encoding", encoding)
			must(t, g, 400, "PUT", "/metrics/job/j", text, "Content-Encoding", encoding)
		}
	}
	must(t, g, 415, "PUT", "/metrics/job/j", text, "Content-Encoding", "br")
	must(t, g, 413, "PUT", "/metrics/job/j", strings.Repeat(compress(t, "gzip", ""), 1000), "Content-Encoding", "gzip") // of nothing, but long
	wantValue(t, g, 1, "a", "x", "1")
}

// What a scrape gives in protobuf can be pushed.
func TestProtobufRoundTrip(t *testing.T) {
	g := New(t)
	must(t, g, 200, "PUT", "/metrics/job/j", histogram+"# TYPE c counter\nc 1\n")
	scrape := must(t, g, 200, "GET", "/metrics", "", "Accept", string(expfmt.FmtProtoDelim))
	must(t, g, 202, "DELETE", "/metrics/job/j", "")
	must(t, g, 200, "PUT", "/metrics/job/k", scrape.body, "Content-Type", string(expfmt.FmtProtoDelim))
	wantValue(t, g, 3, "h_bucket", "le", "+Inf", "job", "k")
	wantValue(t, g, 1, "c", "job", "k")
	must(t, g, 200, "PUT", "/metrics/job/k", "# TYPE c counter\nc_total 2\n# EOF\n", "Content-Type", string(expfmt.FmtOpenMetrics_1_0_0))
}

// A scrape holds every group, and is one that a parser takes.
func TestScrape(t *testing.T) {
	g := New(t)
	must(t, g, 200, "PUT", "/metrics/job/j", "# TYPE a gauge\na 1\n")
	must(t, g, 200, "PUT", "/metrics/job/k/instance/i", "# TYPE a gauge\na 2\n")
	a := must(t, g, 200, "GET", "/metrics", "")
	families, err := decode(expfmt.FmtText, a.body)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range families {
		names = append(names, f.GetName())
		if len(f.Metric) != 2 {
			t.Errorf("%s has %d series", f.GetName(), len(f.Metric))
		}
	}
	if got := strings.Join(names, " "); got != "a push_failure_time_seconds push_time_seconds" {
		t.Errorf("families %s", got)
	}
	for path, status := range map[string]int{"/-/healthy": 200, "/-/ready": 200, "/metrics/": 404, "/other": 404} {
		must(t, g, status, "GET", path, "")
	}
	must(t, g, 405, "GET", "/metrics/job/j", "")
	must(t, g, 405, "PUT", "/api/v1/push", "")
}

// What a scrape couldn't show is 400, changes nothing, and is in the failure time.
func TestRefused(t *testing.T) {
	g := New(t)
	must(t, g, 200, "PUT", "/metrics/job/j", "# TYPE a gauge\na{job=\"x\"} 1\na{instance=\"i\"} 1\n"+histogram)
	for name, c := range map[string]struct{ path, body, says string }{
		"timestamp":           {"job/k", "b 1 1000\n", "must not have timestamps"},
		"series twice":        {"job/k", "b{x=\"1\"} 1\nb{x=\"1\"} 2\n", "collected before"},
		"twice by the URL":    {"job/k/x/3", "b{x=\"1\"} 1\nb{x=\"2\"} 2\n", "collected before"},
		"type":                {"job/k", "# TYPE a counter\na 1\n", `"a" has type COUNTER`},
		"another group's":     {"job/j/instance/i", "# TYPE a gauge\na 1\n", "already"},
		"like another group":  {"job/j/instance@base64/=", "b 1\n", "would be those of"},
		"name of a histogram": {"job/k", "h_count 1\n", "collides"},
		"le":                  {"job/k/le/1", histogram, `"le"`},
		"reserved label":      {"job/k", "b{__x=\"1\"} 1\n", `"__x"`},
	} {
		if a := must(t, g, 400, "POST", "/metrics/"+c.path, c.body); !strings.Contains(a.body, c.says) {
			t.Errorf("%s: want %q in %q", name, c.says, a.body)
		}
		if _, ok := g.Lookup("b"); ok {
			t.Errorf("%s: was applied", name)
		}
	}
	if g.Value("push_failure_time_seconds", "job", "k", "x", "") == 0 || g.Value("push_time_seconds", "job", "j") == 0 {
		t.Error("push times aren't set")
	}
	wantValue(t, g, 1, "a", "job", "j", "instance", "")
}

// No body makes the reader panic or allocate what isn't there, and what is
// accepted can be scraped.
func FuzzBody(f *testing.F) {
	var proto bytes.Buffer
	name, v, kind := "a", 1.0, dto.MetricType_GAUGE
	enc := expfmt.NewEncoder(&proto, expfmt.FmtProtoDelim)
	if err := enc.Encode(&dto.MetricFamily{Name: &name, Type: &kind, Metric: []*dto.Metric{{Gauge: &dto.Gauge{Value: &v}}}}); err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{proto.String(), histogram, "a{b=\"c\"} NaN\n", "\xff\xff\xff\xff\xff\xff\x03a", "# TYPE a summary\na_sum 1\n"} {
		for format := range 3 {
			f.Add(format, seed)
		}
	}
	f.Fuzz(func(t *testing.T, format int, body string) {
		formats := [...]expfmt.Format{expfmt.FmtText, expfmt.FmtProtoDelim, expfmt.FmtOpenMetrics_1_0_0}
		families, err := decode(formats[uint(format)%3], body)
		if err != nil {
			return
		}
		var l ledger
		if _, err := l.apply(entry{changes: []change{{key: map[string]string{"job": "j"}, families: families}}}); err != nil {
			return
		}
		enc := expfmt.NewEncoder(io.Discard, expfmt.FmtText)
		for _, f := range exposition(l.state.list()) {
			if err := enc.Encode(f); err != nil {
				t.Errorf("accepted, but %v: %v", err, f)
			}
		}
	})
}
