package push

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// warner takes everything, and warns of it. n counts batches from 1.
type warner struct {
	fake
	warn func(ctx context.Context, n int)
}

func (w *warner) Send(ctx context.Context, b *Batch) error {
	w.warn(ctx, len(w.all())+1)
	return w.fake.Send(ctx, b)
}

func warningPusher(w *warner, opts ...Option) *Pusher {
	p, _ := counterPusher(&w.fake, append([]Option{WithTransport(w)}, opts...)...)
	return p
}

func warnings(p *Pusher, rule string) int {
	return int(testutil.ToFloat64(p.report.telemetry().warnings.WithLabelValues("gateway", rule)))
}

// A warning is logged once an hour though each push meets it anew with other numbers and
// another example, and each time counted.
func TestWarningIsLoggedOnceAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &warner{warn: func(ctx context.Context, n int) {
			Warn(ctx, Warning{"label-uuid", fmt.Sprintf(`rows_total{user} %d of %d values are UUIDs, such as "%c"; drop it`, n, n, 'a'+n%26)})
			Warn(ctx, Warning{"label-uuid", fmt.Sprintf("rows_total{order} %d of %d values are UUIDs", n, n)})
		}}
		log, lines := logged()
		p := warningPusher(w, WithInterval(10*time.Second), log)
		noErr(t, p.Start(t.Context()))
		time.Sleep(119 * time.Minute)
		synctest.Wait()
		wantLines(t, lines(), `{user} 1 of 1`, `{order} 1 of 1`, `{user}`, `{order}`)
		for _, want := range []string{"level=WARN", `msg="push: the target warns"`, "target=gateway", "job=backup", "rule=label-uuid", "suppressed="} {
			if !strings.Contains(lines()[2], want) {
				t.Errorf("the second hour's line lacks %q: %s", want, lines()[2])
			}
		}
		noErr(t, p.Close(t.Context()))
		if n, pushes := warnings(p, "label-uuid"), len(w.all()); n != 2*pushes {
			t.Errorf("%d warnings counted in %d pushes, want two in each", n, pushes)
		}
	})
}

// A target that makes up rules and warnings costs neither series nor memory nor lines
// without end, and what it says is cut.
func TestWarningsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &warner{warn: func(ctx context.Context, n int) {
			for i := range 100 {
				Warn(ctx, Warning{fmt.Sprintf("rule-%d-%d", n, i), strings.Repeat("é", 1000)})
				Warn(ctx, Warning{"same", fmt.Sprintf("metric_%d_%d is amiss", n, i)})
			}
		}}
		log, lines := logged()
		p := warningPusher(w, log, WithHook(func(e Event) {
			if len(e.Warnings) > mostWarnings {
				t.Errorf("an attempt has %d warnings, want at most %d", len(e.Warnings), mostWarnings)
			}
		}))
		for range 200 {
			noErr(t, p.Push())
		}
		if n := testutil.CollectAndCount(p.report.telemetry().warnings); n > mostRules+1 {
			t.Errorf("%d rules counted by name, want at most %d and one for the others", n, mostRules)
		}
		if n := len(p.report.warnings.kinds); n > mostWarned+mostRules+1 {
			t.Errorf("%d warnings remembered, want at most %d", n, mostWarned+mostRules+1)
		}
		if n := len(lines()); n > mostWarned+mostRules+1 {
			t.Errorf("%d lines, want at most %d", n, mostWarned+mostRules+1)
		}
		for _, l := range lines() {
			if len(l) > 2*mostWarningBytes {
				t.Fatalf("line of %d bytes: %.100s", len(l), l)
			}
		}
		if n := warnings(p, otherRule); n == 0 {
			t.Error("rules beyond the bound aren't counted at all")
		}
	})
}

// Warnings are the same whose numbers and examples differ, and not those of different metrics.
func TestSubject(t *testing.T) {
	for message, want := range map[string]string{
		`x2{user} 12 of 13 values are "a"`:         "x2{user} ",
		`x3{user} 12 of 13 values are "a"`:         "x3{user} ",
		`12 more findings`:                         " more findings",
		`13 more findings`:                         " more findings",
		`the key has pod="web-x2k4q", a pod's`:     "the key has pod=",
		`pushes every 2.5 s, as a service does`:    "pushes every ",
		`is_ms is a gauge: want seconds`:           "is_ms is a gauge: want seconds",
		`requests lacks _total; call it "x_total"`: "requests lacks _total; call it ",
		``: " ",
	} {
		if got := subject(message); got != want {
			t.Errorf("subject of %q is %q, want %q", message, got, want)
		}
	}
}

// What isn't an id is counted as other: a name may hold anything.
func TestWarningRuleNames(t *testing.T) {
	var r rules
	for rule, want := range map[string]string{
		"label-uuid": "label-uuid", "limit-job-series": "limit-job-series", "a_1": "a_1", "": otherRule,
		"No Id": otherRule, "é": otherRule, strings.Repeat("a", 64): strings.Repeat("a", 64), strings.Repeat("a", 65): otherRule,
	} {
		if got := r.name(rule); got != want {
			t.Errorf("rule %q is counted as %q, want %q", rule, got, want)
		}
	}
}

// The hook sees an attempt's warnings with what came of it, and not those of another.
func TestWarningsInEvents(t *testing.T) {
	said := Warning{"name-unit", "x is in ms"}
	for _, started := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := &warner{warn: func(ctx context.Context, n int) {
				if n == 2 {
					Warn(ctx, said)
					Warn(ctx, said)
				}
			}}
			w.answer = func(n int, _ *Batch) error {
				if n == 1 {
					return errDown
				}
				return nil
			}
			var h history
			p := warningPusher(w, WithInterval(0), WithHook(h.add))
			if started {
				noErr(t, p.Start(t.Context()))
				time.Sleep(time.Minute)
			} else {
				noErr(t, p.Push())
			}
			noErr(t, p.Push())
			noErr(t, p.Close(t.Context()))
			var got []string
			for _, e := range h.events {
				got = append(got, fmt.Sprintf("%s%s", e.State, e.Warnings))
			}
			want := []string{"pending[]", "retrying[]", "succeeded[{name-unit x is in ms}]", "pending[]", "succeeded[]"}
			if started {
				want = append(want, "pending[]", "succeeded[]") // Close's
			}
			if !slices.Equal(got, want) {
				t.Errorf("started %v: events %q, want %q", started, got, want)
			}
		})
	}
}

// A Transport may be used without a Pusher, and may warn too late.
func TestWarnWithoutAPusher(t *testing.T) {
	Warn(t.Context(), Warning{Rule: "r"})
	ctx, h := hear(t.Context())
	Warn(ctx, Warning{Rule: "in-time"})
	got := h.end()
	Warn(ctx, Warning{Rule: "late"})
	if !slices.Equal(got, []Warning{{Rule: "in-time"}}) || len(h.warnings) != 1 {
		t.Errorf("heard %v, and %v in the end", got, h.warnings)
	}
}
