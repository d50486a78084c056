package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headgate/headgate/push"
)

// feed has things happen at a gateway that the dashboards show: jobs that headgate run
// would run, with one that overlaps and is stuck; pushes that are refused; a program that
// pushes to a gateway that is there and to one that isn't. It goes on until the test ends,
// since a rate is of what happens between two scrapes.
func feed(t *testing.T, g *gateway) {
	t.Helper()
	feedJobs(t, g)
	started := 0
	repeat(t, func() {
		feedFaults(t, g)
		feedRuns(t, g, started)
		started++
	})
	startPusher(t, g)
}

// repeat calls f now and then until the test ends.
func repeat(t *testing.T, f func()) {
	t.Helper()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			f()
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-done })
}

// feedJobs pushes what headgate run pushes: two jobs, each with an instance that succeeds
// and is overdue soon, and one that fails.
func feedJobs(t *testing.T, g *gateway) {
	t.Helper()
	const run = `# TYPE job_run_success gauge
job_run_success %d
# TYPE job_run_duration_seconds gauge
job_run_duration_seconds 42.5
# TYPE job_last_success_timestamp_seconds gauge
job_last_success_timestamp_seconds 1.7e9
# TYPE job_run_cpu_seconds gauge
job_run_cpu_seconds{mode="user"} 3
# TYPE job_run_max_resident_memory_bytes gauge
job_run_max_resident_memory_bytes 1e8
`
	for _, job := range []string{"invoice", "archive"} {
		g.do(t, http.MethodPost, "/metrics/job/"+job+"/instance/db-1?expect=1s", fmt.Sprintf(run, 1), http.StatusOK)
		g.do(t, http.MethodPost, "/metrics/job/"+job+"/instance/db-2", fmt.Sprintf(run, 0), http.StatusOK)
		g.do(t, http.MethodPost, "/metrics/job/"+job, "# TYPE job_run_failures_total counter\njob_run_failures_total 3\n", http.StatusOK)
	}
}

// feedFaults pushes what is refused, what lint finds something in, and what was pushed before.
func feedFaults(t *testing.T, g *gateway) {
	for _, one := range []struct {
		group, body string
		want        int
	}{
		{"careless/instance/db-1", "# TYPE headgate_groups counter\nheadgate_groups 1\n", http.StatusBadRequest}, // a gauge of the gateway's
		{"careless/instance/db-2", "rows_total{user_id=\"4711\"} 1\n", http.StatusOK},
		{"once/instance/db-1", "rows 1\n", http.StatusOK},
	} {
		key := map[string]string{"Idempotency-Key": one.group}
		status, body, err := request(http.MethodPost, g.url+"/metrics/job/"+one.group, key, []byte(one.body))
		if err != nil || status != one.want {
			t.Errorf("push to %s: status %d, %v, want %d: %s", one.group, status, err, one.want, body)
		}
	}
}

// feedRuns tells of a run that has ended, and of one more that goes on and on: each after
// the first overlaps with the ones before, and is stuck after a second.
func feedRuns(t *testing.T, g *gateway, n int) {
	now := time.Now().Unix()
	for id, event := range map[string]string{
		"ended":               fmt.Sprintf("event=end&start=%d&end=%d&outcome=success&code=0", now-1000, now-900),
		fmt.Sprint("run-", n): fmt.Sprintf("event=start&start=%d&max=1s", now),
	} {
		run := map[string]string{"Headgate-Run": "id=" + id + "&host=db-1&schedule=*+*+*+*+*&" + event}
		status, body, err := request(http.MethodPost, g.url+"/metrics/job/invoice/instance/db-1", run, nil)
		if err != nil || status != http.StatusOK {
			t.Errorf("run %s: status %d, %v: %s", id, status, err, body)
		}
	}
}

// startPusher pushes a registry in which the Pusher itself is, and what its Recorder has,
// to the gateway and to one at whose address nobody listens.
func startPusher(t *testing.T, g *gateway) {
	t.Helper()
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	down, err := push.NewHTTP(push.HTTPConfig{URL: nobody.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	reg := prometheus.NewRegistry()
	p := push.New(g.url, "shop", push.WithInterval(200*time.Millisecond), push.WithTarget("down", down), push.WithSpool(t.TempDir()),
		push.WithBreaker(push.Breaker{Failures: 1, OpenFor: 500 * time.Millisecond}), push.WithMaxSeries(1), push.WithTotals(), push.WithCloseTimeout(time.Second),
		push.WithLogger(slog.New(slog.DiscardHandler))).
		Grouping("instance", "web-1").Gatherer(reg)
	reg.MustRegister(p)
	served := p.Recorder().Counter("served_total", "Requests.", "user_id")
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Close(context.Background()) // what waits for nobody is lost, as it says
		down.Close()
	})
	repeat(t, func() {
		served.Inc("4711")
		served.Inc("4712") // beyond the Recorder's one series
	})
}
