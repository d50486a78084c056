package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	client "github.com/headgate/headgate/push"
)

// requests is a counter with a label for the user.
func requests() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total", Help: "Requests."}, []string{"user"})
}

// A program that pushes identifiers as label values reads so in its log, once an hour,
// though each push has more of them.
func TestOwnClientLogsWarnings(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		defer end()
		var log bytes.Buffer
		var said []client.Warning
		byUser := requests()
		p := directly(t, &direct{to: g.Handler()}, "web", client.WithInterval(time.Minute),
			client.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
			client.WithHook(func(e client.Event) { said = append(said, e.Warnings...) })).Collector(byUser)
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range 50 {
			byUser.WithLabelValues(fmt.Sprintf("123e4567-e89b-12d3-a456-4266141740%02d", i)).Inc()
			time.Sleep(time.Minute)
		}
		if err := p.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(log.String(), "rule=label-uuid"); n != 1 {
			t.Errorf("%d lines of the rule in the log, want 1:\n%s", n, &log)
		}
		for _, part := range []string{"level=WARN", "job=web", "requests_total{user}", `leave the label \"user\" out`} {
			if !strings.Contains(log.String(), part) {
				t.Errorf("the log lacks %q:\n%s", part, &log)
			}
		}
		if len(said) < 40 {
			t.Errorf("the hook saw %d warnings, want one of each push", len(said))
		}
		if n := testutil.CollectAndCount(p, "headgate_client_warnings_total"); n < 1 {
			t.Error("the warnings aren't counted")
		}
	})
}

// What a limit refuses is given up at once, and the error has the gateway's words, by the
// push API and by JSON.
func TestOwnClientHearsOfLimits(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := configured(t, dir, "limits:\n  job_series: 3\n")
		defer end()
		d := &direct{to: g.Handler()}
		j, err := client.NewJSON(client.JSONConfig{URL: "http://gateway/api/v1/push", Client: d})
		if err != nil {
			t.Fatal(err)
		}
		for n, opts := range [][]client.Option{nil, {client.WithTransport(j)}} {
			err := directly(t, d, "web", opts...).Push()
			sent, ok := errors.AsType[*client.SendError](err)
			if !ok || sent.StatusCode != 422 || sent.Class != client.Final || !strings.Contains(err.Error(), "limit-job-series") {
				t.Errorf("got %v, want a final 422 that names limit-job-series", err)
			} else if strings.Contains(err.Error(), `\"`) {
				t.Errorf("the gateway's words are quoted: %v", err)
			}
			if got := d.requests.Load(); got != int64(n+1) {
				t.Errorf("%d requests, want %d", got, n+1)
			}
		}
	})
}

// A job that pushes too often waits as long as the gateway asks it to, and no request more.
func TestOwnClientWaitsWhereItPushesTooOften(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := configured(t, dir, "limits:\n  job_pushes_per_second: 1\n")
		defer end()
		d := &direct{to: g.Handler()}
		p := directly(t, d, "web", client.WithRetry(client.Retry{Base: time.Millisecond}),
			client.WithLogger(slog.New(slog.DiscardHandler)))
		start := time.Now()
		for range 3 {
			if err := p.Push(); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took < 2*time.Second || took > 4*time.Second || d.requests.Load() != 5 {
			t.Errorf("3 pushes took %s and %d requests, want 2 s and 5", took, d.requests.Load())
		}
	})
}
