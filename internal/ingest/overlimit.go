package ingest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/store"
	finding "github.com/headgate/headgate/push/labels"
)

// OverLimitError is a push beyond a limit on content. But for a rate, the group has
// shown the failure if it was there.
type OverLimitError struct {
	ID  limit.ID
	Msg string // what was found, what is allowed, and what to do
}

func (e *OverLimitError) Error() string { return e.Msg }

// reached is the message of a limit, in the words that all of them share.
func reached(id limit.ID, found string, allowed int64, advice string) string {
	what := strings.ReplaceAll(strings.TrimSuffix(id.Key(), "_per_second"), "_", " ")
	return fmt.Sprintf("%s limit reached (%s): %s, %s allowed; raise limits.%s%s",
		what, id, found, grouped(allowed), id.Key(), advice)
}

// overLimit says what a push is beyond, and what to do about it.
func overLimit(o *store.OverLimit, p *Push, c *store.Change) string {
	job, _ := find(p.Labels, "job")
	var found string
	switch o.ID {
	case limit.MetricSeries:
		found = fmt.Sprintf("metric %s would have %s series in group %s", o.Family, grouped(o.Found), selectorOf(p.Labels))
	case limit.GroupSeries:
		found = fmt.Sprintf("group %s would have %s series", selectorOf(p.Labels), grouped(o.Found))
	case limit.JobSeries:
		found = fmt.Sprintf("job %q would have %s series", brief(job), grouped(o.Found))
	case limit.JobGroups:
		found = fmt.Sprintf("job %q would have %s groups", brief(job), grouped(o.Found))
	default:
		found = fmt.Sprintf("all groups together would have %s series", grouped(o.Found))
	}
	return reached(o.ID, found, o.Allowed, advice(o, p, c))
}

// advice names the label whose values grow fastest: of a push's own labels the one
// with most values in it, of a grouping key the one that makes the job's groups many.
func advice(o *store.OverLimit, p *Push, c *store.Change) string {
	if o.ID == limit.JobGroups {
		return ", give groups a ttl, or drop a label of the grouping key: " + namesOf(p.Labels)
	}
	label, values, example, all := fastest(c, o.Family)
	if values < 2 {
		return ", give groups a ttl, or drop a label of the grouping key: " + namesOf(p.Labels)
	}
	where := "this push"
	if !all {
		where = fmt.Sprintf("the first %s series of this push", grouped(mostCounted))
	}
	return fmt.Sprintf(" or drop a label: %q has %s values in %s, such as %q", label, grouped(int64(values)), where, brief(example))
}

// mostCounted bounds how many series of a push are looked at for its advice.
const mostCounted = 20_000

// fastest is the label with most values in a push, or in one family of it, and whether
// all of its series were looked at.
func fastest(c *store.Change, family string) (label string, most int, example string, all bool) {
	values := map[string]map[string]struct{}{}
	var parser expo.Parser
	parser.UTF8Names = true
	left := mostCounted
	for i := range c.Families {
		f := expo.Family{Name: c.Families[i].Name, Type: c.Families[i].Type}
		if family != "" && f.Name != family || left <= 0 || parser.Samples(&f, c.Families[i].Text) != nil {
			continue
		}
		for j := range f.Metrics {
			if left--; left < 0 {
				break
			}
			for _, l := range f.Metrics[j].Labels {
				if values[l.Name] == nil {
					values[l.Name] = map[string]struct{}{}
				}
				values[l.Name][l.Value] = struct{}{}
				if n := len(values[l.Name]); n > most || n == most && l.Name < label {
					label, most, example = l.Name, n, l.Value
				}
			}
		}
	}
	return label, most, example, left >= 0
}

// checkSeries holds one series to the limits on labels. Those that only count are noted.
func (w *work) checkSeries(f *expo.Family, m *expo.Metric) error {
	set := &w.limits
	n := int64(len(m.Labels))
	w.mostLabels = max(w.mostLabels, n)
	if n > set.Max[limit.SeriesLabels] {
		found := fmt.Sprintf("%s has %d labels", series(f.Name, m.Labels), n)
		if err := w.over(limit.SeriesLabels, f, "", n, found, " or drop some"); err != nil {
			return err
		}
	}
	for i := range m.Labels {
		l := &m.Labels[i]
		name, value := int64(len(l.Name)), int64(len(l.Value))
		w.mostName, w.mostValue = max(w.mostName, name), max(w.mostValue, value)
		if n := name; n > set.Max[limit.LabelNameBytes] {
			found := fmt.Sprintf("label %q of %s has a name of %s bytes", brief(l.Name), f.Name, grouped(n))
			if err := w.over(limit.LabelNameBytes, f, brief(l.Name), n, found, " or shorten it"); err != nil {
				return err
			}
		}
		if n := value; n > set.Max[limit.LabelValueBytes] {
			found := fmt.Sprintf("label %q of %s has a value of %s bytes, %q", brief(l.Name), f.Name, grouped(n), brief(l.Value))
			if err := w.over(limit.LabelValueBytes, f, brief(l.Name), n, found, " or shorten it"); err != nil {
				return err
			}
		}
	}
	return nil
}

// over refuses a push, or notes that it would be refused if the limit were in force.
// A push is told so once for each limit: the rest of its series aren't held to it, as
// all of them may be beyond it.
func (w *work) over(id limit.ID, f *expo.Family, label string, n int64, found, advice string) error {
	msg := reached(id, found, w.limits.Max[id], advice)
	if !w.limits.DryRun[id] {
		return &OverLimitError{ID: id, Msg: msg}
	}
	w.found = append(w.found, dryRun(id, f.Name, label, n, msg))
	w.limits.Max[id] = limit.None
	return nil
}

// dryRun is the finding of a limit that only counts.
func dryRun(id limit.ID, metric, label string, n int64, msg string) finding.Finding {
	return finding.Finding{
		Rule: id.String(), Metric: strings.Clone(metric), Label: label, Count: int(n),
		Message: "would be refused if the limit were no dry run: " + msg,
	}
}

// brief cuts what a message quotes, which is the pusher's and may be long.
func brief(s string) string {
	const most = 60
	if len(s) <= most {
		return strings.Clone(s)
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// selectorOf is a grouping key as a selector.
func selectorOf(key []expo.Label) string {
	return series("m", key)[1:]
}

// namesOf are the labels of a grouping key besides the job, as a choice.
func namesOf(key []expo.Label) string {
	var names []string
	for _, l := range key {
		if l.Name != "job" {
			names = append(names, strconv.Quote(brief(l.Name)))
		}
	}
	if names == nil {
		return "it has but the job"
	}
	return strings.Join(names, " or ")
}

// grouped writes n with a comma before each three digits.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
