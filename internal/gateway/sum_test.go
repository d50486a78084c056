package gateway

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	stock "github.com/prometheus/client_golang/prometheus/push"
	"github.com/prometheus/common/expfmt"
)

const sumRule = "aggregate:\n- {match: '{job=\"workers\"}', mode: cumulative, pusher_label: instance}\n"

// Stock clients add up by a rule alone: nothing about them changes but the sum's name.
func TestStockClientsAddUp(t *testing.T) {
	g := start(t, Config{ConfigFile: newConfigFile(t, sumRule).path})
	url := servedOn(t, g)
	for worker := range 3 {
		rows := prometheus.NewCounter(prometheus.CounterOpts{Name: "rows_total", Help: "Rows."})
		seconds := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "run_seconds", Help: "Runs.", Buckets: []float64{1, 10}})
		for range 2 {
			rows.Add(5)
			seconds.Observe(3)
			if err := stock.New(url, "workers").Grouping("instance", fmt.Sprint(worker)).Collector(rows).Collector(seconds).Push(); err != nil {
				t.Fatal(err)
			}
		}
	}
	wantLines(t, g,
		`rows_total{instance="",job="workers"} 30`,
		`run_seconds_bucket{instance="",job="workers",le="1"} 0`,
		`run_seconds_bucket{instance="",job="workers",le="10"} 6`,
		`run_seconds_count{instance="",job="workers"} 6`,
		`run_seconds_sum{instance="",job="workers"} 18`)
}

// Since when a sum counts is told in OpenMetrics, where asked for, and in protobuf, so
// that one that begins anew isn't taken for one that goes on.
func TestSumsHaveCreationTimes(t *testing.T) {
	g := start(t, Config{CreatedLines: true})
	for range 2 {
		if code, answer := do(t, g.Handler(), http.MethodPost, "/metrics/job/j?aggregate=delta", "# TYPE n_total counter\nn_total 2\n"); code != http.StatusOK {
			t.Fatal(answer)
		}
	}
	const total, created = `n_total{instance="",job="j"} 4.0`, `(?m)^n_created\{instance="",job="j"\} [0-9.e+]+$`
	text := scrapeAs(t, g, "application/openmetrics-text;version=1.0.0").Body.String()
	first := regexp.MustCompile(created).FindString(text)
	if !strings.Contains(text, total) || first == "" {
		t.Errorf("want %s and %s in\n%s", total, created, text)
	}
	w := scrapeAs(t, g, string(expfmt.NewFormat(expfmt.TypeProtoDelim)))
	for _, f := range familiesOf(t, w) {
		if c := f.GetMetric()[0].GetCounter(); f.GetName() == "n_total" && (c.GetValue() != 4 || c.GetCreatedTimestamp() == nil) {
			t.Errorf("protobuf has %v, want 4 and when it was created", c)
		}
	}
	do(t, g.Handler(), http.MethodDelete, "/metrics/job/j", "")
	do(t, g.Handler(), http.MethodPost, "/metrics/job/j?aggregate=delta", "# TYPE n_total counter\nn_total 2\n")
	text = scrapeAs(t, g, "application/openmetrics-text;version=1.0.0").Body.String()
	if again := regexp.MustCompile(created).FindString(text); again == "" || again == first {
		t.Errorf("created %q, want another time than %q", again, first)
	}
}

// A restart keeps the sum, what its pushers had, and which pushes were taken.
func TestSumsSurviveRestart(t *testing.T) {
	dir, file := t.TempDir(), newConfigFile(t, sumRule).path
	for life := range 3 {
		g, stop := reopen(t, Config{DataDir: dir, ConfigFile: file})
		push(t, g, "/metrics/job/workers/instance/a", fmt.Sprintf("# TYPE n_total counter\nn_total %d\n", 10+life))
		wantLines(t, g, fmt.Sprintf(`n_total{instance="",job="workers"} %d`, 10+life))
		stop()
	}
}

// What is remembered of producers and keys can be watched, as can who went.
func TestSumMetrics(t *testing.T) {
	g := start(t, Config{})
	do(t, g.Handler(), http.MethodPost, "/metrics/job/j?aggregate=delta", "# TYPE n_total counter\nn_total 2\n")
	f := scraped(t, g)
	for _, name := range []string{"headgate_producers", "headgate_idempotency_keys", "headgate_pushers_retired_total", "headgate_duplicate_pushes_total"} {
		if v, ok := value(f, name); !ok || v != 0 {
			t.Errorf("%s is %v, %v, want 0", name, v, ok)
		}
	}
}
