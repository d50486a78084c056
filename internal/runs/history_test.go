package runs

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
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
