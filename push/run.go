package push

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// Outcome is how a run of a job ended.
type Outcome string

// The outcomes.
const (
	Success  Outcome = "success"
	Failure  Outcome = "failure"
	TimedOut Outcome = "timeout" // ended because it took too long
	Killed   Outcome = "killed"  // ended by a signal
	Skipped  Outcome = "skipped" // did not run, as another run was under way
)

// execution is what a gateway is told of one run of a job.
type execution struct {
	id         string
	start, end time.Time // end is zero while it is under way
	outcome    Outcome
	code       int // -1 for none
	host       string
	attempts   int
	plan       timetable
	expect     time.Duration
}

// timetable says when runs of a job are due and how long they may take.
type timetable struct {
	schedule, timezone string
	max                time.Duration // 0: not known
}

// header is the run as the header Headgate-Run has it. The id comes first: see runOf.
func (r *execution) header() string {
	var pairs []string
	add := func(key, value string) {
		if value != "" {
			pairs = append(pairs, key+"="+url.QueryEscape(value))
		}
	}
	add("id", r.id)
	if r.end.IsZero() {
		add("event", "start")
	} else {
		add("event", "end")
	}
	add("start", unixSeconds(r.start))
	if !r.end.IsZero() {
		add("end", unixSeconds(r.end))
		add("outcome", string(r.outcome))
		if r.code >= 0 {
			add("code", strconv.Itoa(r.code))
		}
		if r.attempts > 0 {
			add("attempts", strconv.Itoa(r.attempts))
		}
	}
	add("host", r.host)
	add("schedule", r.plan.schedule)
	add("timezone", r.plan.timezone)
	add("expect", period(r.expect))
	add("max", period(r.plan.max))
	return strings.Join(pairs, "&")
}

// period is a duration as Prometheus spells it, "" for none.
func period(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return model.Duration(d).String()
}

// runOf is the part of a header that says which run it tells of.
func runOf(header string) string {
	id, _, _ := strings.Cut(header, "&")
	return id
}

// unixSeconds has milliseconds, which no float rounds.
func unixSeconds(t time.Time) string {
	return strconv.FormatFloat(seconds(t), 'f', 3, 64)
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
