package gateway

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// tell pushes what a job's run did, in a job's group of its own.
func tell(t *testing.T, g *Gateway, job, run string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/metrics/job/"+job, nil)
	r.Header.Set("Headgate-Run", run)
	w := httptest.NewRecorder()
	if g.Handler().ServeHTTP(w, r); w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", run, w.Code, w.Body)
	}
}

// ran is a run of a minute that began at start and is due hourly.
func ran(id string, start time.Time) string {
	return fmt.Sprintf("id=%s&event=end&start=%d&end=%d&outcome=success&code=0&schedule=@hourly", id, start.Unix(), start.Unix()+60)
}

func wantSample(t *testing.T, g *Gateway, sample string) {
	t.Helper()
	_, text := do(t, g.Handler(), http.MethodGet, "/metrics", "")
	if !strings.Contains(text, "\n"+sample+"\n") {
		var near []string
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "headgate_job_") {
				near = append(near, line)
			}
		}
		t.Errorf("after %s: no %s among\n%s", time.Since(epoch), sample, strings.Join(near, ""))
	}
}

// sleepUntil goes on when the bubble's clock shows a moment and all is quiet.
func sleepUntil(moment time.Time) {
	time.Sleep(time.Until(moment))
	synctest.Wait()
}

// A due run that doesn't begin is counted once its time is over, and stays counted over
// a restart. Runs that are told of soon after the gateway was down over their time aren't missed.
func TestMissedRunsAreCounted(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		at := func(hour, minute int) time.Time {
			return epoch.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
		}
		sleepUntil(at(1, 2))
		tell(t, g, "j", ran("1", at(1, 0)))
		wantSample(t, g, fmt.Sprintf(`headgate_job_next_run_timestamp_seconds{instance="",job="j"} %g`, float64(at(2, 0).Unix())))
		sleepUntil(at(2, 10))
		wantSample(t, g, `headgate_job_missed_runs_total{instance="",job="j"} 0`)
		sleepUntil(at(2, 11))
		wantSample(t, g, `headgate_job_missed_runs_total{instance="",job="j"} 1`)
		sleepUntil(at(2, 50))
		end()

		time.Sleep(time.Until(at(3, 20)))
		g, end = reopen(t, Config{DataDir: dir})
		defer end()
		sleepUntil(at(3, 24))
		wantSample(t, g, `headgate_job_missed_runs_total{instance="",job="j"} 1`)
		tell(t, g, "j", ran("3", at(3, 0))) // from a spool
		sleepUntil(at(3, 40))
		wantSample(t, g, `headgate_job_missed_runs_total{instance="",job="j"} 1`)
		sleepUntil(at(6, 40))
		wantSample(t, g, `headgate_job_missed_runs_total{instance="",job="j"} 4`)
	})
}

// A run that goes on is stuck once it takes longer than it may, though nobody says so.
func TestStuckRunIsShown(t *testing.T) {
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir})
		defer end()
		tell(t, g, "j", fmt.Sprintf("id=a&event=start&start=%d&max=10m", epoch.Unix()))
		wantSample(t, g, `headgate_job_stuck_runs{instance="",job="j"} 0`)
		wantSample(t, g, `headgate_job_running{instance="",job="j"} 1`)
		sleepUntil(epoch.Add(10*time.Minute + time.Millisecond))
		wantSample(t, g, `headgate_job_stuck_runs{instance="",job="j"} 1`)
		tell(t, g, "j", fmt.Sprintf("id=a&event=end&start=%d&end=%d&outcome=killed&code=137", epoch.Unix(), time.Now().Unix()))
		wantSample(t, g, `headgate_job_stuck_runs{instance="",job="j"} 0`)
		wantSample(t, g, `headgate_job_last_exit_code{instance="",job="j"} 137`)
	})
}

// What is pushed under the names of the metrics of runs is left out, so that no scrape
// has a series twice.
func TestPushedRunMetricsAreLeftOut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: t.TempDir()})
		defer end()
		push(t, g, "/metrics/job/j", "headgate_job_running 5\nheadgate_job_last_exit_code 7\nm 1\n")
		tell(t, g, "j", fmt.Sprintf("id=a&event=start&start=%d", epoch.Unix()))
		wantSample(t, g, `m{instance="",job="j"} 1`)
		wantSample(t, g, `headgate_job_running{instance="",job="j"} 1`)
		if _, text := do(t, g.Handler(), http.MethodGet, "/metrics", ""); strings.Count(text, "headgate_job_running{") != 1 || strings.Contains(text, "exit_code") {
			t.Error("pushed metrics of runs are shown")
		}
	})
}
