package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/headgate/headgate/push"
)

// feed has things happen at a gateway that the dashboards show: jobs that headgate run
// runs, with one that overlaps and is stuck; pushes that are refused; a program that
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

// feedJobs runs two jobs, each with an instance that succeeds and is overdue soon, and one
// that fails.
func feedJobs(t *testing.T, g *gateway) {
	t.Helper()
	spool := t.TempDir()
	for _, job := range []string{"invoice", "archive"} {
		args := []string{"run", "--url=" + g.url, "--job=" + job, "--spool=" + spool}
		runTool(t, "", append(append([]string{binary}, args...), "--instance=db-1", "--expect=1s", "--", "true")...)
		failing := exec.Command(binary, append(args, "--instance=db-2", "--", "false")...)
		if out, err := failing.CombinedOutput(); failing.ProcessState.ExitCode() != 1 {
			t.Fatalf("headgate run -- false: %v, want exit code 1\n%s", err, out)
		}
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
