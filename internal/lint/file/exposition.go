package file

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/lint"
	"github.com/headgate/headgate/push/labels"
)

// exposition checks what would be pushed, or is scraped.
func (c *checker) exposition(text []byte) {
	families, err := parse(text)
	if err != nil {
		c.add(unreadable(err))
		return
	}
	lines := linesOf(text)
	vetted := make([]*dto.MetricFamily, len(families))
	gateway := false
	for i := range families {
		f := &families[i]
		gateway = gateway || f.Name == pushTimeName
		vetted[i] = lint.Family(f)
		if at := stamped(f); at >= 0 && !c.ignores(f.Name) {
			c.add(Finding{
				Line: lines.first(f.Name), Rule: TimestampOnSample, Where: f.Name,
				Message:    fmt.Sprintf("has a timestamp, %d: a push with one is refused", f.Metrics[at].TimestampMs),
				Suggestion: "leave it out: Prometheus takes the time of its scrape; push when something happened as a gauge named …_timestamp_seconds",
			})
		}
	}
	for _, f := range (labels.Vetter{MaxValues: c.MaxValues, Ignore: c.Ignore}).Families(vetted) {
		ofKey := f.Rule == labelReserved && (f.Label == "job" || f.Label == "instance")
		if gateway && ofKey {
			continue // a gateway's own page: its series have them from their grouping keys
		}
		lint.Advise(&f)
		where := f.Metric
		if f.Label != "" {
			where += "{" + f.Label + "}"
		}
		c.add(Finding{Line: lines.of(f), Rule: f.Rule, Where: where, Message: f.Message, Suggestion: f.Suggestion})
	}
}

func parse(text []byte) ([]expo.Family, error) {
	p := &expo.Parser{Options: expo.Options{UTF8Names: true}}
	if bytes.HasSuffix(bytes.TrimRight(text, " \t\r\n"), []byte("# EOF")) {
		return p.OpenMetrics(text)
	}
	return p.Text(text)
}

func unreadable(err error) Finding {
	f := Finding{Rule: Invalid, Message: err.Error()}
	if at, ok := errors.AsType[*expo.ParseError](err); ok && at.Line > 0 {
		f.Line, f.Message = at.Line, fmt.Sprintf("column %d: %s", at.Column, at.Msg)
	}
	return f
}

// stamped returns the first metric with a timestamp, -1 if there is none.
func stamped(f *expo.Family) int {
	for i := range f.Metrics {
		if f.Metrics[i].HasTimestamp {
			return i
		}
	}
	return -1
}

// lines are where the names of an exposition stand.
type lines struct {
	text  []string
	names map[string]int // first line of a name, from 1
}

func linesOf(text []byte) lines {
	l := lines{names: map[string]int{}}
	for line := range strings.Lines(string(text)) {
		l.text = append(l.text, line)
		if name := nameOf(line); name != "" && l.names[name] == 0 {
			l.names[name] = len(l.text)
		}
	}
	return l
}

// nameOf returns the metric that a line is about. Names in quotes aren't looked for.
func nameOf(line string) string {
	fields := strings.Fields(line)
	switch {
	case len(fields) == 0:
		return ""
	case fields[0] == "#" && len(fields) >= 3:
		return fields[2]
	}
	name, _, _ := strings.Cut(fields[0], "{")
	return name
}

// first returns the line where a family begins. OpenMetrics leaves the suffix to the samples.
func (l *lines) first(metric string) int {
	least := 0
	for _, name := range []string{metric, strings.TrimSuffix(metric, "_total"), strings.TrimSuffix(metric, "_info"), metric + "_bucket", metric + "_count"} {
		if at := l.names[name]; at > 0 && (least == 0 || at < least) {
			least = at
		}
	}
	return least
}

// mostSearched is in how many lines of a family a value is looked for.
const mostSearched = 10_000

// of returns the line of the value that a finding shows, or where its family begins.
func (l *lines) of(f labels.Finding) int {
	first := l.first(f.Metric)
	if f.Label == "" || f.Value == "" || first == 0 {
		return first
	}
	want := f.Label + `="` + strings.TrimSuffix(f.Value, "…")
	for at := first - 1; at < min(len(l.text), first+mostSearched); at++ {
		if strings.Contains(l.text[at], want) && strings.HasPrefix(l.text[at], f.Metric) {
			return at + 1
		}
	}
	return first
}
