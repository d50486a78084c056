package store

import (
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
)

// gaugeOf is a push of a gauge that is added up over pushers.
func gaugeOf(key, pusher string, epoch uint64, idle int64, value int) *Change {
	c := sumOf(key, "g", expo.Gauge, Terms{Summing: Summing{Mode: Cumulative, Pusher: pusher, Epoch: epoch, Idle: idle}}, value)
	c.Families[0].Gauges = aggregate.Sum
	return c
}

// A snapshot is of one moment: pushers that are gone before it is written are in it.
func TestSnapshotHasPushersThatRetire(t *testing.T) {
	key := KeyOf([]expo.Label{{Name: "job", Value: "j"}})
	s := New()
	s.ApplyBatch([]*Item{
		{Change: gaugeOf(key, "a", 0, 5e9, 10), Seq: 1, Time: 1e9},
		{Change: gaugeOf(key, "b", 0, 0, 1), Seq: 2, Time: 2e9},
	})
	before := exposition(s)
	snap := s.BeginSnapshot()
	s.ApplyBatch([]*Item{{Change: &Change{Kind: KindExpire, Most: 10}, Seq: 3, Time: 20e9}})
	after := exposition(s)
	if !strings.Contains(before, `g{instance="",job="j"} 11`) || !strings.Contains(after, `g{instance="",job="j"} 1`+"\n") {
		t.Fatalf("before:\n%safter:\n%s", before, after)
	}
	restored := New()
	for _, e := range writeSnapshot(t, snap) {
		replay(t, restored, &e)
	}
	same(t, "restored", exposition(restored), before)
	if !restored.Due(20e9) {
		t.Error("a restored store doesn't know that a pusher is to retire")
	}
	restored.ApplyBatch([]*Item{{Change: &Change{Kind: KindExpire, Most: 10}, Seq: 3, Time: 20e9}})
	same(t, "restored, and the pusher retired", exposition(restored), after)
}

// A gauge that a pusher's new life doesn't have any more isn't counted for it.
func TestNewLifeHasNoGaugesOfTheOld(t *testing.T) {
	key := KeyOf([]expo.Label{{Name: "job", Value: "j"}})
	s := New()
	other := gaugeOf(key, "a", 2, 0, 7)
	other.Families[0].Name, other.Families[0].Text = "h", strings.Replace(other.Families[0].Text, "g{", "h{", 1)
	s.ApplyBatch([]*Item{
		{Change: gaugeOf(key, "a", 1, 0, 10), Seq: 1, Time: 1},
		{Change: gaugeOf(key, "b", 1, 0, 1), Seq: 2, Time: 2},
		{Change: other, Seq: 3, Time: 3},
	})
	if got := exposition(s); !strings.Contains(got, `g{instance="",job="j"} 1`+"\n") {
		t.Errorf("got\n%s", got)
	}
}
