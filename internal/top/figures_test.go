package top

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/client"
)

// A counter that goes back, as at a restart, gives no rate.
func TestRestartGivesNoRate(t *testing.T) {
	taken := func(f *figures) float64 { return f.taken }
	before, after := &figures{at: noon, taken: 10}, &figures{at: noon.Add(2 * time.Second), taken: 4}
	if rate, known := after.perSecond(before, taken); known {
		t.Errorf("rate %g after a restart", rate)
	}
	after.taken = 30
	if rate, known := after.perSecond(before, taken); !known || rate != 10 {
		t.Errorf("rate %g, %t, want 10", rate, known)
	}
	if _, known := after.perSecond(nil, taken); known {
		t.Error("a rate from one look")
	}
}

// A group's rate is what was seen of it; where each look saw a push there may be more.
func TestRates(t *testing.T) {
	groups := []client.Group{{Labels: client.Key{"job": "often"}}, {Labels: client.Key{"job": "seldom"}}}
	var r rates
	for i := range 2*mostLooks + 1 {
		at := noon.Add(time.Duration(i) * time.Second)
		groups[0].LastPush = at
		groups[1].LastPush = at.Truncate(10 * time.Second)
		r = r.observe(groups, at)
	}
	if rate, atLeast, known := r.perMinute(`{job="often"}`); !known || !atLeast || rate < 59 || rate > 61 {
		t.Errorf("often: %g, at least %t, want about 60 at least", rate, atLeast)
	}
	if rate, atLeast, _ := r.perMinute(`{job="seldom"}`); atLeast || rate < 4 || rate > 8 {
		t.Errorf("seldom: %g, at least %t, want about 6", rate, atLeast)
	}
	r.sort(groups)
	if groups[0].Labels["job"] != "often" {
		t.Error("what is pushed to most often doesn't come first")
	}
	if r = r.observe(groups[:1], noon); len(r) != 1 {
		t.Errorf("%d groups are remembered, of which one is listed", len(r))
	}
}

// FuzzReadFigures: whatever a gateway answers is read or refused.
func FuzzReadFigures(f *testing.F) {
	f.Add(newFake().metrics())
	f.Add(strings.Repeat("headgate_groups NaN\n", 2))
	f.Add("# TYPE headgate_pushes_total histogram\nheadgate_pushes_total_sum 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		figures, err := readFigures([]byte(text), noon)
		if (figures == nil) == (err == nil) {
			t.Errorf("%v and %v", figures, err)
		}
	})
}
