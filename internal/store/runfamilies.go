package store

import "github.com/headgate/headgate/internal/expo"

// RunFamily is one of RunFamilies.
type RunFamily int

// The metrics of jobs' runs.
const (
	RunsGoing RunFamily = iota
	RunsStuck
	RunsOverlapping
	RunsMissed
	RunLastSuccess
	RunLastDuration
	RunLastCode
	RunNext
)

// RunFamilies are the metrics of jobs' runs. They have the labels of the job, as pushed
// series have, so a push may not show any of these names: it is left out of it.
var RunFamilies = [...]struct {
	Name string
	Type expo.Type
	Help string
}{
	RunsGoing:       {"headgate_job_running", expo.Gauge, "Runs of the job that go on, as far as is known."},
	RunsStuck:       {"headgate_job_stuck_runs", expo.Gauge, "Runs of the job that go on for longer than they may."},
	RunsOverlapping: {"headgate_job_overlapping_runs_total", expo.Counter, "Runs of the job that began while another one was going on."},
	RunsMissed:      {"headgate_job_missed_runs_total", expo.Counter, "Times at which a run of the job was due and none began."},
	RunLastSuccess:  {"headgate_job_last_success_timestamp_seconds", expo.Gauge, "When a run of the job last ended in success."},
	RunLastDuration: {"headgate_job_last_duration_seconds", expo.Gauge, "How long the newest run of the job took that has ended."},
	RunLastCode:     {"headgate_job_last_exit_code", expo.Gauge, "The exit code of the newest run of the job that has ended."},
	RunNext:         {"headgate_job_next_run_timestamp_seconds", expo.Gauge, "When a run of the job is due, in the past while that one is late."},
}

func isRunFamily(name string) bool {
	for i := range RunFamilies {
		if RunFamilies[i].Name == name {
			return true
		}
	}
	return false
}
