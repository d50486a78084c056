package expo

import (
	"fmt"
	"strings"
	"testing"
)

// bodyOf returns a typical push of n samples: n/5 counters with five label sets each.
func bodyOf(n int) []byte {
	var b strings.Builder
	for i := range n {
		if i%5 == 0 {
			fmt.Fprintf(&b, "# HELP app_requests_%d_total Requests served so far.\n# TYPE app_requests_%d_total counter\n", i/5, i/5)
		}
		fmt.Fprintf(&b, "app_requests_%d_total{method=\"GET\",path=\"/api/v1/items/%d\"} %d\n", i/5, i%5, 12345+i)
	}
	return []byte(b.String())
}

func histogramBody(metrics int) []byte {
	var b strings.Builder
	b.WriteString("# TYPE h histogram\n")
	for i := range metrics {
		for _, le := range []string{"0.005", "0.05", "0.5", "1", "2.5", "5", "10", "+Inf"} {
			fmt.Fprintf(&b, "h_bucket{path=\"/%d\",le=\"%s\"} 7\n", i, le)
		}
		fmt.Fprintf(&b, "h_sum{path=\"/%d\"} 3.25\nh_count{path=\"/%d\"} 7\n", i, i)
	}
	return []byte(b.String())
}

// TestParseAllocates guards that the usual push costs no allocation once the
// Parser is warm, in each format.
func TestParseAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	var p Parser
	text := bodyOf(10)
	canonical := "g{instance=\"\",job=\"j\"} 1\ng{instance=\"a\",job=\"j\"} 2\n"
	for name, parse := range map[string]func() error{
		"text":        func() error { _, err := p.Text(text); return err },
		"histogram":   func() error { _, err := p.Text(histogramBody4); return err },
		"openmetrics": func() error { _, err := p.OpenMetrics(openMetricsBody); return err },
		"samples": func() error {
			f := Family{Name: "g", Type: Gauge}
			return p.Samples(&f, canonical)
		},
	} {
		run := func() {
			if err := parse(); err != nil {
				t.Fatal(err)
			}
		}
		run()
		if n := testing.AllocsPerRun(100, run); n != 0 {
			t.Errorf("%s: %v allocations per push, want 0", name, n)
		}
	}
}

var (
	histogramBody4  = histogramBody(4)
	openMetricsBody = []byte("# TYPE c counter\n# UNIT g_seconds seconds\n# TYPE g_seconds gauge\n" +
		"c_total{a=\"b\"} 17 # {trace_id=\"x\"} 1 1.5\nc_created{a=\"b\"} 1700000000.123\ng_seconds 4 1.5\n# EOF\n")
)

func benchmarkText(b *testing.B, body []byte) {
	var p Parser
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Text(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseText10(b *testing.B)           { benchmarkText(b, bodyOf(10)) }
func BenchmarkParseText1000(b *testing.B)         { benchmarkText(b, bodyOf(1000)) }
func BenchmarkParseTextHistograms10(b *testing.B) { benchmarkText(b, histogramBody(10)) }

// BenchmarkParseText1MFamilies is a hostile body: every line is a new family.
func BenchmarkParseText1MFamilies(b *testing.B) {
	var body strings.Builder
	for i := range 1_000_000 {
		fmt.Fprintf(&body, "m%d 1\n", i)
	}
	benchmarkText(b, []byte(body.String()))
}

// BenchmarkParseText1MSummaries is a hostile body: every line is a new summary.
func BenchmarkParseText1MSummaries(b *testing.B) {
	var body strings.Builder
	body.WriteString("# TYPE s summary\n")
	for i := range 1_000_000 {
		fmt.Fprintf(&body, "s_sum{a=\"%d\"} 1\n", i)
	}
	benchmarkText(b, []byte(body.String()))
}

// BenchmarkParseSamples1 re-reads one gauge of one group, as the first OpenMetrics
// scrape does for every one.
func BenchmarkParseSamples1(b *testing.B) {
	var p Parser
	text := "app_requests{instance=\"\",job=\"batch_17\"} 12345\n"
	b.ReportAllocs()
	for b.Loop() {
		f := Family{Name: "app_requests", Type: Gauge}
		if err := p.Samples(&f, text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseSamples1000(b *testing.B) {
	var p Parser
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "app_requests{instance=\"\",job=\"batch\",path=\"/%d\"} %d\n", i, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		f := Family{Name: "app_requests", Type: Gauge}
		if err := p.Samples(&f, text.String()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
