// Package runs keeps the history of each job's runs: when they began and ended, how,
// and which of those that were due never began.
//
// A Book is part of the gateway's state, so what changes it knows neither clock nor
// time zone: what is due is worked out by those who write records and by those who read.
package runs

import "time"

// Outcome is how a run ended. The numbers are on disk.
type Outcome uint8

// The outcomes.
const (
	Running Outcome = iota // it hasn't ended
	Success
	Failure
	Timeout
	Killed
	Skipped // another run held the lock, so it did nothing
	Outcomes
)

var outcomeNames = [Outcomes]string{"running", "success", "failure", "timeout", "killed", "skipped"}

func (o Outcome) String() string { return outcomeNames[o] }

// Failed is whether a run that ended so didn't do what it should.
func (o Outcome) Failed() bool { return o == Failure || o == Timeout || o == Killed }

// Plan is when a job is to run, and for how long. What is zero wasn't said.
type Plan struct {
	Schedule string // five fields of a crontab, or a word such as @daily
	Timezone string // "" is UTC
	// Expect is how often a run is due where there is no schedule, Max how long one may take.
	Expect, Max time.Duration
}

// with is p and what q says besides.
func (p Plan) with(q Plan) Plan {
	if q.Schedule != "" {
		p.Schedule, p.Timezone = q.Schedule, q.Timezone
	}
	if q.Expect != 0 {
		p.Expect = q.Expect
	}
	if q.Max != 0 {
		p.Max = q.Max
	}
	return p
}

// Event is what one push tells of one run.
type Event struct {
	ID   string
	Host string
	// Start and End are in nanoseconds since the epoch. End is 0 while the run goes on.
	Start, End int64
	Outcome    Outcome
	Code       int32 // exit code
	HasCode    bool
	Attempts   uint32 // 0 if it wasn't said
	Plan       Plan
	// Bounds are those of the history, as they were when the push came.
	Bounds Bounds
}

// Bounds are how much is kept of a job's runs.
type Bounds struct {
	Runs int           // the newest
	Keep time.Duration // after the last event
}

// Defaults are the bounds where nothing else is said.
var Defaults = Bounds{Runs: 50, Keep: 30 * 24 * time.Hour}

// Most is the most runs of a job that may be kept.
const Most = 1000
