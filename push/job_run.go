package push

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// JobRun is one run of a job, for who runs something else than a function: see Job.
// Call Start and then End, or Skip alone.
//
// The group of the job, the instance and WithLabel's labels gets the run itself:
// job_run_start_time_seconds, job_run_end_time_seconds, job_run_duration_seconds,
// job_run_success, job_run_exit_code and what it has used. They replace what is known of
// the run before. job_last_success_timestamp_seconds does so only if the run succeeded.
//
// The group of the job and WithLabel's labels, without the instance, gets the increments
// of job_runs_total, job_run_failures_total and job_runs_skipped_total, which the gateway
// adds up over all runs and hosts, each once.
type JobRun struct {
	name    string
	config  config
	state   *Pusher
	sums    *Pusher
	start   sync.Once
	begun   sync.WaitGroup
	beginOf []error       // of state and sums, before begun is done only its goroutine's
	first   chan struct{} // closed by told when the run's begin was gathered
	told    sync.Once

	mu    sync.Mutex
	run   execution
	usage *Usage
}

// JobResult is how a run has ended.
type JobResult struct {
	Outcome  Outcome // "" is Success, or Failure where there is an ExitCode but 0
	ExitCode *int    // nil for what has none
	Attempts int     // 0 is one
	Usage    *Usage  // nil if it isn't known
	// Metrics are the job's own, pushed to the run's group. If the gateway refuses them,
	// that costs nothing else. nil for none.
	Metrics prometheus.Gatherer
}

// NewJobRun makes a run of a job, or says which option is wrong.
func NewJobRun(name string, opts ...Option) (*JobRun, error) {
	c, err := newConfig(opts)
	if c.deleteOnClose {
		err = errors.Join(err, errors.New("WithDeleteOnClose: a job's last run is to be seen when it has ended"))
	}
	host, hostErr := os.Hostname()
	if c.job.instance == "" {
		err = errors.Join(err, hostErr)
	}
	r := &JobRun{name: name, config: c, first: make(chan struct{}), run: execution{
		id: strings.ToLower(rand.Text()[:16]), start: time.Now(), code: -1,
		host: host, plan: c.job.plan, expect: c.lifetime.Expect,
	}}
	r.config.spoolOptional = true
	r.config.interval, r.config.shortest, r.config.recording.threshold = 0, 0, 0
	r.config.recording.mode = recordIncrements
	r.state = r.pusher(func(c *config) { c.merge, c.told = true, r.header }).Gatherer(prometheus.GathererFunc(r.gather))
	r.sums = r.counting()
	return r, cmp.Or(err, r.state.Error(), r.sums.Error())
}

// ID names the run in the gateway's history.
func (r *JobRun) ID() string { return r.run.id }

// Start begins the run now. It returns at once: that the run began is told, and what
// earlier runs have left in the spool is sent, while the run goes on. Further calls do nothing.
func (r *JobRun) Start(ctx context.Context) {
	r.start.Do(func() {
		r.mu.Lock()
		r.run.start = time.Now()
		r.mu.Unlock()
		r.begun.Go(func() {
			r.beginOf = each([]*Pusher{r.state, r.sums}, func(p *Pusher) error { return p.Start(ctx) })
		})
	})
}

// End ends the run now, and tells so. It takes as long as WithCloseTimeout says, at
// most, whether ctx was cancelled or not, and returns why something was lost. Call it once.
func (r *JobRun) End(ctx context.Context, res JobResult) error {
	r.Start(ctx) // of a run that wasn't, which has taken no time then
	ended := time.Now()
	r.begun.Wait()
	if r.beginOf[0] == nil {
		<-r.first // else the first push would tell of the end, and the last one once more
	}
	outcome := r.conclude(ended, res)
	failed := 1.0
	if outcome == Success {
		failed = 0
	}
	r.count("job_runs_total", "Runs of the job.", 1)
	r.count("job_run_failures_total", "Runs of the job that did not succeed.", failed)
	errs := each([]func() error{
		func() error { return r.state.Close(ctx) },
		func() error { return r.sums.Close(ctx) },
		func() error { return r.pushMetrics(ctx, res.Metrics) },
	}, func(f func() error) error { return f() })
	return join(append(r.beginOf, errs...)...)
}

// conclude takes down how the run has ended.
func (r *JobRun) conclude(ended time.Time, res JobResult) Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.run.end = r.run.start.Add(ended.Sub(r.run.start)) // whatever was done to the clock meanwhile
	r.run.outcome, r.run.attempts, r.usage = cmp.Or(res.Outcome, Success), max(res.Attempts, 1), res.Usage
	if res.ExitCode != nil {
		r.run.code = *res.ExitCode
		if res.Outcome == "" && r.run.code != 0 {
			r.run.outcome = Failure
		}
	}
	return r.run.outcome
}

// Skip tells that the run was due and isn't, since another one is under way. What is
// known of that one stays. It takes as long as End, at most.
func (r *JobRun) Skip(ctx context.Context) error {
	r.mu.Lock()
	r.run.end, r.run.outcome = r.run.start, Skipped
	r.mu.Unlock()
	r.count("job_runs_skipped_total", "Runs of the job that were not begun, since another was under way.", 1)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.config.closeTimeout)
	defer cancel()
	return join(each([]func() error{
		func() error { return addAndClose(ctx, r.state) },
		func() error { return r.sums.Close(ctx) },
	}, func(f func() error) error { return f() })...)
}

// count adds to one of the sums.
func (r *JobRun) count(name, help string, n float64) {
	r.sums.Recorder().Counter(name, help).Add(n)
}

// header is what a push of the run's group tells of the run.
func (r *JobRun) header() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.run.header()
}

func (r *JobRun) gather() ([]*dto.MetricFamily, error) {
	defer r.told.Do(func() { close(r.first) })
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.run.outcome == Skipped {
		return nil, nil
	}
	return r.run.families(r.usage), nil
}
