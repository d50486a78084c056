package ingest

import (
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/store"
)

func ofJob(job string) []*labels.Matcher {
	return []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "job", job)}
}

// What counts is the group that a push would change, not the one that it names: rules
// may lead it elsewhere. A push that isn't permitted leaves nothing, not even a failure.
func TestPushIsPermittedByTheGroupThatIsKept(t *testing.T) {
	const moved = `{source_labels: [job], regex: a, target_label: job, replacement: b}`
	sums := Rules{Aggregations: []Aggregation{{Match: ofJob("sum"), Mode: store.Cumulative, PusherLabel: "instance"}}}
	instance := append(ofJob("sum"), labels.MustNewMatcher(labels.MatchEqual, "instance", "i"))
	for name, c := range map[string]struct {
		rules Rules
		may   []*labels.Matcher
		push  Push
		want  bool
	}{
		"all":                         {Rules{}, nil, Push{Labels: key("job", "a")}, true},
		"the group":                   {Rules{}, ofJob("a"), Push{Labels: key("job", "a")}, true},
		"another":                     {Rules{}, ofJob("b"), Push{Labels: key("job", "a")}, false},
		"moved to it":                 {rewrites(t, moved), ofJob("b"), Push{Labels: key("job", "a")}, true},
		"moved away":                  {rewrites(t, moved), ofJob("a"), Push{Labels: key("job", "a")}, false},
		"a sum":                       {sums, ofJob("sum"), Push{Labels: key("instance", "i", "job", "sum")}, true},
		"a pusher, which no group is": {sums, instance, Push{Labels: key("instance", "i", "job", "sum")}, false},
		"wrong besides":               {sums, ofJob("b"), Push{Labels: key("job", "sum")}, false},
		"JSON":                        {Rules{}, ofJob("a"), Push{JSON: &expo.JSONOptions{Job: "a"}}, true},
		"JSON to another":             {Rules{}, ofJob("b"), Push{JSON: &expo.JSONOptions{Job: "a"}}, false},
		"a dry run":                   {Rules{}, ofJob("b"), Push{Labels: key("job", "a"), DryRun: true}, false},
	} {
		f := newFixture(t, Options{})
		c.rules.Limits = limit.Rules{Set: limit.Defaults}
		f.SetRules(c.rules)
		c.push.Groups, c.push.Body = c.may, []byte("m 1\n")
		if c.push.JSON != nil {
			c.push.Body = []byte(`[{"name":"m","value":1}]`)
		}
		err := f.Push(t.Context(), &c.push)
		other, refused := errors.AsType[*OtherGroupError](err)
		switch {
		case c.want && err != nil:
			t.Errorf("%s: %v", name, err)
		case !c.want && !refused:
			t.Errorf("%s: got %v, want it refused", name, err)
		case refused && !strings.Contains(other.Error(), "the token is for {job="):
			t.Errorf("%s: %v doesn't say what the token is for", name, err)
		}
		if !c.want && len(f.store.Groups(nil)) != 0 {
			t.Errorf("%s: it left %v", name, f.store.Groups(nil))
		}
	}
}
