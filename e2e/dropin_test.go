package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/push"
)

// The gateway takes Pushgateway's place with its flags and its client unchanged,
// keeps what it was given over a stop through the API, and leaves Pushgateway's
// file alone.
func TestDropIn(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "pushgateway.state")
	if err := os.WriteFile(file, []byte("somebody else's"), 0o644); err != nil {
		t.Fatal(err)
	}
	flags := []string{
		"--web.listen-address=127.0.0.1:0", "--web.telemetry-path=/metrics", "--web.enable-admin-api", "--web.enable-lifecycle",
		"--persistence.file=" + file, "--persistence.interval=1m", "--push.disable-consistency-check",
		"--log.level=info", "--log.format=logfmt",
	}
	g := awaitReady(t, start(t, binary, flags...))

	completed := prometheus.NewGauge(prometheus.GaugeOpts{Name: "db_backup_last_completion_timestamp_seconds", Help: "When it ended."})
	completed.Set(1.5e9)
	backup := push.New(g.url, "db_backup").Collector(completed).Grouping("db", "customers")
	if err := backup.Push(); err != nil {
		t.Fatal(err)
	}
	if err := backup.Add(); err != nil {
		t.Fatal(err)
	}
	if err := push.New(g.url, "gone").Collector(completed).Push(); err != nil {
		t.Fatal(err)
	}
	if err := push.New(g.url, "gone").Delete(); err != nil {
		t.Fatal(err)
	}
	stamped := prometheus.NewMetricWithTimestamp(time.UnixMilli(5), completed)
	if err := push.New(g.url, "refused").Collector(constant{stamped}).Push(); err == nil || !strings.Contains(err.Error(), "timestamps") {
		t.Errorf("push with a timestamp: want an error that says so, got %v", err)
	}

	g.do(t, http.MethodPut, "/-/quit", "", http.StatusOK)
	if err := g.exit(t); err != nil {
		t.Errorf("quit: want exit code 0: %v", err)
	}
	got := series(awaitReady(t, start(t, binary, flags...)).scrape(t))
	want := `db_backup_last_completion_timestamp_seconds{db="customers",job="db_backup"}`
	if len(got) != 1 || got[want] != 1.5e9 {
		t.Errorf("after the restart: want only %s 1.5e+09, got %v", want, got)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "somebody else's" {
		t.Errorf("Pushgateway's file: want it untouched, got %q, %v", b, err)
	}
}

// constant collects one ready metric.
type constant struct{ metric prometheus.Metric }

func (c constant) Describe(ch chan<- *prometheus.Desc) { ch <- c.metric.Desc() }
func (c constant) Collect(ch chan<- prometheus.Metric) { ch <- c.metric }
