// Package schedule tells when a job is due by a crontab's five fields in a time zone.
//
// A schedule is of wall clock times, each of them due once. When clocks are put
// forward, those that are left out aren't due; when they are put back, those that
// come twice are due at the first, and a run at either will do. What runs jobs differs
// in just these hours, and a run must never be called missed because of that.
package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a container's image often has no zones

	cron "github.com/netresearch/go-cron"
)

// The bounds of what is parsed, in bytes.
const (
	mostSpec = 128
	mostZone = 64
)

// Schedule is when a job is due. It is immutable.
type Schedule struct {
	spec cron.Schedule
	zone *time.Location
}

// As crontab(5) has it, a day is right if either of its two fields says so.
var parser = cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor | cron.DowOrDom)

// Parse reads five fields, or one of @hourly, @daily, @midnight, @weekly, @monthly,
// @yearly and @annually. The zone is a name of the time zone database; "" is UTC.
func Parse(spec, zone string) (*Schedule, error) {
	loc, err := location(zone)
	if err != nil {
		return nil, err
	}
	parsed, err := parse(spec)
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w", cut(spec, mostSpec), err)
	}
	s := &Schedule{parsed, loc}
	if s.Next(time.Unix(0, 0)).IsZero() {
		return nil, fmt.Errorf("schedule %q: no such day ever comes", spec)
	}
	return s, nil
}

func parse(spec string) (cron.Schedule, error) {
	switch {
	case len(spec) > mostSpec:
		return nil, fmt.Errorf("%d bytes, %d allowed", len(spec), mostSpec)
	case strings.HasPrefix(spec, "@every"):
		return nil, errors.New("want times of the day; say how often with expect instead")
	case strings.HasPrefix(spec, "@"), len(strings.Fields(spec)) == 5:
		return parser.Parse(spec)
	}
	return nil, fmt.Errorf("%d fields: want five, minute hour day month weekday, or a word such as @daily", len(strings.Fields(spec)))
}

// location refuses Local: what a gateway's own zone is says nothing about a job.
func location(zone string) (*time.Location, error) {
	if len(zone) > mostZone || zone == "Local" {
		return nil, fmt.Errorf("time zone %q: want a name of the time zone database such as Europe/Berlin", cut(zone, mostZone))
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("time zone %q: want a name of the time zone database such as Europe/Berlin", zone)
	}
	return loc, nil
}

func cut(s string, most int) string {
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// Next is the first moment after t at which the job is due, zero if there is none.
func (s *Schedule) Next(t time.Time) time.Time {
	for wall := wallClock(t.In(s.zone)); ; {
		if wall = s.spec.Next(wall); wall.IsZero() {
			return wall
		}
		if first, _ := s.moments(wall); first.After(t) {
			return first
		}
	}
}

// mostTolerance is how far from its due time a run may start and still be the one
// that was due. Half the way to the next one is the most, so that no run is two.
const mostTolerance = 10 * time.Minute

// mostEarly is the same for a run before its time, which differing clocks make.
const mostEarly = time.Minute

// Window is between which moments the run that is due at a moment has to start.
func (s *Schedule) Window(due time.Time) (from, to time.Time) {
	early, late := mostEarly, mostTolerance
	if next := s.Next(due); !next.IsZero() {
		late = min(late, next.Sub(due)/2)
	}
	_, last := s.moments(wallClock(due.In(s.zone)))
	return due.Add(-min(early, late)), last.Add(late)
}

// wallClock is what a clock shows at t, as if it were UTC's: there no hour is left
// out or comes twice.
func wallClock(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// moments are the first and the last one at which the zone's clocks show wall; both
// are zero if there is none.
func (s *Schedule) moments(wall time.Time) (first, last time.Time) {
	const beyond = 26 * time.Hour // of any offset, so that it has changed or not yet
	for _, at := range [...]time.Time{wall.Add(-beyond), wall.Add(beyond)} {
		_, offset := at.In(s.zone).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second).In(s.zone)
		if !wallClock(t).Equal(wall) {
			continue
		}
		if first.IsZero() || t.Before(first) {
			first = t
		}
		if last.IsZero() || t.After(last) {
			last = t
		}
	}
	return first, last
}
