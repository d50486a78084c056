// Package alert writes Prometheus's alerting rules for the jobs that are resident, from
// how often each said that it pushes.
package alert

import (
	"maps"
	"slices"
	"time"

	"github.com/prometheus/common/model"
)

// Group is a resident group.
type Group struct {
	// Labels are its grouping key, the job included.
	Labels map[string]string
	// Expect is how often a push is due, 0 if the group doesn't say.
	Expect time.Duration
	// Passing is whether it goes by itself before the next push is due, or is overdue.
	Passing bool
}

// File is a rule file of Prometheus. It has the keys of one in YAML and in JSON.
type File struct {
	Groups []RuleGroup `yaml:"groups" json:"groups"`
}

// RuleGroup is the rules of one job.
type RuleGroup struct {
	Name  string `yaml:"name" json:"name"`
	Rules []Rule `yaml:"rules" json:"rules"`
}

// Rule is an alert.
type Rule struct {
	Alert       string            `yaml:"alert" json:"alert"`
	Expr        string            `yaml:"expr" json:"expr"`
	For         model.Duration    `yaml:"for,omitempty" json:"for,omitempty"`
	Labels      map[string]string `yaml:"labels" json:"labels"`
	Annotations Annotations       `yaml:"annotations" json:"annotations"`
}

// Annotations are what is told of an alert, as templates of Prometheus.
type Annotations struct {
	Summary     string `yaml:"summary" json:"summary"`
	Description string `yaml:"description" json:"description"`
	Runbook     string `yaml:"runbook_url" json:"runbook_url"`
}

// Rules returns the rules of all jobs of which a group has an expectation, sorted by job:
// the same groups in any order make the same file.
func Rules(groups []Group) File {
	jobs := map[string][]Group{}
	for _, g := range groups {
		job := g.Labels[model.JobLabel]
		jobs[job] = append(jobs[job], g)
	}
	f := File{Groups: []RuleGroup{}} // which is [], not null
	for _, job := range slices.Sorted(maps.Keys(jobs)) {
		if rules := jobRules(job, jobs[job]); len(rules) > 0 {
			f.Groups = append(f.Groups, RuleGroup{Name: "headgate-job " + job, Rules: rules})
		}
	}
	return f
}

func jobRules(job string, groups []Group) (rules []Rule) {
	for _, s := range selections(groups) {
		rules = append(rules, s.late()...)
		rules = append(rules, s.unsuccessful()...)
	}
	if len(rules) == 0 {
		return nil
	}
	all := selection{selector: selector{equal(model.JobLabel, job)}}
	passing := false
	for _, g := range groups {
		all.expect = max(all.expect, g.Expect)
		passing = passing || g.Passing
	}
	if passing {
		return append(rules, all.unseen()...)
	}
	return append(rules, all.missing())
}
