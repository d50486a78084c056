package push

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// jobConfig is what the options say that only Job and NewJobRun take.
type jobConfig struct {
	given    []string // names of the options, for New to refuse
	url      string
	instance string
	labels   []Label // of the grouping key, sorted by name
	plan     timetable
}

// forJobs is an option that New refuses.
func forJobs(name string, set func(*jobConfig) error) Option {
	return func(c *config) error {
		c.job.given = append(c.job.given, name)
		if err := set(&c.job); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
}

// refuse is New's answer to options that it has arguments or methods for.
func (c *jobConfig) refuse() error {
	if len(c.given) == 0 {
		return nil
	}
	return fmt.Errorf("%s: for Job and NewJobRun only: New has an argument for the url, and the method Grouping", strings.Join(c.given, ", "))
}

// WithURL names the gateway of a Job, as New's url does. Without it the environment's
// HEADGATE_URL does, or else it is http://localhost:9091.
func WithURL(url string) Option {
	return forJobs("WithURL", func(c *jobConfig) error {
		c.url = url
		_, err := checkGatewayURL(url)
		return err
	})
}

// WithInstance sets the label instance of a Job's group. The default is the host's name.
func WithInstance(instance string) Option {
	return forJobs("WithInstance", func(c *jobConfig) error {
		if instance == "" {
			return errors.New("instance is empty: want what tells one machine's runs from another's")
		}
		c.instance = instance
		return nil
	})
}

// WithLabel adds a label to the grouping key of a Job: to that of its runs' groups and
// to that of its sums.
func WithLabel(name, value string) Option {
	return forJobs("WithLabel", func(c *jobConfig) error {
		switch {
		case name == "job" || name == "instance":
			return fmt.Errorf("label %q: Job has its own argument or option for it", name)
		case value == "":
			return fmt.Errorf("label %q: the value is empty: leave the label out", name)
		case slices.ContainsFunc(c.labels, func(l Label) bool { return l.Name == name }):
			return fmt.Errorf("label %q is given twice", name)
		}
		c.labels = withLabel(c.labels, name, value)
		return nil
	})
}

// WithSchedule tells the gateway when runs of a Job are due, as a crontab does, such as
// "15 3 * * *", in a time zone such as "Europe/Berlin"; "" is UTC. It is the gateway that
// reads both, and refuses to be told of runs if it can't.
func WithSchedule(schedule, timezone string) Option {
	return forJobs("WithSchedule", func(c *jobConfig) error {
		if strings.TrimSpace(schedule) == "" {
			return errors.New(`the schedule is empty: want five fields such as "15 3 * * *"`)
		}
		c.plan.schedule, c.plan.timezone = schedule, timezone
		return nil
	})
}

// WithMaxDuration tells the gateway how long a run of a Job takes at most: one that has
// not ended by then is stuck. It ends nothing.
func WithMaxDuration(d time.Duration) Option {
	return forJobs("WithMaxDuration", func(c *jobConfig) error {
		if d < time.Second {
			return fmt.Errorf("%s: want 1s or more", d)
		}
		c.plan.max = d
		return nil
	})
}
