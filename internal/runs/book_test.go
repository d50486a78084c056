package runs

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/schedule"
)

var bounds = Bounds{Runs: 50, Keep: 30 * 24 * time.Hour}

func sec(n int64) int64 { return n * int64(time.Second) }

func starting(id string, start int64) *Event {
	return &Event{ID: id, Host: "h", Start: sec(start), Bounds: bounds}
}

func ending(id string, start, end int64, o Outcome) *Event {
	e := starting(id, start)
	e.End, e.Outcome = sec(end), o
	return e
}

// noted is the history that events make, told of one a second.
func noted(events ...*Event) *History {
	var b Book
	for i, e := range events {
		b.Note("k", e, sec(int64(1000+i)))
	}
	return b.histories["k"].Value.(*History)
}

func ids(h *History) (all []string) {
	for i := range h.Runs {
		all = append(all, h.Runs[i].ID)
	}
	return all
}

// In whichever order starts and ends come, and however often, the runs are the same.
func TestEventsCommute(t *testing.T) {
	var events []*Event
	for i := range int64(12) {
		id := fmt.Sprint("r", i)
		events = append(events, starting(id, 10*i))
		if i%4 != 3 {
			events = append(events, ending(id, 10*i, 10*i+5+i, Success+Outcome(i)%5))
		}
	}
	want := noted(events...)
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 1))
		some := append(slices.Clone(events), events[rng.IntN(len(events))], events[rng.IntN(len(events))])
		rng.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		got := noted(some...)
		if !slices.EqualFunc(got.Runs, want.Runs, func(a, b Run) bool {
			a.Overlaps, b.Overlaps = false, false // is what was known when it was told
			return a == b
		}) || got.LastSuccess != want.LastSuccess {
			t.Fatalf("seed %d: got %+v\nwant %+v", seed, got.Runs, want.Runs)
		}
	}
}

// What has been let go doesn't come back when it is told again, so nothing counts twice.
func TestHistoryIsBounded(t *testing.T) {
	var b Book
	small := func(e *Event) *Event { e.Bounds.Runs = 3; return e }
	for i := range int64(10) {
		b.Note("k", small(ending(fmt.Sprint(i), i*10, i*10+15, Success)), sec(1000))
	}
	h := b.histories["k"].Value.(*History)
	overlapping := h.Overlapping
	for i := range int64(10) {
		b.Note("k", small(ending(fmt.Sprint(i), i*10, i*10+15, Success)), sec(1000))
	}
	if got := ids(h); !slices.Equal(got, []string{"7", "8", "9"}) || h.Overlapping != overlapping || overlapping != 9 {
		t.Errorf("got runs %v and %d overlapping, want the last three and 9", got, h.Overlapping)
	}
	if b.Stats().Ignored != 10 {
		t.Errorf("%d events ignored, want 10", b.Stats().Ignored)
	}
}

// A run that hangs isn't forgotten because others are skipped for it.
func TestRunThatGoesOnIsKept(t *testing.T) {
	events := []*Event{starting("hangs", 1)}
	for i := range int64(200) {
		events = append(events, ending(fmt.Sprint(i), 2+i, 2+i, Skipped))
	}
	h := noted(events...)
	if len(h.Runs) != 50 || h.Runs[0].ID != "hangs" || h.Status(nil, time.Unix(1000, 0)).Running != 1 {
		t.Errorf("got %v", ids(h))
	}
}

// A run whose end is never told is lost once a later one on its host has succeeded; its
// end is taken all the same.
func TestLostRun(t *testing.T) {
	events := []*Event{starting("a", 1), ending("b", 10, 20, Success)}
	if h := noted(events...); h.Status(nil, time.Unix(1000, 0)).Running != 0 || h.Goes(0) {
		t.Error("the run goes on")
	}
	other := ending("b", 10, 20, Success)
	other.Host = "another"
	if h := noted(starting("a", 1), other); h.Status(nil, time.Unix(1000, 0)).Running != 1 {
		t.Error("a run on another host has made one lost")
	}
	if h := noted(append(events, ending("a", 1, 30, Failure))...); h.Runs[0].Outcome != Failure {
		t.Error("the end came and wasn't taken")
	}
}

// Runs that begin while another one goes on are counted, each once; those that are
// skipped neither are nor make others.
func TestOverlapping(t *testing.T) {
	for name, c := range map[string]struct {
		events []*Event
		want   uint64
	}{
		"one after the other":  {[]*Event{ending("a", 1, 5, Success), ending("b", 5, 9, Success)}, 0},
		"two at once":          {[]*Event{starting("a", 1), starting("b", 2), starting("c", 3)}, 2},
		"told at their ends":   {[]*Event{ending("b", 2, 3, Success), ending("a", 1, 5, Success)}, 1},
		"told again and again": {[]*Event{starting("a", 1), starting("b", 2), starting("b", 2), ending("b", 2, 4, Success), ending("a", 1, 5, Success)}, 1},
		"one that was lost":    {[]*Event{starting("a", 1), ending("b", 2, 3, Success), starting("c", 4)}, 0},
		"skipped":              {[]*Event{starting("a", 1), ending("b", 2, 3, Skipped), ending("c", 2, 3, Skipped)}, 0},
	} {
		if h := noted(c.events...); h.Overlapping != c.want {
			t.Errorf("%s: %d, want %d", name, h.Overlapping, c.want)
		}
	}
}

// The plan is that of the newest run. Its end says all of it, its start alone and a run that was
// skipped take nothing back.
func TestPlan(t *testing.T) {
	with := func(e *Event, p Plan) *Event { e.Plan = p; return e }
	daily, hourly := Plan{Schedule: "@daily", Max: time.Hour}, Plan{Schedule: "@hourly", Expect: time.Minute}
	for name, c := range map[string]struct {
		events []*Event
		want   Plan
	}{
		"a start says something": {[]*Event{with(ending("a", 1, 2, Success), daily), with(starting("b", 3), Plan{Max: 1})}, Plan{Schedule: "@daily", Max: 1}},
		"start and end together": {[]*Event{with(starting("a", 1), daily), with(ending("a", 1, 2, Success), Plan{Expect: 1})}, Plan{Schedule: "@daily", Max: time.Hour, Expect: 1}},
		"an end takes back":      {[]*Event{with(ending("a", 1, 2, Success), daily), ending("b", 3, 4, Success)}, Plan{}},
		"a skipped one doesn't":  {[]*Event{with(ending("a", 1, 2, Success), daily), ending("b", 3, 4, Skipped)}, daily},
		"an older run":           {[]*Event{with(ending("b", 3, 4, Success), hourly), with(ending("a", 1, 2, Success), daily)}, hourly},
	} {
		if h := noted(c.events...); h.Plan != c.want {
			t.Errorf("%s: %+v, want %+v", name, h.Plan, c.want)
		}
	}
}

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

// The book is bounded: the job goes of which nothing was heard for longest.
func TestBookIsBounded(t *testing.T) {
	var b Book
	for i := range mostHistories + 5 {
		b.Note(fmt.Sprint(i), starting("r", 1), sec(1))
	}
	if s := b.Stats(); s.Histories != mostHistories || s.Evicted != 5 || b.histories["4"] != nil || b.histories["5"] == nil {
		t.Errorf("got %+v", s)
	}
}

// A copy stays as it is, whatever is told and judged: snapshots are written from copies.
func TestCopiesStay(t *testing.T) {
	b, h, s := judged(t, 1, 4)
	v, _ := h.Verdict(s, time.Time{}, time.Unix(6*3600, 0))
	b.Judge([]Verdict{v})
	b.Note("k", starting("x", 6*3600), sec(6*3600))
	copies := slices.Collect(b.All())
	before := fmt.Sprintf("%+v", copies)
	b.Note("k", ending("x", 6*3600, 6*3600+1, Success), sec(6*3600+1))
	b.Note("k", ending("late", 3*3600, 3*3600+1, Success), sec(6*3600+2))
	v, _ = h.Verdict(s, time.Time{}, time.Unix(9*3600, 0))
	b.Judge([]Verdict{v})
	if after := fmt.Sprintf("%+v", copies); after != before {
		t.Errorf("got\n%s\nwant\n%s", after, before)
	}
}

// A history is let go by a delete only if no group tells of it, those included that did so
// before it was there.
func TestHistoryStaysWithAGroup(t *testing.T) {
	var b Book
	b.Join("k")
	b.Join("k")
	b.Note("k", starting("1", 1), sec(1))
	b.Leave("k")
	b.Forget(sec(1)+int64(bounds.Keep)+1, 1)
	b.Note("k", starting("2", 2), sec(2))
	if b.Bury("k", sec(9)); b.histories["k"] == nil {
		t.Error("the history is gone while a group of it is there")
	}
	b.Leave("k")
	if b.Bury("k", sec(9)); b.histories["k"] != nil {
		t.Error("the history stays without a group")
	}
}

// Histories that come back are as old as they were, in whichever order their groups come back.
func TestRevivedHistoriesKeepTheirPlace(t *testing.T) {
	for _, order := range [][]string{{"a", "b", "c"}, {"c", "b", "a"}, {"b", "c", "a"}} {
		var b Book
		for i, key := range []string{"a", "b", "kept", "c"} {
			b.Note(key, starting("1", 1), sec(int64(i)))
		}
		for _, key := range []string{"a", "b", "c"} {
			b.Bury(key, sec(9))
		}
		for _, key := range order {
			b.Revive(key)
		}
		var got []string
		for h := range b.All() {
			got = append(got, h.Key)
		}
		if !slices.Equal(got, []string{"a", "b", "kept", "c"}) {
			t.Errorf("after %v: %v", order, got)
		}
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
