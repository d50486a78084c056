package push_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/push"
	"github.com/headgate/headgate/push/pushtest"
)

// through are the options of a job that pushes to gw from host db1.
func through(t *testing.T, gw *pushtest.Gateway, more ...push.Option) []push.Option {
	t.Helper()
	h, err := push.NewHTTP(push.HTTPConfig{URL: gw.URL(), Client: gw.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return append([]push.Option{push.WithTransport(h), push.WithLogger(slog.New(slog.DiscardHandler)), push.WithInstance("db1")}, more...)
}

// runsOf are what the gateway was told of runs, in order.
func runsOf(t *testing.T, gw *pushtest.Gateway) (told []url.Values) {
	t.Helper()
	for _, p := range gw.Pushes() {
		if h := p.Header.Get("Headgate-Run"); h != "" {
			v, err := url.ParseQuery(h)
			if err != nil {
				t.Fatalf("Headgate-Run %q: %v", h, err)
			}
			told = append(told, v)
		}
	}
	return told
}

// A job that succeeds is told of when it begins and when it has ended, with one id, in
// its own group, and counts in the group of all its runs.
func TestJobTellsOfItsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gw := pushtest.New(t, pushtest.InMemory())
		opts := through(t, gw, push.WithLabel("zone", "a"), push.WithExpect(26*time.Hour),
			push.WithSchedule("15 3 * * *", "Europe/Berlin"), push.WithMaxDuration(2*time.Hour))
		began := time.Now()
		err := push.Job(t.Context(), "backup", func(context.Context) error {
			time.Sleep(42 * time.Second)
			if told := runsOf(t, gw); len(told) != 1 || told[0].Get("event") != "start" {
				t.Errorf("while it runs the gateway was told %q, want its start", told)
			}
			return nil
		}, opts...)
		if err != nil {
			t.Fatal(err)
		}
		told := runsOf(t, gw)
		if len(told) != 2 {
			t.Fatalf("told %q, want a start and an end", told)
		}
		for key, want := range map[string]string{
			"event": "end", "outcome": "success", "start": unix(began), "end": unix(began.Add(42 * time.Second)),
			"schedule": "15 3 * * *", "timezone": "Europe/Berlin", "max": "2h", "expect": "1d2h", "attempts": "1",
			"id": told[0].Get("id"), "code": "",
		} {
			if got := told[1].Get(key); got != want {
				t.Errorf("the end tells %s=%q, want %q", key, got, want)
			}
		}
		run := []string{"job", "backup", "instance", "db1", "zone", "a"}
		for name, want := range map[string]float64{
			"job_run_duration_seconds": 42, "job_run_success": 1, "job_run_attempts": 1,
			"job_run_start_time_seconds":         float64(began.Unix()),
			"job_last_success_timestamp_seconds": float64(began.Unix() + 42),
		} {
			if got := gw.Value(name, run...); got != want {
				t.Errorf("%s is %v, want %v", name, got, want)
			}
		}
		all := []string{"job", "backup", "zone", "a"}
		if n := gw.Value("job_runs_total", all...); n != 1 {
			t.Errorf("job_runs_total is %v, want 1", n)
		}
		if n := gw.Value("job_run_failures_total", all...); n != 0 {
			t.Errorf("job_run_failures_total is %v, want 0 from the first run on", n)
		}
	})
}

func unix(t time.Time) string { return fmt.Sprintf("%.3f", float64(t.UnixMilli())/1000) }

// A run that fails returns its error, counts as a failure, and leaves the last success
// where it was.
func TestJobFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gw := pushtest.New(t, pushtest.InMemory())
		if err := push.Job(t.Context(), "backup", func(context.Context) error { return nil }, through(t, gw)...); err != nil {
			t.Fatal(err)
		}
		success := gw.Value("job_last_success_timestamp_seconds")
		time.Sleep(time.Hour)
		full := errors.New("disk full")
		err := push.Job(t.Context(), "backup", func(context.Context) error { return full }, through(t, gw)...)
		if !errors.Is(err, full) || err.Error() != full.Error() {
			t.Errorf("got %v, want %v", err, full)
		}
		if v := gw.Value("job_run_success"); v != 0 {
			t.Errorf("job_run_success is %v after a failure", v)
		}
		if v := gw.Value("job_last_success_timestamp_seconds"); v != success {
			t.Errorf("the last success moved from %v to %v", success, v)
		}
		if runs, failures := gw.Value("job_runs_total"), gw.Value("job_run_failures_total"); runs != 2 || failures != 1 {
			t.Errorf("%v runs with %v failures, want 2 with 1", runs, failures)
		}
	})
}

// A job whose time is up is a timeout; a deadline of something that it has asked is not.
func TestJobTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gw := pushtest.New(t, pushtest.InMemory())
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for range 2 {
			err := push.Job(ctx, "backup", func(ctx context.Context) error {
				if ctx.Err() == nil && len(runsOf(t, gw)) > 1 {
					<-ctx.Done()
				}
				return context.DeadlineExceeded
			}, through(t, gw)...)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}
		var outcomes []string
		for _, v := range runsOf(t, gw) {
			if v.Get("event") == "end" {
				outcomes = append(outcomes, v.Get("outcome"))
			}
		}
		if want := []string{"failure", "timeout"}; !slices.Equal(outcomes, want) {
			t.Errorf("outcomes %q, want %q", outcomes, want)
		}
	})
}

// A panic is told as a failure, and goes on.
func TestJobPanics(t *testing.T) {
	gw := pushtest.New(t)
	func() {
		defer func() {
			if v := recover(); v != "boom" {
				t.Errorf("recovered %v, want the job's own panic", v)
			}
		}()
		_ = push.Job(t.Context(), "backup", func(context.Context) error { panic("boom") }, through(t, gw)...)
	}()
	if v := gw.Value("job_run_failures_total"); v != 1 {
		t.Errorf("%v failures, want 1", v)
	}
}

// A gateway that is down doesn't keep a job from running, and Job returns both what the
// job returned and what was lost.
func TestJobWithoutGateway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gw := pushtest.New(t, pushtest.InMemory())
		gw.Kill()
		full := errors.New("disk full")
		ended := time.Now()
		err := push.Job(t.Context(), "backup", func(context.Context) error {
			time.Sleep(time.Hour)
			ended = time.Now()
			return full
		}, through(t, gw, push.WithCloseTimeout(2*time.Second))...)
		if took := time.Since(ended); took > 2*time.Second {
			t.Errorf("Job returned %s after the job, want 2s at most", took)
		}
		lost, ok := errors.AsType[*push.LostError](err)
		if !errors.Is(err, full) || !ok || lost.Samples == 0 {
			t.Errorf("got %v, want the job's error and what was lost", err)
		}
	})
}

// With a spool nothing is lost: the next run sends each run's end, and counts each once.
func TestJobSpools(t *testing.T) {
	gw := pushtest.New(t)
	gw.Kill()
	opts := through(t, gw, push.WithCloseTimeout(50*time.Millisecond), push.WithSpool(t.TempDir()))
	nothing := func(context.Context) error { return nil }
	for range 3 {
		if err := push.Job(t.Context(), "backup", nothing, opts...); err != nil {
			t.Fatalf("what a spool keeps is an error: %v", err)
		}
	}
	gw.Restart(pushtest.KeepUnanswered)
	if err := push.Job(t.Context(), "backup", nothing, append(opts, push.WithCloseTimeout(time.Minute))...); err != nil {
		t.Fatal(err)
	}
	if n := gw.Value("job_runs_total"); n != 4 {
		t.Errorf("%v runs, want 4", n)
	}
	ended := map[string]bool{}
	for _, v := range runsOf(t, gw) {
		if v.Get("event") == "end" {
			ended[v.Get("id")] = true
		}
	}
	if len(ended) != 4 {
		t.Errorf("the gateway was told of the end of %d runs, want 4", len(ended))
	}
}

// A job whose spool can't be had runs and is told of all the same.
func TestJobWithoutItsSpool(t *testing.T) {
	gw := pushtest.New(t)
	inTheWay := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	opts := through(t, gw, push.WithSpool(filepath.Join(inTheWay, "spool")))
	if err := push.Job(t.Context(), "backup", func(context.Context) error { return nil }, opts...); err != nil {
		t.Error(err)
	}
	if v := gw.Value("job_run_success"); v != 1 {
		t.Errorf("job_run_success is %v, want 1", v)
	}
}

// A job runs although an option is wrong, and the error names it.
func TestJobWithWrongOptions(t *testing.T) {
	for want, opt := range map[string]push.Option{
		"WithURL":            push.WithURL("ftp://x"),
		"instance is empty":  push.WithInstance(""),
		`label "job"`:        push.WithLabel("job", "x"),
		`label "instance"`:   push.WithLabel("instance", "x"),
		`"a-b"`:              push.WithLabel("a\xff", "x"),
		"WithSchedule":       push.WithSchedule(" ", ""),
		"WithMaxDuration":    push.WithMaxDuration(0),
		"WithDeleteOnClose:": push.WithDeleteOnClose(),
	} {
		ran := false
		err := push.Job(t.Context(), "backup", func(context.Context) error { ran = true; return nil }, opt)
		if want == `"a-b"` {
			want = "invalid name"
		}
		if !ran || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ran: %v, error %v, want one with %q", ran, err, want)
		}
	}
}

// New says that an option is a Job's.
func TestNewRefusesOptionsOfJobs(t *testing.T) {
	err := push.New("http://localhost:1", "backup", push.WithURL("http://localhost:2"), push.WithLabel("a", "b")).Error()
	if err == nil || !strings.Contains(err.Error(), "WithURL, WithLabel") {
		t.Errorf("got %v, want one that names both", err)
	}
}

// HEADGATE_URL names the gateway.
func TestJobFindsItsGateway(t *testing.T) {
	gw := pushtest.New(t)
	t.Setenv("HEADGATE_URL", gw.URL())
	if err := push.Job(t.Context(), "backup", func(context.Context) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if v := gw.Value("job_run_success"); v != 1 {
		t.Errorf("job_run_success is %v, want 1", v)
	}
}

// What is wrong with a job's own metrics costs nothing else.
func TestJobMetricsThatAreRefused(t *testing.T) {
	gw := pushtest.New(t)
	r, err := push.NewJobRun("backup", through(t, gw)...)
	if err != nil {
		t.Fatal(err)
	}
	r.Start(t.Context())
	twice := &dto.MetricFamily{Name: new("rows"), Type: dto.MetricType_GAUGE.Enum(), Metric: []*dto.Metric{
		{Gauge: &dto.Gauge{Value: new(1.0)}, TimestampMs: new(int64(5))},
	}}
	err = r.End(t.Context(), push.JobResult{Outcome: push.Success, ExitCode: new(0), Attempts: 2,
		Usage:   &push.Usage{User: time.Second, MaxResident: 1 << 20, In: 512},
		Metrics: prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return []*dto.MetricFamily{twice}, nil })})
	if err == nil || !strings.Contains(err.Error(), "own metrics") {
		t.Errorf("got %v, want an error of the job's own metrics", err)
	}
	for name, want := range map[string]float64{"job_run_success": 1, "job_runs_total": 1, "job_run_exit_code": 0,
		"job_run_attempts": 2, "job_run_max_resident_memory_bytes": 1 << 20} {
		if v := gw.Value(name); v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
	if v := gw.Value("job_run_cpu_seconds", "mode", "user"); v != 1 {
		t.Errorf("job_run_cpu_seconds is %v, want 1", v)
	}
}

// A run that is skipped is told and counted, and leaves what is known of the other alone.
func TestJobSkipped(t *testing.T) {
	gw := pushtest.New(t)
	r, err := push.NewJobRun("backup", through(t, gw)...)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Skip(t.Context()); err != nil {
		t.Fatal(err)
	}
	told := runsOf(t, gw)
	if len(told) != 1 || told[0].Get("outcome") != "skipped" || told[0].Get("event") != "end" {
		t.Errorf("told %q, want one skipped run", told)
	}
	if n := gw.Value("job_runs_skipped_total"); n != 1 {
		t.Errorf("%v skipped, want 1", n)
	}
	for _, p := range gw.Pushes() {
		if !p.Delta && len(p.Families) > 0 {
			t.Errorf("the skipped run pushed %v to the run's group", p.Families)
		}
	}
}

// The end of a run that was never started is told all the same, and of one whose outcome
// isn't said by its exit code.
func TestJobEndsWithoutStart(t *testing.T) {
	gw := pushtest.New(t)
	r, err := push.NewJobRun("backup", through(t, gw)...)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.End(t.Context(), push.JobResult{ExitCode: new(3)}); err != nil {
		t.Fatal(err)
	}
	told := runsOf(t, gw)
	if last := told[len(told)-1]; last.Get("outcome") != "failure" || last.Get("code") != "3" {
		t.Errorf("told %q, want the end", told)
	}
	if n := gw.Value("job_run_failures_total"); n != 1 {
		t.Errorf("%v failures, want 1", n)
	}
}
