package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/expo"
)

// A scrape costs what changed: groups that are as much overdue as they were at the last
// one cost it nothing that grows with their number.
func TestGroupsThatAreNoMoreOverdueCostNoScrape(t *testing.T) {
	s := New()
	s.SetGroupMetrics(OverdueGroupMetrics)
	const groups = 1000
	for i := range groups {
		c := &Change{Kind: KindPush, Key: keyOfJob(fmt.Sprint(i)), Terms: Terms{Expect: time.Hour}, Families: []FamilyChange{
			{Name: "m", Type: expo.Untyped, Text: fmt.Sprintf("m{instance=\"\",job=\"%d\"} 1\n", i)},
		}}
		s.ApplyBatch([]*Item{{Change: c, Seq: uint64(i + 1), Time: time.Now().UnixNano()}})
	}
	s.View(nil)
	if n := testing.AllocsPerRun(10, func() { s.View(nil) }); n > groups/10 {
		t.Errorf("%v allocations for %d groups of which none changed", n, groups)
	}
}
