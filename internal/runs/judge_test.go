package runs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/schedule"
)

// judged is a book with one job that is due hourly since 0:00 and ran at the given hours.
func judged(t *testing.T, hours ...int64) (*Book, *History, *schedule.Schedule) {
	t.Helper()
	s, err := schedule.Parse("@hourly", "")
	if err != nil {
		t.Fatal(err)
	}
	var b Book
	for _, hour := range hours {
		e := ending(fmt.Sprint(hour), hour*3600+2, hour*3600+9, Success)
		e.Plan.Schedule = "@hourly"
		b.Note("k", e, sec(hour*3600+10))
	}
	return &b, b.histories["k"].Value.(*History), s
}

// A due time at which no run began is a miss, counted once, as soon as none can begin any more.
func TestMissedRuns(t *testing.T) {
	b, h, s := judged(t, 1, 2, 5)
	v, at := h.Verdict(s, time.Time{}, time.Unix(5*3600+60, 0))
	if len(v.Misses) != 2 || v.Misses[0].Due != sec(3*3600) || v.Misses[1].Due != sec(4*3600) || !at.After(time.Unix(5*3600+60, 0)) {
		t.Fatalf("got %+v, to be looked at again at %s; want 3:00 and 4:00", v, at.UTC())
	}
	for range 2 {
		b.Judge([]Verdict{v, {Key: "nobody's"}})
	}
	if h.Missed != 2 || len(h.Misses) != 2 {
		t.Errorf("%d missed, want 2", h.Missed)
	}
	if v, _ := h.Verdict(s, time.Time{}, time.Unix(5*3600+60, 0)); len(v.Misses) != 0 {
		t.Errorf("found again: %+v", v)
	}
}

// A run that is told of late takes its mark away; the counter, which others have seen, stays.
func TestLateRunIsNoMiss(t *testing.T) {
	b, h, s := judged(t, 1, 5)
	v, _ := h.Verdict(s, time.Time{}, time.Unix(5*3600+60, 0))
	b.Note("k", ending("late", 3*3600+1, 3*3600+5, Failure), sec(5*3600+61))
	b.Judge([]Verdict{v})
	if h.Missed != 2 || len(h.Misses) != 2 {
		t.Fatalf("%d missed, want 2: that of 3:00 came before the verdict", h.Missed)
	}
	b.Note("k", ending("later", 4*3600+1, 4*3600+5, Success), sec(5*3600+62))
	if h.Missed != 2 || len(h.Misses) != 1 || h.Misses[0].Due != sec(2*3600) {
		t.Errorf("%d missed, marks %+v, want 2 and that of 2:00", h.Missed, h.Misses)
	}
}

// Times before the oldest known run aren't judged: older runs may have been let go.
func TestForgottenRunsAreNotMissed(t *testing.T) {
	var b Book
	s, err := schedule.Parse("@hourly", "")
	if err != nil {
		t.Fatal(err)
	}
	for hour := range int64(100) {
		e := ending(fmt.Sprint(hour), hour*3600, hour*3600+9, Success)
		e.Plan.Schedule, e.Bounds.Runs = "@hourly", 3
		b.Note("k", e, sec(hour*3600+10))
	}
	h := b.histories["k"].Value.(*History)
	if v, _ := h.Verdict(s, time.Time{}, time.Unix(99*3600+1800, 0)); len(v.Misses) != 0 || v.Until != sec(99*3600) {
		t.Errorf("got %+v, want none up to 99:00", v)
	}
}

// The next run is the one that was due last as long as it may still begin, and is then late.
func TestNextRun(t *testing.T) {
	_, h, s := judged(t, 1, 2)
	for _, c := range []struct {
		now, next int64
		late      bool
	}{{2*3600 + 60, 3 * 3600, false}, {3*3600 + 60, 3 * 3600, false}, {3*3600 + 601, 3 * 3600, true}, {5 * 3600, 3 * 3600, true}} {
		st := h.Status(s, time.Unix(c.now, 0))
		if st.Next.Unix() != c.next || st.Late != c.late {
			t.Errorf("at %d: %s, late %v; want %d, %v", c.now, st.Next.UTC(), st.Late, c.next, c.late)
		}
		if st.Changes.IsZero() != c.late || !c.late && !h.Status(s, st.Changes).Late {
			t.Errorf("at %d: the status changes at %s, it says", c.now, st.Changes.UTC())
		}
	}
	early := noted(ending("a", 3*3600-20, 3*3600, Success))
	early.Plan.Schedule = "@hourly"
	if st := early.Status(s, time.Unix(3*3600+60, 0)); st.Next.Unix() != 4*3600 {
		t.Errorf("after a run that began somewhat early the next is at %s, want 4:00", st.Next.UTC())
	}
}

// On the days on which clocks change a job misses nothing, whichever system runs it: in
// spring it may leave the time out or make up for it, in autumn take either of two. The
// days around are as any other.
func TestNothingIsMissedWhenClocksChange(t *testing.T) {
	s, err := schedule.Parse("30 2 * * *", "Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	const march, october = "2026-03-28T02:30:00+01:00 2026-03-30T02:30:00+02:00", "2026-10-24T02:30:00+02:00 2026-10-26T02:30:00+01:00"
	for name, c := range map[string]struct {
		at     string
		missed int
	}{
		"spring, left out":  {march, 0},
		"spring, made up":   {march + " 2026-03-29T03:00:00+02:00", 0},
		"spring, day after": {"2026-03-28T02:30:00+01:00 2026-03-31T02:30:00+02:00", 1},
		"autumn, the first": {october + " 2026-10-25T02:30:00+02:00", 0},
		"autumn, the last":  {october + " 2026-10-25T02:30:00+01:00", 0},
		"autumn, both":      {october + " 2026-10-25T02:30:00+02:00 2026-10-25T02:30:00+01:00", 0},
		"autumn, none":      {october, 1},
	} {
		var b Book
		var last time.Time
		for _, moment := range strings.Fields(c.at) {
			start, err := time.Parse(time.RFC3339, moment)
			if err != nil {
				t.Fatal(err)
			}
			e := &Event{ID: moment, Start: start.UnixNano(), End: start.UnixNano() + 1, Outcome: Success, Bounds: bounds}
			e.Plan = Plan{Schedule: "30 2 * * *", Timezone: "Europe/Berlin"}
			b.Note("k", e, start.UnixNano())
			if start.After(last) {
				last = start
			}
		}
		h := b.histories["k"].Value.(*History)
		h.Judged = h.Runs[0].Start
		if v, _ := h.Verdict(s, time.Time{}, last.Add(time.Hour)); len(v.Misses) != c.missed {
			t.Errorf("%s: %d missed, want %d", name, len(v.Misses), c.missed)
		}
	}
}
