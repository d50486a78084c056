// Package file finds in exposition files, Prometheus's rule files and Grafana's
// dashboards what would better be otherwise: in the first what the gateway finds
// in a push, in the others PromQL that aggregates job or instance away.
package file

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/headgate/headgate/push/labels"
)

// The rules that only files have. Ids don't change from version to version.
const (
	Invalid            = "invalid"
	QueryDropsInstance = "query-drops-instance"
	QueryDropsJob      = "query-drops-job"
	TimestampOnSample  = "sample-timestamp"
	labelReserved      = "label-reserved"
	pushTimeName       = "push_time_seconds"
)

// Rules returns the ids of all rules that a Finding can have, sorted.
func Rules() []string {
	rules := append(labels.Rules(), Invalid, QueryDropsInstance, QueryDropsJob, TimestampOnSample)
	slices.Sort(rules)
	return rules
}

// Finding is something in a file that would better be otherwise.
type Finding struct {
	File string `json:"file"`
	Line int    `json:"line"` // from 1; 0 if it isn't known
	Rule string `json:"rule"`
	// Note is whether it may well be wanted so.
	Note bool `json:"note"`
	// Where is the rule, the panel or the series, as its file names it.
	Where      string `json:"where"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion"` // "" if there is none
}

// String returns the finding in one line, and the suggestion in an indented one.
func (f Finding) String() string {
	place := f.File
	if f.Line > 0 {
		place = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	text := fmt.Sprintf("%s: %s: %s", place, f.Rule, f.Text())
	if f.Suggestion != "" {
		text += "\n    " + strings.Map(onLine, f.Suggestion)
	}
	return text
}

// Text is what is said, without the place and the rule.
func (f Finding) Text() string {
	text := f.Message
	if f.Where != "" {
		text = f.Where + " " + text
	}
	if f.Note {
		text += " (note: this may be wanted)"
	}
	return strings.Map(onLine, text)
}

// onLine keeps a text in one line, and a terminal as it is.
func onLine(r rune) rune {
	if r < ' ' || 0x7f <= r && r < 0xa0 {
		return ' '
	}
	return r
}

// Options say what is reported. The zero value reports all.
type Options struct {
	// Ignore has the rules, metrics and labels of which nothing is reported.
	Ignore []string
	// MaxValues is how many values of a label in a metric are not too many; 0 means 100.
	MaxValues int
}

func (o *Options) ignores(name string) bool { return name != "" && slices.Contains(o.Ignore, name) }

// Check returns what is found in a file, by line. The name is only for the findings: what
// the file is, its content says. An error says that it is none of the known ones.
func Check(name string, text []byte, o Options) ([]Finding, error) {
	c := &checker{name: name, Options: o}
	if err := c.check(text); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	slices.SortStableFunc(c.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Rule, b.Rule))
	})
	return c.found, nil
}

type checker struct {
	Options
	name  string
	found []Finding
}

func (c *checker) check(text []byte) error {
	switch kindOf(text) {
	case dashboard:
		return c.dashboard(text)
	case rules:
		return c.rules(text)
	}
	c.exposition(text)
	return nil
}

func (c *checker) add(f Finding) {
	if !c.ignores(f.Rule) {
		f.File = c.name
		c.found = append(c.found, f)
	}
}
