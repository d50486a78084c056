package runs

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

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
