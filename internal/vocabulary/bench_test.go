package vocabulary

import (
	"fmt"
	"testing"

	"github.com/headgate/headgate/internal/expo"
)

// push is ten series of eight labels, as a job on a host would push them.
func push(environment, value string) (sets [][]expo.Label) {
	for i := range 10 {
		sets = append(sets, []expo.Label{
			{Name: "__name__", Value: fmt.Sprintf("batch_metric_%d_seconds", i)},
			{Name: environment, Value: value},
			{Name: "instance", Value: "host-1:9100"},
			{Name: "job", Value: "nightly-backup"},
			{Name: "region", Value: "eu-west-1"},
			{Name: "service", Value: "shop"},
			{Name: "step", Value: fmt.Sprintf("load-%d", i)},
			{Name: "team", Value: "storage"},
		})
	}
	return sets
}

// terms are ten, of each kind.
func terms() []Term {
	all := []Term{
		env(Rewrite, Warn, Warn),
		{Label: "region", Aliases: []string{"zone", "location"}, Required: true, Allowed: []string{"eu-west-1", "us-east-1"}},
		{Label: "job", Aliases: []string{"app", "application"}},
		{Label: "team", Aliases: []string{"owner", "squad"}, Values: map[string][]string{"storage": {"store"}, "web": {"www"}}},
	}
	for i := range 6 {
		all = append(all, Term{Label: fmt.Sprint("label_", i), Aliases: []string{fmt.Sprint("other_", i)}})
	}
	return all
}

func benchmark(b *testing.B, sets [][]expo.Label) {
	v := compiled(b, terms()...)
	var r Report
	b.ReportAllocs()
	for b.Loop() {
		r.Reset()
		for _, ls := range sets {
			v.Apply(&r, ls)
		}
	}
}

// Ten series and ten terms: what a push pays for the vocabulary.
func BenchmarkApply(b *testing.B) {
	b.Run("untouched", func(b *testing.B) { benchmark(b, push("env", "production")) })
	b.Run("rewritten", func(b *testing.B) { benchmark(b, push("environment", "prod")) })
}

// Where nothing is against the vocabulary, nothing is allocated.
func TestNoAllocations(t *testing.T) {
	v := compiled(t, terms()...)
	var r Report
	sets := push("env", "production")
	all := func() {
		r.Reset()
		for _, ls := range sets {
			if out := v.Apply(&r, ls); &out[0] != &ls[0] {
				t.Fatalf("%q became %q: %v", ls, out, told(&r))
			}
		}
	}
	if n := testing.AllocsPerRun(100, all); n > 0 || len(r.Findings()) > 0 {
		t.Errorf("got %v allocations and %v", n, told(&r))
	}
}
