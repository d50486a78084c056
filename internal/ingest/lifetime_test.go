package ingest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/store"
)

func onJob(pattern string) []*labels.Matcher {
	return []*labels.Matcher{labels.MustNewMatcher(labels.MatchRegexp, "job", pattern)}
}

// The first rule that selects a group settles what its push asks for: the push's own
// wish comes first, bounded by max_ttl, which is also for those that ask for none.
func TestFirstLifetimeRuleThatMatchesHolds(t *testing.T) {
	rules := Rules{Lifetimes: []Lifetime{
		{Match: onJob("ci-.*"), TTL: time.Hour, MaxTTL: 3 * time.Hour, Expect: time.Minute},
		{Match: onJob("ci-.*|capped"), MaxTTL: 2 * time.Hour},
		{Match: onJob("once"), KeepUntilScraped: true},
		{Match: onJob("once-capped"), KeepUntilScraped: true, MaxTTL: time.Hour},
		{Match: onJob("due"), Expect: time.Hour},
	}}
	tests := []struct {
		name, job string
		wish      Wish
		want      store.Terms
		less      bool
	}{
		{"nothing said, no rule", "other", Wish{}, store.Terms{}, false},
		{"a wish, no rule", "other", Wish{TTL: 9 * time.Hour, Expect: 1, KeepUntilScraped: true}, store.Terms{TTL: 9 * time.Hour, Expect: 1, KeepUntilScraped: true}, false},
		{"nothing said", "ci-1", Wish{}, store.Terms{TTL: time.Hour, Expect: time.Minute}, false},
		{"a wish within the maximum", "ci-1", Wish{TTL: 2 * time.Hour, Expect: time.Second}, store.Terms{TTL: 2 * time.Hour, Expect: time.Second}, false},
		{"a wish of the maximum", "ci-1", Wish{TTL: 3 * time.Hour}, store.Terms{TTL: 3 * time.Hour, Expect: time.Minute}, false},
		{"a wish beyond the maximum", "ci-1", Wish{TTL: 4 * time.Hour}, store.Terms{TTL: 3 * time.Hour, Expect: time.Minute}, true},
		{"nothing said where there is but a maximum", "capped", Wish{}, store.Terms{TTL: 2 * time.Hour}, false},
		{"keep asked for where there is but a maximum", "capped", Wish{KeepUntilScraped: true}, store.Terms{TTL: 2 * time.Hour, KeepUntilScraped: true}, false},
		{"kept by rule", "once", Wish{}, store.Terms{KeepUntilScraped: true}, false},
		{"a ttl comes before the rule's keep", "once", Wish{TTL: time.Minute}, store.Terms{TTL: time.Minute}, false},
		{"kept by rule, at most an hour", "once-capped", Wish{}, store.Terms{TTL: time.Hour, KeepUntilScraped: true}, false},
		{"expectation alone", "due", Wish{TTL: time.Minute}, store.Terms{TTL: time.Minute, Expect: time.Hour}, false},
		{"the whole job is matched", "xci-1", Wish{}, store.Terms{}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, less := rules.lifetime(key("job", test.job), test.wish)
			if got != test.want || (less != nil) != test.less {
				t.Errorf("got %+v, cut down: %v; want %+v, %v", got, less, test.want, test.less)
			}
		})
	}
}

// A push that gets less than it asked for is told so and counted; the group's key is
// matched as the relabel rules make it.
func TestBoundedLifetimeIsToldAndCounted(t *testing.T) {
	f := newFixture(t, Options{})
	rules := rewrites(t, serviceToJob)
	rules.Lifetimes = []Lifetime{{Match: onJob("web"), MaxTTL: 24 * time.Hour}}
	f.SetRules(rules)
	p := Push{Labels: key("job", "j", "service", "web"), Body: []byte("m 1\n"), Wish: Wish{TTL: 36 * time.Hour}}
	if err := f.Push(t.Context(), &p); err != nil {
		t.Fatal(err)
	}
	const want = "ttl=1d12h is more than the 1d that this group may have: it gets that"
	if len(p.Findings) == 0 || p.Findings[0].Rule != lifetimeBounded || p.Findings[0].Message != want {
		t.Errorf("got %+v, want %q", p.Findings, want)
	}
	if n := f.Counts().Bounded; n != 1 {
		t.Errorf("%d counted, want 1", n)
	}
	if g := f.store.Groups(nil); len(g) != 1 || g[0].TTL != 24*time.Hour {
		t.Errorf("groups are %+v, want one with a ttl of a day", g)
	}
}

// describe lists the groups with what is known of them.
func describe(f *fixture) string {
	var b strings.Builder
	for _, g := range f.store.Groups(nil) {
		fmt.Fprintf(&b, "%+v\n", g)
	}
	return b.String()
}

// What a journal holds doesn't depend on the configuration: replayed under other
// limits, lifetimes and relabel rules it gives the same exposition and the same groups.
func TestReplayUnderOtherRulesReachesTheSameState(t *testing.T) {
	dir := t.TempDir()
	f := open(t, Options{}, dir)
	rules := rewrites(t, serviceToJob)
	rules.Limits = bounds(map[limit.ID]int64{limit.GroupSeries: 12, limit.JobGroups: 2, limit.MetricSeries: 9})
	rules.Limits.Set.DryRun[limit.MetricSeries] = true
	rules.Lifetimes = []Lifetime{{Match: onJob("web"), TTL: time.Hour, Expect: time.Minute}}
	f.SetRules(rules)
	refused := 0
	for i, body := range []string{many("m", 5), many("m", 10), many("m", 11), "m 1 5\n", many("n", 11)} {
		for _, key := range [][]string{{"job", "j", "service", "web"}, {"job", "k"}, {"job", "k", "run", string(rune('0' + i))}} {
			if f.push(body, key...) != nil {
				refused++
			}
		}
	}
	if refused < 5 {
		t.Fatalf("%d pushes were refused, want some for the replay to refuse again", refused)
	}
	text, groups := f.scrape(), describe(f)
	if err := f.log.Close(); err != nil {
		t.Fatal(err)
	}
	for _, other := range []Rules{
		{},
		{Limits: bounds(map[limit.ID]int64{limit.GroupSeries: 3, limit.JobGroups: 1, limit.Series: 1})},
		rewrites(t, `{source_labels: [job], target_label: job, replacement: other}`),
	} {
		f := openRuled(t, Options{}, dir, other)
		if got := f.scrape(); got != text {
			t.Errorf("got\n%s\nwant\n%s", got, text)
		}
		if got := describe(f); got != groups {
			t.Errorf("got groups\n%s\nwant\n%s", got, groups)
		}
		if err := f.log.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
