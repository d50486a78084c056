package ingest

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/vocabulary"
)

// A limit that is a dry run refuses nothing; the pusher is told and it is counted,
// once for each push, however many of its series are beyond it.
func TestLimitInDryRunTakesThePushAndReports(t *testing.T) {
	const longer = "m{a=\"much too long\",b=\"also too long\"} 1\nm{a=\"too long too\"} 1\n"
	for id := range limit.BodyBytes { // those behind it are the API's, which reads bodies
		t.Run(id.String(), func(t *testing.T) {
			f := newFixture(t, Options{})
			rules := bounds(map[limit.ID]int64{id: 1})
			rules.Set.DryRun[id] = true
			f.SetRules(Rules{Limits: rules})
			f.must("other 1\n", "job", "j", "run", "1")
			before := f.Counts()
			p := Push{Labels: key(), Body: []byte(longer)}
			if err := f.Push(t.Context(), &p); err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, finding := range p.Findings {
				if finding.Rule != id.String() {
					continue
				}
				found++
				for _, want := range []string{"would be refused if the limit were no dry run: ", "(" + id.String() + ")", "1 allowed", "limits." + id.Key()} {
					if !strings.Contains(finding.Message, want) {
						t.Errorf("message %q lacks %q", finding.Message, want)
					}
				}
			}
			if found != 1 {
				t.Errorf("told of it %d times, want once: %+v", found, p.Findings)
			}
			if got := f.Counts().DryRun[id] - before.DryRun[id]; got != 1 {
				t.Errorf("counted %d times, want 1: it is one push", got)
			}
			if got := f.scrape(); !strings.Contains(got, "much too long") {
				t.Errorf("the push wasn't taken:\n%s", got)
			}
		})
	}
}

// What is counted was done: a push that was only rehearsed was neither refused nor
// changed, and what the rules did to one that was refused in the end isn't there.
func TestOnlyWhatWasDoneIsCounted(t *testing.T) {
	f := newFixture(t, Options{})
	rules := rewrites(t, `{source_labels: [__name__], regex: debug, action: drop}`, vocabulary.Term{Label: "env", Aliases: []string{"stage"}})
	rules.Limits = bounds(map[limit.ID]int64{limit.GroupSeries: 3, limit.LabelValueBytes: 3})
	rules.Limits.Set.DryRun[limit.LabelValueBytes] = true
	rules.Lifetimes = []Lifetime{{Match: onJob(".+"), MaxTTL: time.Hour}}
	f.SetRules(rules)
	const good, over, bad = "debug 1\nm{stage=\"long\"} 1\n", "debug 1\nm{stage=\"long\"} 1\nn 1\n", "debug 1\nm{stage=\"long\"} 1 5\n"
	for _, p := range []struct {
		body   string
		dryRun bool
	}{{good, true}, {over, true}, {over, false}, {bad, false}} {
		_ = f.Push(t.Context(), &Push{Labels: key(), Body: []byte(p.body), DryRun: p.dryRun, Wish: Wish{TTL: 2 * time.Hour}})
	}
	want := Counts{}
	want.Refused[limit.GroupSeries] = 1
	if got := f.Counts(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if err := f.Push(t.Context(), &Push{Labels: key(), Body: []byte(good), Wish: Wish{TTL: 2 * time.Hour}}); err != nil {
		t.Fatal(err)
	}
	want.DryRun[limit.LabelValueBytes], want.DroppedSeries, want.Vocabulary, want.Bounded = 1, 1, 1, 1
	if got := f.Counts(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
