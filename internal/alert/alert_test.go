package alert

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

func group(expect time.Duration, pairs ...string) Group {
	return Group{Labels: labels.FromStrings(pairs...).Map(), Expect: expect}
}

func exprs(f File, alert string) (all []string) {
	for _, g := range f.Groups {
		for _, r := range g.Rules {
			if r.Alert == alert {
				all = append(all, r.Labels["severity"]+": "+r.Expr)
			}
		}
	}
	return all
}

// A job is watched by what it said of itself, a new instance of it as well.
func TestRulesOfAJob(t *testing.T) {
	f := Rules([]Group{
		group(26*time.Hour, "job", "backup", "instance", "db-1"),
		group(26*time.Hour, "job", "backup", "instance", "db-2"),
	})
	for alert, want := range map[string][]string{
		"JobLate": {
			`warning: time() - (push_time_seconds{job="backup"} > 0) > 93600`,
			`critical: time() - (push_time_seconds{job="backup"} > 0) > 187200`,
		},
		"JobUnsuccessful": {
			`warning: time() - (job_last_success_timestamp_seconds{job="backup"} > 0) > 93600`,
			`critical: time() - (job_last_success_timestamp_seconds{job="backup"} > 0) > 187200`,
		},
		"JobMissing": {`critical: absent(push_time_seconds{job="backup"})`},
	} {
		if got := exprs(f, alert); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", alert, got, want)
		}
	}
}

// Groups of one job that are due at different times are told apart, also from one that
// doesn't say.
func TestRulesOfDifferentGroups(t *testing.T) {
	f := Rules([]Group{
		group(time.Hour, "job", "backup", "instance", "db-1", "kind", "full"),
		group(time.Minute, "job", "backup", "instance", "db-1"),
		group(0, "job", "backup"),
	})
	want := []string{
		`warning: time() - (push_time_seconds{job="backup",instance="db-1",kind=""} > 0) > 60`,
		`critical: time() - (push_time_seconds{job="backup",instance="db-1",kind=""} > 0) > 120`,
		`warning: time() - (push_time_seconds{job="backup",instance="db-1",kind="full"} > 0) > 3600`,
		`critical: time() - (push_time_seconds{job="backup",instance="db-1",kind="full"} > 0) > 7200`,
	}
	if got := exprs(f, "JobLate"); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// A job whose groups go when they were read, or soon after the push, isn't gone each time.
func TestRulesOfPassingGroups(t *testing.T) {
	g := group(time.Hour, "job", "export")
	g.Passing = true
	want := []string{
		`warning: absent_over_time(push_time_seconds{job="export"}[1h])`,
		`critical: absent_over_time(push_time_seconds{job="export"}[2h])`,
	}
	if got := exprs(Rules([]Group{group(time.Minute, "job", "export", "instance", "a"), g}), "JobMissing"); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// A job that says nothing has no rules.
func TestNoExpectationNoRules(t *testing.T) {
	f := Rules([]Group{group(0, "job", "backup"), group(0, "job", "report", "instance", "x")})
	if f.Groups == nil || len(f.Groups) != 0 {
		t.Errorf("got %v: want groups, none of them", f)
	}
}

// Whatever the labels are, the rules are PromQL that selects the group, and no other of its job.
func TestRulesSelectTheGroup(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	p := parser.NewParser(parser.Options{})
	for range 200 {
		groups := randomGroups(r)
		for i, g := range groups {
			names := keyNames(groups)
			expr, err := p.ParseExpr("push_time_seconds" + exactly(g, names).String())
			if err != nil {
				t.Fatal(err)
			}
			matchers := expr.(*parser.VectorSelector).LabelMatchers
			for j, other := range groups {
				want := i == j || reflect.DeepEqual(shown(g), shown(other))
				if got := matches(matchers, other); got != want {
					t.Errorf("%s matches %q: %v, want %v", expr, other.Labels, got, want)
				}
			}
		}
	}
}

func randomGroups(r *rand.Rand) []Group {
	names := []string{"instance", "kind", "shard", "größe", "a.b", "a\"b"}
	values := []string{"", "x", `"`, `\`, "\n", "{{ . }}", "ü", "a b", "x,y=\"z\"}"}
	groups := make([]Group, 1+r.IntN(5))
	for i := range groups {
		groups[i] = group(time.Duration(r.IntN(3))*time.Hour, "job", values[7])
		for _, name := range names {
			if r.IntN(2) == 0 {
				groups[i].Labels[name] = values[r.IntN(len(values))]
			}
		}
	}
	return groups
}

// shown are the labels that Prometheus keeps of a group's series: it drops empty ones.
func shown(g Group) map[string]string {
	kept := map[string]string{}
	for name, value := range g.Labels {
		if value != "" {
			kept[name] = value
		}
	}
	return kept
}

func matches(matchers []*labels.Matcher, g Group) bool {
	for _, m := range matchers {
		if m.Name != model.MetricNameLabel && !m.Matches(g.Labels[m.Name]) {
			return false
		}
	}
	return true
}

// A job that is called like a template is that job all the same.
func TestLabelsAreNoTemplates(t *testing.T) {
	for _, value := range []string{"x", "{{ .Value }}", `{{"}}`, "{{\n`}}"} {
		parsed, err := template.New("").Parse(literal(value))
		if err != nil {
			t.Fatalf("%q: %v", value, err)
		}
		var got strings.Builder
		if err := parsed.Execute(&got, nil); err != nil || got.String() != value {
			t.Errorf("%q as a template says %q, %v", value, got.String(), err)
		}
	}
}

// The same groups make the same file, in whatever order they are listed.
func TestRulesDoNotDependOnOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	for range 50 {
		groups := randomGroups(r)
		var first, second strings.Builder
		if err := Rules(groups).WriteYAML(&first); err != nil {
			t.Fatal(err)
		}
		r.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
		if err := Rules(groups).WriteYAML(&second); err != nil {
			t.Fatal(err)
		}
		if first.String() != second.String() {
			t.Fatalf("two files of the same groups:\n%s\n%s", &first, &second)
		}
	}
}
