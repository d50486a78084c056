package gateway

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const windowRule = `aggregations: [{name: "rows:10s", match: rows_total, by: [job], interval: 10s, outputs: [sum, rate]}]`

// A window's results come with its end by the clock, stay through a restart, and go when
// a window has none.
func TestWindowClosesByTheClock(t *testing.T) {
	file, dir := newConfigFile(t, windowRule), t.TempDir()
	bubble(t, func(t *testing.T) {
		cfg := Config{DataDir: dir, ConfigFile: file.path}
		g, end := reopen(t, cfg)
		push(t, g, "/metrics/job/j/instance/a", "# TYPE rows_total counter\nrows_total 30\n")
		time.Sleep(4 * time.Second)
		end()
		g, end = reopen(t, cfg)
		push(t, g, "/metrics/job/j/instance/b", "# TYPE rows_total counter\nrows_total 5\n")
		wantValue(t, scraped(t, g), 1, "headgate_window_series", "rule", "rows:10s")
		time.Sleep(5 * time.Second)
		wantNone(t, scraped(t, g), "rows:10s_sum")
		time.Sleep(2 * time.Second) // the keeper looks once a second
		wantValue(t, scraped(t, g), 35, "rows:10s_sum", "job", "j", "instance", "")
		wantValue(t, scraped(t, g), 3.5, "rows:10s_rate", "job", "j", "instance", "")
		push(t, g, "/metrics/job/j/instance/a", "# TYPE rows_total counter\nrows_total 31\n")
		end()
		g, end = reopen(t, cfg)
		defer func() { end() }()
		wantValue(t, scraped(t, g), 35, "rows:10s_sum")
		time.Sleep(10 * time.Second)
		wantValue(t, scraped(t, g), 1, "rows:10s_sum")
		time.Sleep(10 * time.Second)
		wantNone(t, scraped(t, g), "rows:10s_sum")
	})
}

// A rule whose name is pushed fails a reload as a whole. A start goes on with the rules
// that there were, says so, and puts the new ones into force once the name is free.
func TestWindowRuleOfATakenName(t *testing.T) {
	file, dir := newConfigFile(t, windowRule), t.TempDir()
	bubble(t, func(t *testing.T) {
		cfg := Config{DataDir: dir, ConfigFile: file.path}
		g, end := reopen(t, cfg)
		push(t, g, "/metrics/job/k", "# TYPE r_rate counter\nr_rate 1\n")
		file.write(strings.Replace(windowRule, "rows:10s", "r", 1) + "\nlimits: {group_series: 2}\n")
		if err := g.Reload(); err == nil || !strings.Contains(err.Error(), `window rule "r": metric family r_rate is pushed already`) {
			t.Errorf("reloaded: %v", err)
		}
		push(t, g, "/metrics/job/l", "a 1\nb 1\nc 1\n")
		end()
		g, end = reopen(t, cfg)
		defer func() { end() }()
		wantValue(t, scraped(t, g), 0, "headgate_window_rules_in_force")
		wantValue(t, scraped(t, g), 0, "headgate_window_series", "rule", "rows:10s")
		if code, answer := do(t, g.Handler(), http.MethodDelete, "/metrics/job/k", ""); code != http.StatusAccepted {
			t.Fatal(answer)
		}
		time.Sleep(1500 * time.Millisecond)
		synctest.Wait()
		wantValue(t, scraped(t, g), 1, "headgate_window_rules_in_force")
		wantValue(t, scraped(t, g), 0, "headgate_window_series", "rule", "r")
		file.write("")
		if err := g.Reload(); err != nil {
			t.Error(err)
		}
		wantNone(t, scraped(t, g), "headgate_window_series")
		push(t, g, "/metrics/job/k", "# TYPE r_rate counter\nr_rate 1\n")
	})
}

// Who pushes late, or too many series, is told, and the push is taken.
func TestWindowWarnsPushers(t *testing.T) {
	file := newConfigFile(t, `aggregations: [{name: w, match: m, by: [x], interval: 10s, outputs: [sum], late: drop, max_series: 2}]`)
	g := start(t, Config{ConfigFile: file.path})
	for _, c := range []struct{ age, body, want string }{
		{"", "m{x=\"1\"} 1\nm{x=\"2\"} 1\nm{x=\"3\"} 1\n", `window-series: window rule "w" has 2 series in this window, as many as it may: 1 samples aren't in its results`},
		{"1h", "m{x=\"1\"} 1\n", `window-late: the window of rule "w" in which this was taken is closed: it is in none of its results`},
	} {
		w := pushAged(g, c.age, c.body)
		if got := w.Header().Get("Headgate-Warning"); w.Code != http.StatusOK || !strings.HasPrefix(got, c.want) {
			t.Errorf("status %d, warning %q, want %q", w.Code, got, c.want)
		}
	}
	for body, late := range map[string]bool{
		`[{"name":"m","job":"k","value":1,"labels":{"x":"1"},"timestamp":1700000000000},{"name":"m","job":"k","value":1,"labels":{"x":"2"},"timestamp":1700000001000}]`: true,
		`[{"name":"m","job":"l","value":1,"labels":{"x":"1"},"timestamp":1700000000000},{"name":"m","job":"l","value":1,"labels":{"x":"2"}}]`:                           false,
	} {
		if code, answer := do(t, g.Handler(), http.MethodPost, "/api/v1/push", body); code != http.StatusOK || strings.Contains(answer, "window-late") != late {
			t.Errorf("JSON is answered with %d %s, want it late: %v", code, answer, late)
		}
	}
	wantValue(t, scraped(t, g), 2, "headgate_window_late_pushes_total", "rule", "w")
	wantValue(t, scraped(t, g), 1, "headgate_window_overflow_samples_total", "rule", "w")
}

// pushAged pushes values that were taken so long ago.
func pushAged(g *Gateway, age, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/metrics/job/j", strings.NewReader(body))
	if age != "" {
		r.Header.Set("Headgate-Age", age)
	}
	w := httptest.NewRecorder()
	g.Handler().ServeHTTP(w, r)
	return w
}
