package ingest

import (
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/limit"
)

// A limit that is a dry run refuses nothing; the pusher is told and it is counted,
// once for each push, however many of its series are beyond it.
func TestLimitInDryRunTakesThePushAndReports(t *testing.T) {
	const longer = "m{a=\"much too long\",b=\"also too long\"} 1\nm{a=\"too long too\"} 1\n"
	for id := range limit.IDs {
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
