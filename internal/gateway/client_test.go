package gateway

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	client "github.com/headgate/headgate/push"
)

// servedOn returns the URL of g.
func servedOn(t *testing.T, g *Gateway) string {
	t.Helper()
	web := httptest.NewServer(g.Handler())
	t.Cleanup(web.Close)
	return web.URL
}

// jobMetrics is a counter, a gauge with a label and a histogram.
func jobMetrics(t *testing.T) *prometheus.Registry {
	t.Helper()
	reg := prometheus.NewRegistry()
	rows := prometheus.NewCounter(prometheus.CounterOpts{Name: "rows_total", Help: "Rows."})
	size := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "size_bytes", Help: "Size."}, []string{"table"})
	seconds := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "run_seconds", Help: "Runs.", Buckets: []float64{1, 10}})
	reg.MustRegister(rows, size, seconds)
	rows.Add(12)
	size.WithLabelValues("orders").Set(1.5)
	seconds.Observe(3)
	return reg
}

var jobLines = []string{
	`rows_total{instance="db-1",job="nightly/backup"} 12`,
	`size_bytes{instance="db-1",job="nightly/backup",table="orders"} 1.5`,
	`run_seconds_bucket{instance="db-1",job="nightly/backup",le="10"} 1`,
	`run_seconds_count{instance="db-1",job="nightly/backup"} 1`,
}

func wantLines(t *testing.T, g *Gateway, lines ...string) {
	t.Helper()
	_, text := do(t, g.Handler(), "GET", "/metrics", "")
	for _, l := range lines {
		if !strings.Contains(text, l+"\n") {
			t.Errorf("the scrape has no line %s", l)
		}
	}
}

// What our own client sends arrives, in each format, compressed in each way, and by JSON.
func TestOwnClient(t *testing.T) {
	formats := map[string]expfmt.Format{
		"default": "", "text": expfmt.NewFormat(expfmt.TypeTextPlain), "openmetrics": expfmt.NewFormat(expfmt.TypeOpenMetrics),
	}
	for name, format := range formats {
		for _, compression := range []client.Compression{client.Uncompressed, client.Gzip, client.Snappy, client.Zstd} {
			t.Run(name, func(t *testing.T) {
				g := start(t, Config{})
				p := client.New(servedOn(t, g), "nightly/backup", client.WithCompression(compression)).
					Grouping("instance", "db-1").Gatherer(jobMetrics(t))
				if format != "" {
					p.Format(format)
				}
				if err := p.Push(); err != nil {
					t.Fatal(err)
				}
				wantLines(t, g, jobLines...)
				if err := p.Delete(); err != nil {
					t.Fatal(err)
				}
				if _, text := do(t, g.Handler(), "GET", "/metrics", ""); strings.Contains(text, "rows_total{") {
					t.Error("the group is still there after Delete")
				}
			})
		}
	}
	t.Run("json", func(t *testing.T) {
		g := start(t, Config{})
		j, err := client.NewJSON(client.JSONConfig{URL: servedOn(t, g) + "/api/v1/push"})
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		p := client.New("", "nightly/backup", client.WithTransport(j)).Grouping("instance", "db-1").Gatherer(jobMetrics(t))
		if err := p.Add(); err != nil {
			t.Fatal(err)
		}
		wantLines(t, g, jobLines...)
	})
}

// The whole life of a Pusher leaves the last values behind, as totals of a Recorder too.
func TestOwnClientForLife(t *testing.T) {
	g := start(t, Config{})
	p := client.New(servedOn(t, g), "nightly/backup", client.WithTotals(), client.WithSpool(t.TempDir())).
		Grouping("instance", "db-1").Gatherer(jobMetrics(t))
	more := p.Recorder().Counter("more_total", "More.", "table")
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	more.Add(3, "a")
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	more.Add(4, "a")
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantLines(t, g, append(jobLines, `more_total{instance="db-1",job="nightly/backup",table="a"} 7`)...)
}

// A refusal is passed on to the caller in the gateway's own words.
func TestOwnClientHearsRefusals(t *testing.T) {
	g := start(t, Config{})
	do(t, g.Handler(), "PUT", "/metrics/job/backup", "m 1\n")
	p := client.New(servedOn(t, g), "backup")
	p.Recorder().Counter("rows_total", "Rows.").Inc()
	err := p.Flush(t.Context())
	if err == nil || !strings.Contains(err.Error(), "has pushes with aggregate none") {
		t.Errorf("increments to a group of values: %v, want the gateway's refusal", err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Errorf("Close says again what Flush said: %v", err)
	}
}
