package limit

import (
	"testing"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/headgate/headgate/internal/expo"
)

func override(t *testing.T, selector string, change func(*Override)) Override {
	t.Helper()
	set, err := parser.NewParser(parser.Options{}).ParseMetricSelector(selector)
	if err != nil {
		t.Fatal(err)
	}
	o := Override{Match: set}
	change(&o)
	return o
}

// Of the overrides that select a group, the first that says something of a limit has
// the word; what none says is as for all.
func TestFirstOverrideHolds(t *testing.T) {
	yes, no := true, false
	r := Rules{Set: Defaults, Overrides: []Override{
		override(t, `{job="big",instance!=""}`, func(o *Override) { o.Max[GroupSeries] = 7 }),
		override(t, `{job="big"}`, func(o *Override) { o.Max[GroupSeries], o.Max[JobSeries], o.DryRun[JobSeries] = 5, None, &yes }),
		override(t, `{job=~".+"}`, func(o *Override) { o.Max[JobGroups], o.DryRun[JobSeries], o.DryRun[JobGroups] = 3, &no, &yes }),
	}}
	for _, test := range []struct {
		key                       []expo.Label
		group, job, groups        int64
		dryGroup, dryJob, dryMany bool
	}{
		{[]expo.Label{{Name: "instance", Value: "i"}, {Name: "job", Value: "big"}}, 7, None, 3, false, true, true},
		{[]expo.Label{{Name: "job", Value: "big"}}, 5, None, 3, false, true, true},
		{[]expo.Label{{Name: "job", Value: "small"}}, Defaults.Max[GroupSeries], Defaults.Max[JobSeries], 3, false, false, true},
	} {
		var s Set
		r.For(test.key, &s)
		got := [...]int64{s.Max[GroupSeries], s.Max[JobSeries], s.Max[JobGroups]}
		dry := [...]bool{s.DryRun[GroupSeries], s.DryRun[JobSeries], s.DryRun[JobGroups]}
		if got != [...]int64{test.group, test.job, test.groups} || dry != [...]bool{test.dryGroup, test.dryJob, test.dryMany} {
			t.Errorf("%v: got %v, dry run %v", test.key, got, dry)
		}
	}
}

// An id is stable: scripts and alerts have it, and its number is in the journal.
func TestIDs(t *testing.T) {
	want := []string{
		"limit-series", "limit-job-series", "limit-group-series", "limit-metric-series", "limit-job-groups",
		"limit-series-labels", "limit-label-name-bytes", "limit-label-value-bytes", "limit-job-pushes-per-second",
		"limit-body-bytes", "limit-decoded-body-bytes",
	}
	for i, name := range want {
		if got, ok := Named(name); !ok || got != ID(i) || ID(i).String() != name {
			t.Errorf("%s is %d, %v; want %d", name, got, ok, i)
		}
	}
	if _, ok := Named("limit-none"); ok || len(want) != int(IDs) {
		t.Error("there is an id that isn't in the list")
	}
}
