package ingest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/limit"
)

// bounds are the default limits but for those given.
func bounds(max map[limit.ID]int64) limit.Rules {
	set := limit.Defaults
	for id, n := range max {
		set.Max[id] = n
	}
	return limit.Rules{Set: set}
}

// limited is a fixture with the default limits but for those given.
func limited(t *testing.T, max map[limit.ID]int64) *fixture {
	t.Helper()
	f := newFixture(t, Options{})
	f.SetRules(Rules{Limits: bounds(max)})
	return f
}

// many is a body of n series of one metric that differ in the label path.
func many(metric string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s{path=\"/%d\",code=\"200\"} 1\n", metric, i)
	}
	return b.String()
}

// must fails the test if a push isn't taken.
func (f *fixture) must(body string, labels ...string) {
	f.t.Helper()
	if err := f.push(body, labels...); err != nil {
		f.t.Fatal(err)
	}
}

// wantOver fails the test unless err is a refusal because of that limit.
func wantOver(t *testing.T, err error, id limit.ID) string {
	t.Helper()
	var over *OverLimitError
	if !errors.As(err, &over) || over.ID != id {
		t.Fatalf("got %v, want a refusal by %s", err, id)
	}
	return err.Error()
}

// Each limit refuses what is beyond it with its stable id, what was found, what is
// allowed, the setting to raise and the label that grows fastest; what others have
// stays as it is.
func TestEachLimitExplainsItself(t *testing.T) {
	tests := []struct {
		id     limit.ID
		max    int64
		before [][]string // keys pushed to first, with one series each
		body   string
		want   string
	}{
		{limit.Series, 1004, [][]string{{"job", "other"}}, many("m", 1000),
			`series limit reached (limit-series): all groups together would have 1,005 series, 1,004 allowed; raise limits.series or drop a label: "path" has 1,000 values in this push, such as "/999"`},
		{limit.JobSeries, 10, [][]string{{"job", "j", "run", "1"}}, many("m", 6),
			`job series limit reached (limit-job-series): job "j" would have 11 series, 10 allowed; raise limits.job_series or drop a label: "path" has 6 values in this push, such as "/5"`},
		{limit.GroupSeries, 10, nil, many("a", 4) + many("b", 5),
			`group series limit reached (limit-group-series): group {job="j"} would have 11 series, 10 allowed; raise limits.group_series or drop a label: "path" has 5 values in this push, such as "/4"`},
		{limit.MetricSeries, 4, nil, many("a", 4) + many("b", 5),
			`metric series limit reached (limit-metric-series): metric b would have 5 series in group {job="j"}, 4 allowed; raise limits.metric_series or drop a label: "path" has 5 values in this push, such as "/4"`},
		{limit.JobGroups, 1, [][]string{{"job", "j", "run", "1"}}, "m 1\n",
			`job groups limit reached (limit-job-groups): job "j" would have 2 groups, 1 allowed; raise limits.job_groups, give groups a ttl, or drop a label of the grouping key: it has but the job`},
		{limit.SeriesLabels, 3, nil, many("m", 1),
			`series labels limit reached (limit-series-labels): m{code="200",instance="",job="j",path="/0"} has 4 labels, 3 allowed; raise limits.series_labels or drop some`},
		{limit.LabelNameBytes, 8, nil, "m{much_too_long=\"1\"} 1\n",
			`label name bytes limit reached (limit-label-name-bytes): label "much_too_long" of m has a name of 13 bytes, 8 allowed; raise limits.label_name_bytes or shorten it`},
		{limit.LabelValueBytes, 8, nil, "m{a=\"much too long\"} 1\n",
			`label value bytes limit reached (limit-label-value-bytes): label "a" of m has a value of 13 bytes, "much too long", 8 allowed; raise limits.label_value_bytes or shorten it`},
	}
	for _, test := range tests {
		t.Run(test.id.String(), func(t *testing.T) {
			f := limited(t, map[limit.ID]int64{test.id: test.max})
			for _, key := range test.before {
				f.must("m 1\n", key...)
			}
			before := f.scrape()
			if got := wantOver(t, f.push(test.body), test.id); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			if got := f.scrape(); !strings.HasPrefix(without(got, "j"), without(before, "j")) {
				t.Errorf("others changed from\n%s\nto\n%s", before, got)
			}
			if got := f.scrape(); strings.Contains(got, `path=`) {
				t.Errorf("part of a refused push is shown:\n%s", got)
			}
		})
	}
}

// without is an exposition without the series of a job's group that has no other labels.
func without(text, job string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains(line, `instance="",job="`+job+`"}`) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// The example of the target design: a message names the label whose values grow fastest.
func TestLimitNamesTheLabelThatGrowsFastest(t *testing.T) {
	f := limited(t, map[limit.ID]int64{limit.GroupSeries: 10_000})
	got := wantOver(t, f.push(many("m", 11_999), "job", "x"), limit.GroupSeries)
	want := `group {job="x"} would have 12,001 series, 10,000 allowed; raise limits.group_series or drop a label: "path" has 11,999 values`
	if !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant in it\n%s", got, want)
	}
}

// A group that isn't there yet shows a refused push as its failure, unless it would
// be one more group than there may be: failures are no way around the limits.
func TestRefusedGroupShowsItsFailureWithinTheLimits(t *testing.T) {
	f := limited(t, map[limit.ID]int64{limit.GroupSeries: 3, limit.JobGroups: 1})
	wantOver(t, f.push(many("m", 9)), limit.GroupSeries)
	if got := f.scrape(); !strings.Contains(got, `push_failure_time_seconds{instance="",job="j"} 1.`) {
		t.Errorf("the failure isn't shown:\n%s", got)
	}
	wantOver(t, f.push(many("m", 9), "job", "j", "run", "2"), limit.GroupSeries)
	if f.push("m 1 5\n", "job", "j", "run", "3") == nil {
		t.Error("a timestamp was taken")
	}
	if n := f.store.Stats().Groups; n != 1 {
		t.Errorf("%d groups, want 1: a failure made one beyond limits.job_groups", n)
	}
}

// A job at its limits is refused while another goes on, and may itself push what
// doesn't grow.
func TestJobAtItsLimitDoesNotHurtAnother(t *testing.T) {
	f := limited(t, map[limit.ID]int64{limit.JobSeries: 12, limit.JobGroups: 3})
	f.must(many("m", 10), "job", "careless")
	for i := range 20 {
		wantOver(t, f.push(many("m", 11+i), "job", "careless"), limit.JobSeries)
		f.must(many("m", 10-i%3), "job", fmt.Sprint("good", i%5))
	}
	f.must(many("m", 10), "job", "careless")
	if n := f.store.Stats().Groups; n != 6 {
		t.Errorf("%d groups, want 6", n)
	}
}

// A group that is over a limit, since that was lowered, may shrink, stay and be
// replaced, and not grow.
func TestPushThatShrinksAGroupOverItsLimitIsTaken(t *testing.T) {
	f := newFixture(t, Options{})
	f.must(many("a", 10) + many("b", 10))
	f.SetRules(Rules{Limits: bounds(map[limit.ID]int64{
		limit.GroupSeries: 5, limit.JobSeries: 5, limit.Series: 5, limit.MetricSeries: 5, limit.JobGroups: 1,
	})})
	f.must(many("a", 10))
	f.must(many("a", 9))
	wantOver(t, f.push(many("a", 10)), limit.MetricSeries)
	wantOver(t, f.push("c 1\n"), limit.GroupSeries)
	if err := f.Push(t.Context(), &Push{Labels: key(), Replace: true, Body: []byte(many("b", 8))}); err != nil {
		t.Error(err)
	}
	if got := strings.Count(f.scrape(), "\nb{"); got != 8 {
		t.Errorf("%d series of b, want 8", got)
	}
}

// The first override that selects a group and says something of a limit holds, also
// for a limit that is a dry run for the others.
func TestOverridesHoldForTheirGroups(t *testing.T) {
	f := newFixture(t, Options{})
	rules := bounds(map[limit.ID]int64{limit.GroupSeries: 4})
	enforced := false
	team := labels.MustNewMatcher(labels.MatchEqual, "team", "a")
	loose := limit.Override{Match: []*labels.Matcher{labels.MustNewMatcher(labels.MatchRegexp, "job", "big-.*")}}
	loose.Max[limit.GroupSeries] = 20
	tight := limit.Override{Match: []*labels.Matcher{team}}
	tight.Max[limit.GroupSeries], tight.DryRun[limit.GroupSeries] = 2, &enforced
	rules.Overrides = []limit.Override{loose, tight}
	f.SetRules(Rules{Limits: rules})

	f.must(many("m", 18), "job", "big-import", "team", "a")
	wantOver(t, f.push(many("m", 19), "job", "big-import", "team", "a"), limit.GroupSeries)
	wantOver(t, f.push(many("m", 3), "job", "j"), limit.GroupSeries)
	wantOver(t, f.push(many("m", 1), "job", "j", "team", "a"), limit.GroupSeries)

	rules.Set.DryRun[limit.GroupSeries] = true
	f.SetRules(Rules{Limits: rules})
	f.must(many("m", 3), "job", "j")
	wantOver(t, f.push(many("m", 1), "job", "j", "team", "a"), limit.GroupSeries)
}

// Refusals are counted by limit.
func TestRefusalsAreCountedByLimit(t *testing.T) {
	f := limited(t, map[limit.ID]int64{limit.GroupSeries: 2, limit.LabelValueBytes: 3, limit.JobPushes: 100})
	_ = f.push("m 1\n")
	_ = f.push("m{a=\"long\"} 1\n")
	_ = f.push("m{a=\"long\"} 1\n", "job", "k")
	want := Counts{}
	want.Refused[limit.GroupSeries], want.Refused[limit.LabelValueBytes] = 1, 2
	if got := f.Counts(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
