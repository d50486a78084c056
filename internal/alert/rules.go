package alert

import (
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// operations has a section for each alert, named like it.
const operations = "https://github.com/headgate/headgate/blob/main/docs/operations.md#"

// The severities, as deploy/alertmanager routes them.
const (
	warning  = "warning"
	critical = "critical"
)

const who = "{{ $labels.job }} {{ with $labels.instance }}on {{ . }} {{ end }}"

// late fires when a push is overdue, and is critical when the next one is, too. It goes
// by Prometheus's clock and needs no metric of the gateway but the push time.
func (s selection) late() []Rule {
	const summary = "Job {{ $labels.job }} is late"
	return s.twice("JobLate", "push_time_seconds", summary,
		who+"pushed {{ $value | humanizeDuration }} ago: it said that it does every "+spell(s.expect)+".")
}

// unsuccessful fires when a job runs and pushes but doesn't succeed. Only jobs that headgate run
// or push.Job runs have the series.
func (s selection) unsuccessful() []Rule {
	const summary = "Job {{ $labels.job }} doesn't succeed"
	return s.twice("JobUnsuccessful", "job_last_success_timestamp_seconds", summary,
		who+"succeeded {{ $value | humanizeDuration }} ago: it said that it is due every "+spell(s.expect)+".")
}

// twice watches the age of what metric says: a warning after one expectation, critical after two.
func (s selection) twice(name, metric, summary, description string) []Rule {
	const hold = time.Minute // a push may be on its way into the next scrape
	// 0 is never: such a group has had refused pushes only, which JobPushRefused tells.
	age := "time() - (" + metric + s.selector.String() + " > 0)"
	return []Rule{
		s.selector.rule(name, warning, older(age, s.expect), hold, summary, description),
		s.selector.rule(name, critical, older(age, 2*s.expect), hold, summary, description),
	}
}

// missing fires when nothing of a job is there any more: its groups went by hand, or by
// their ttl after more than one push was due, or the gateway has lost them.
func (s selection) missing() Rule {
	const hold = 10 * time.Minute // of a restart, or between two scrapes
	return s.selector.rule("JobMissing", critical, "absent(push_time_seconds"+s.selector.String()+")", hold, "Job {{ $labels.job }} is gone",
		"There is no group of {{ $labels.job }} any more, though there was one when its rules were written.")
}

// unseen is missing for a job whose groups come and go: it looks back, which costs as much as
// it looks back. A warning after one expectation, critical after two.
func (s selection) unseen() []Rule {
	const shortest = 5 * time.Minute // for a scrape to come and go unseen
	after := func(severity string, d time.Duration) Rule {
		d = max(d, shortest)
		return s.selector.rule("JobMissing", severity, "absent_over_time(push_time_seconds"+s.selector.String()+"["+spell(d)+"])", 0,
			"Job {{ $labels.job }} is gone", "No group of {{ $labels.job }} has been there for "+spell(d)+", though it said that it pushes every "+spell(s.expect)+".")
	}
	return []Rule{after(warning, s.expect), after(critical, 2*s.expect)}
}

// rule makes a rule with the labels that are selected by, though its series have them
// anyway: promtool wants rules of one name to differ in labels.
func (s selector) rule(name, severity, expr string, hold time.Duration, summary, description string) Rule {
	set := map[string]string{}
	for _, m := range s {
		if m.Value != "" {
			set[m.Name] = literal(m.Value)
		}
	}
	set["severity"], set["component"] = severity, "job" // whatever the job calls so
	return Rule{
		Alert: name, Expr: expr, For: model.Duration(hold), Labels: set,
		Annotations: Annotations{summary, description, operations + strings.ToLower(name)},
	}
}

// literal is a label's value as a template that says just that.
func literal(value string) string {
	if !strings.Contains(value, "{{") {
		return value
	}
	return "{{" + strconv.Quote(value) + "}}"
}

// older compares an age with a duration in seconds.
func older(age string, d time.Duration) string {
	return age + " > " + strconv.FormatFloat(d.Seconds(), 'f', -1, 64)
}

func spell(d time.Duration) string { return model.Duration(d).String() }
