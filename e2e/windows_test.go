package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What was pushed of a window before kills is in its result together with what came
// after them, and the result is in Prometheus. All pushes say one time, so that they
// are of one window; its grace is longer than the kills take.
func TestWindowOutlivesKills(t *testing.T) {
	config := filepath.Join(t.TempDir(), "headgate.yml")
	rule := "aggregations: [{name: rows, match: rows_total, by: [job], interval: 8s, grace: 8s, outputs: [sum, count]}]\n"
	if err := os.WriteFile(config, []byte(rule), 0o600); err != nil {
		t.Fatal(err)
	}
	dir, taken := t.TempDir(), insideWindow(time.Now(), 8*time.Second)
	g := startGateway(t, dir, "--config.file="+config)
	for range 3 {
		for n := range 5 {
			header := map[string]string{"Headgate-Age": fmt.Sprintf("%dms", time.Since(taken).Milliseconds()), "Headgate-Aggregate": "delta"}
			url := fmt.Sprintf("%s/metrics/job/kept/instance/%d", g.url, n)
			status, body, err := request(http.MethodPost, url, header, []byte("# TYPE rows_total counter\nrows_total 3\n"))
			if err != nil || status != http.StatusOK {
				t.Fatalf("status %d, %v: %s", status, err, body)
			}
		}
		g.kill()
		g = startGateway(t, dir, "--config.file="+config)
	}
	p := startPrometheus(t, g)
	p.expect(t, `max_over_time(rows_sum{job="kept",instance=""}[5m])`, 45)
	p.expect(t, `max_over_time(rows_count{job="kept",instance=""}[5m])`, 15)
	g.kill()
	g = startGateway(t, dir, "--config.file="+config)
	if body := string(g.do(t, http.MethodGet, "/metrics", "", http.StatusOK)); strings.Contains(body, `rows_sum{instance="",job="kept"}`) &&
		!strings.Contains(body, `rows_sum{instance="",job="kept"} 45`+"\n") {
		t.Errorf("after a kill the result is another one:\n%s", body)
	}
}

// insideWindow is now, or 2 s ago if now is so near to a window's edge that what takes a
// moment could fall on its other side.
func insideWindow(now time.Time, interval time.Duration) time.Time {
	into := now.UnixNano() % int64(interval)
	if into < int64(time.Second) || into > int64(interval-time.Second) {
		return now.Add(-2 * time.Second)
	}
	return now.Add(-time.Millisecond)
}
