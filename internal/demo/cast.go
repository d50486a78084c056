package demo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/headgate/headgate/push"
)

// cast are the jobs. What happens once a night elsewhere happens every few seconds here.
var cast = []role{
	{job: "backup", shows: "a host's backup, as it should be", instance: "db-1", every: 2 * time.Second, run: backup},
	{job: "restore-test", shows: "restores that backup elsewhere", instance: "db-2", every: 2 * time.Second, run: backup},
	{job: "invoices", shows: "fails every third time", every: 1500 * time.Millisecond, run: invoices},
	{job: "report", shows: "slow: half a minute a run", every: time.Second, run: report},
	{job: "archive", shows: "started, and hangs: stuck after 2 s", told: []push.Option{push.WithMaxDuration(2 * time.Second)}, run: archive},
	{job: "etl", shows: "a run starts before the last has ended", every: 2 * time.Second, overlaps: true, run: etl},
	{
		job: "cert-renewal", shows: "said it would be back in 3 s, and was not",
		told: []push.Option{push.WithExpect(3 * time.Second)}, run: renewal,
	},
	{job: "feature-import", shows: "a user's id as a label: 100 more series each time", every: 400 * time.Millisecond, run: userIDs},
	{job: "deploy", shows: "says stage=prd, is stored as env=production", every: 3 * time.Second, run: deploy},
	{job: "health", shows: "a histogram of latencies", instance: "eu", every: time.Second, run: health},
	{
		job: "export", shows: "goes once a Prometheus has scraped it", every: 4 * time.Second,
		told: []push.Option{push.WithKeepUntilScraped()}, run: export,
	},
	{job: "ci", shows: "a group a pipeline, which expire by a rule", label: "pipeline", every: 2 * time.Second, run: build},
}

func backup(ctx context.Context, r *run) error {
	size := r.Gauge("backup_size_bytes", "Size of the last backup.", "database")
	for i, database := range []string{"orders", "users", "audit"} {
		size.Set(float64(1e8*(i+1)+4096*r.n), database)
	}
	return takes(ctx, 300*time.Millisecond)
}

var errBadDebtor = errors.New("debtor without an address")

func invoices(ctx context.Context, r *run) error {
	r.Gauge("invoices_sent", "Invoices sent in the last run.").Set(float64(40 + r.n%7))
	if err := takes(ctx, 100*time.Millisecond); err != nil {
		return err
	}
	if r.n%3 == 2 {
		return errBadDebtor
	}
	return nil
}

func report(ctx context.Context, r *run) error {
	r.Gauge("report_pages", "Pages of the report.").Set(212)
	return takes(ctx, 30*time.Second)
}

func archive(ctx context.Context, _ *run) error {
	<-ctx.Done()
	return ctx.Err()
}

func etl(ctx context.Context, r *run) error {
	r.Counter("etl_rows_total", "Rows read.").Add(float64(1000 + r.n))
	return takes(ctx, 5*time.Second)
}

func renewal(_ context.Context, r *run) error {
	r.Gauge("cert_expiry_timestamp_seconds", "When the certificate expires.", "zone").Set(1.9e9, "eu-central")
	return nil
}

// userIDs grows past its limit after ten runs: from then on its pushes are refused, and
// nobody else's.
func userIDs(_ context.Context, r *run) error {
	features := r.Counter("imported_features_total", "Features imported.", "user_id")
	for i := range 100 * min(r.n+1, 20) {
		features.Inc(fmt.Sprintf("%08x-0000-4000-8000-%012d", i%7, i))
	}
	return nil
}

func deploy(_ context.Context, r *run) error {
	r.Gauge("deploy_version_info", "What was deployed.", "stage", "version").Set(1, "prd", "1."+strconv.Itoa(r.n%4))
	return nil
}

func health(_ context.Context, r *run) error {
	latency := r.Histogram("health_check_seconds", "Time of the checks.", []float64{0.01, 0.1, 1})
	for i := range 50 {
		latency.Observe(0.003 * float64(1+(i*7+r.n)%50))
	}
	return nil
}

func export(_ context.Context, r *run) error {
	r.Gauge("export_rows", "Rows of the last export.").Set(float64(7000 + r.n))
	return nil
}

func build(ctx context.Context, r *run) error {
	seconds := r.Gauge("ci_duration_seconds", "Duration of a step.", "step")
	seconds.Set(41, "build")
	seconds.Set(187, "test")
	return takes(ctx, 200*time.Millisecond)
}
