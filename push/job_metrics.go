package push

import (
	"time"

	dto "github.com/prometheus/client_model/go"
)

// Usage is what a run has used of its machine. Its children are in it if it has waited
// for them.
type Usage struct {
	User, System time.Duration // of CPU time
	MaxResident  int64         // bytes: the largest of its processes
	In, Out      int64         // bytes read from and written to block devices; -1 if the system doesn't say
}

// families are the metrics of a run's group, sorted by name. Of a run under way that is
// its begin alone, so that what is known of the run before stays until the end.
func (r *execution) families(u *Usage) []*dto.MetricFamily {
	start := gauge("job_run_start_time_seconds", "When the last run began, in unix seconds.", seconds(r.start))
	if r.end.IsZero() {
		return []*dto.MetricFamily{start}
	}
	var all []*dto.MetricFamily
	if r.outcome == Success {
		all = append(all, gauge("job_last_success_timestamp_seconds", "When the last run ended that succeeded, in unix seconds.", seconds(r.end)))
	}
	if r.attempts > 0 {
		all = append(all, gauge("job_run_attempts", "How many attempts the last run took.", float64(r.attempts)))
	}
	if u != nil {
		all = append(all, split2(gauge("job_run_cpu_seconds", "CPU time that the last run took.", u.User.Seconds()),
			"mode", "user", "system", u.System.Seconds()))
	}
	all = append(all,
		gauge("job_run_duration_seconds", "How long the last run took.", r.end.Sub(r.start).Seconds()),
		gauge("job_run_end_time_seconds", "When the last run ended, in unix seconds.", seconds(r.end)))
	if r.code >= 0 {
		all = append(all, gauge("job_run_exit_code", "Exit code of the last run, 128 and the signal if one ended it.", float64(r.code)))
	}
	if u != nil && u.In >= 0 {
		all = append(all, split2(gauge("job_run_io_bytes", "Bytes that the last run read from (in) and wrote to (out) block devices.", float64(u.In)),
			"direction", "in", "out", float64(u.Out)))
	}
	if u != nil {
		all = append(all, gauge("job_run_max_resident_memory_bytes", "Most memory that a process of the last run had resident.", float64(u.MaxResident)))
	}
	success := 0.0
	if r.outcome == Success {
		success = 1
	}
	return append(all, start, gauge("job_run_success", "Whether the last run succeeded.", success))
}

func gauge(name, help string, v float64) *dto.MetricFamily {
	return &dto.MetricFamily{
		Name: new(name), Help: new(help), Type: dto.MetricType_GAUGE.Enum(),
		Metric: []*dto.Metric{{Gauge: &dto.Gauge{Value: new(v)}}},
	}
}

// split2 makes two series of the one of a gauge, told apart by a label.
func split2(f *dto.MetricFamily, label, first, second string, v float64) *dto.MetricFamily {
	f.Metric[0].Label = []*dto.LabelPair{{Name: new(label), Value: new(first)}}
	f.Metric = append(f.Metric, &dto.Metric{
		Label: []*dto.LabelPair{{Name: new(label), Value: new(second)}}, Gauge: &dto.Gauge{Value: new(v)},
	})
	return f
}

// Add adds what another attempt of the same run has used. What is -1 stays so.
func (u *Usage) Add(more Usage) {
	u.User, u.System = u.User+more.User, u.System+more.System
	u.MaxResident = max(u.MaxResident, more.MaxResident)
	if more.In < 0 {
		u.In, u.Out = -1, -1
	} else if u.In >= 0 {
		u.In, u.Out = u.In+more.In, u.Out+more.Out
	}
}
