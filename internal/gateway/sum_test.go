package gateway

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	stock "github.com/prometheus/client_golang/prometheus/push"
	"github.com/prometheus/common/expfmt"

	client "github.com/headgate/headgate/push"
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

// A sum that was deleted by mistake comes back whole: what its pushers had last, and
// which pushes were taken.
func TestUndoOfASum(t *testing.T) {
	g := start(t, Config{ConfigFile: newConfigFile(t, sumRule).path})
	body := func(n int) string { return fmt.Sprintf("# TYPE n_total counter\nn_total %d\n", n) }
	push(t, g, "/metrics/job/workers/instance/a", body(5))
	push(t, g, "/metrics/job/workers/instance/b", body(1))
	if code, answer := do(t, g.Handler(), http.MethodDelete, "/api/v1/groups?match[]={job=%22workers%22}", ""); code != http.StatusOK {
		t.Fatal(answer)
	}
	if code, answer := do(t, g.Handler(), http.MethodPost, "/api/v1/groups/undo", ""); code != http.StatusOK {
		t.Fatal(answer)
	}
	wantLines(t, g, `n_total{instance="",job="workers"} 6`)
	push(t, g, "/metrics/job/workers/instance/a", body(7))
	wantLines(t, g, `n_total{instance="",job="workers"} 8`)
}

// A limit on series holds for what a sum would have, not for what a push has, and
// leaves nothing of a push beyond it.
func TestLimitsHoldForSums(t *testing.T) {
	g := start(t, Config{ConfigFile: newConfigFile(t, "limits: {group_series: 5}\n").path})
	add := func(i int) (int, string) {
		return do(t, g.Handler(), http.MethodPost, "/metrics/job/j?aggregate=delta", fmt.Sprintf("# TYPE n_total counter\nn_total{i=\"%d\"} 1\n# TYPE m_total counter\nm_total 1\n", i))
	}
	taken := 0
	for i := range 6 {
		switch code, answer := add(i); code {
		case http.StatusOK:
			taken++
		case http.StatusUnprocessableEntity:
			if !strings.Contains(answer, "limit-group-series") {
				t.Error(answer)
			}
		default:
			t.Errorf("%d %s", code, answer)
		}
	}
	if taken == 0 || taken == 6 {
		t.Errorf("%d of 6 pushes were taken", taken)
	}
	if code, answer := add(0); code != http.StatusOK {
		t.Errorf("a push that makes no new series: %d %s", code, answer)
	}
	wantLines(t, g, fmt.Sprintf(`m_total{instance="",job="j"} %d`, taken+1), `n_total{i="0",instance="",job="j"} 2`)
}

// Rules for gauges: what several have together is what the rule says, and who has
// been silent for too long is no more of it, while what it added to counters stays.
func TestGaugesOfPushers(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := configured(t, dir, `
aggregate:
- match: '{job="workers"}'
  mode: cumulative
  pusher_label: instance
  pusher_idle: 1m
  gauges: [{metric: depth, as: sum}, {metric: lowest, as: min}, {metric: h.*, as: max}]
`)
		defer end()
		for pusher, v := range map[string]int{"a": 3, "b": 5} {
			push(t, g, "/metrics/job/workers/instance/"+pusher, fmt.Sprintf(
				"# TYPE depth gauge\ndepth %d\n# TYPE lowest gauge\nlowest %d\n# TYPE highest gauge\nhighest %d\n# TYPE n_total counter\nn_total %d\n", v, v, v, v))
		}
		wantLines(t, g, `depth{instance="",job="workers"} 8`, `lowest{instance="",job="workers"} 3`, `highest{instance="",job="workers"} 5`, `n_total{instance="",job="workers"} 8`)
		time.Sleep(50 * time.Second)
		push(t, g, "/metrics/job/workers/instance/a", "# TYPE depth gauge\ndepth 4\n")
		time.Sleep(30 * time.Second)
		time.Sleep(5 * time.Second)
		wantLines(t, g, `depth{instance="",job="workers"} 4`, `n_total{instance="",job="workers"} 8`)
		if v, _ := value(scraped(t, g), "headgate_pushers_retired_total"); v != 1 {
			t.Errorf("%v pushers retired, want 1", v)
		}
	})
}

// Our client's increments go by JSON as well.
func TestOwnClientsIncrementsByJSON(t *testing.T) {
	g := start(t, Config{})
	for range 2 {
		j, err := client.NewJSON(client.JSONConfig{URL: servedOn(t, g) + "/api/v1/push"})
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		p := client.New("", "fleet", client.WithTransport(j))
		p.Recorder().Counter("rows_total", "Rows.").Add(3)
		p.Recorder().Histogram("run_seconds", "Time.", []float64{1, 10}).Observe(3)
		if err := p.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	wantLines(t, g, `rows_total{instance="",job="fleet"} 6`, `run_seconds_bucket{instance="",job="fleet",le="10"} 2`, `run_seconds_sum{instance="",job="fleet"} 6`)
}
