package store

import (
	"fmt"
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

// What an undo brings back is its own: a snapshot that has it as deleted stays as it is.
func TestUndoneSumIsNotTheSnapshots(t *testing.T) {
	key := KeyOf([]expo.Label{{Name: "job", Value: "j"}})
	terms := Terms{Summing: Summing{Mode: Cumulative, Pusher: "a"}}
	s := New()
	s.ApplyBatch([]*Item{
		{Change: sumOf(key, "c", expo.Counter, terms, 10), Seq: 1, Time: 1},
		{Change: &Change{Kind: KindRemove, Keys: []string{key}, Undo: Undo{ID: "u", Window: 1 << 40, Bytes: 1 << 20}}, Seq: 2, Time: 2},
	})
	snap := s.BeginSnapshot()
	rest := []*Item{
		{Change: &Change{Kind: KindUndo, Most: 1}, Seq: 3, Time: 3},
		{Change: sumOf(key, "c", expo.Counter, terms, 15), Seq: 4, Time: 4},
	}
	s.ApplyBatch(rest)
	restored := New()
	for _, e := range writeSnapshot(t, snap) {
		replay(t, restored, &e)
	}
	restored.ApplyBatch(rest)
	same(t, "restored", exposition(restored)+provenance(restored), exposition(s)+provenance(s))
	if got := exposition(s); !strings.Contains(got, `c{instance="",job="j"} 15`) {
		t.Errorf("got\n%s", got)
	}
}

// A sum that is larger than a record may be comes back whole, with its pushers once.
func TestLargeSumIsSnapshotInParts(t *testing.T) {
	key := KeyOf([]expo.Label{{Name: "job", Value: "j"}})
	c := &Change{Kind: KindPush, Key: key, Terms: Terms{Summing: Summing{Mode: Cumulative, Pusher: "p", Idle: 5e9}}}
	for _, name := range []string{"a", "b", "c"} {
		f := refSeries{labels: append(exposedLabels(key), expo.Label{Name: "v", Value: strings.Repeat("x", partBytes/2+1)}), value: refValue{n: 1}}
		c.Families = append(c.Families, FamilyChange{Name: name, Type: expo.Counter, Text: f.text(name, expo.Counter)})
	}
	s := New()
	s.ApplyBatch([]*Item{{Change: c, Seq: 1, Time: 1e9}})
	records := writeSnapshot(t, s.BeginSnapshot())
	if len(records) != 4 {
		t.Errorf("%d records, want 4, one of them for the pushers", len(records))
	}
	restored := New()
	for i := range records {
		replay(t, restored, &records[i])
	}
	if exposition(restored) != exposition(s) || provenance(restored) != provenance(s) {
		t.Error("the restored sum is not what it was")
	}
	for _, s := range []*Store{s, restored} {
		s.ApplyBatch([]*Item{{Change: &Change{Kind: KindExpire, Most: 1}, Seq: 2, Time: 20e9}})
		if n := s.Stats().Retired; n != 1 {
			t.Errorf("%d pushers retired, want 1", n)
		}
	}
}

// One sum remembers so many pushers and no more: the next is told so and changes
// nothing, those that are there go on, and one that is gone makes room.
func TestPushersAreBounded(t *testing.T) {
	key := KeyOf([]expo.Label{{Name: "job", Value: "j"}})
	s := New()
	push := func(pusher string, idle int64, at int64) error {
		c := sumOf(key, "c_total", expo.Counter, Terms{Summing: Summing{Mode: Cumulative, Pusher: pusher, Idle: idle}}, 1)
		it := &Item{Change: c, Seq: uint64(at), Time: at}
		s.ApplyBatch([]*Item{it})
		return it.Err
	}
	for i := range mostPushers {
		idle := int64(0)
		if i == 0 {
			idle = 1
		}
		if err := push(fmt.Sprintf("p%05d", i), idle, int64(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	const later = mostPushers + 10
	if err := push("one more", 0, later); err == nil || !strings.Contains(err.Error(), "10000 pushers already, 10000 allowed") {
		t.Errorf("one more: got %v", err)
	}
	if err := push("p00005", 0, later+1); err != nil {
		t.Errorf("one that is there: got %v", err)
	}
	s.ApplyBatch([]*Item{{Change: &Change{Kind: KindExpire, Most: 10}, Seq: later + 2, Time: later + 2}})
	if err := push("one more", 0, later+3); err != nil {
		t.Errorf("after one is gone: got %v", err)
	}
}

// The series that a sum remembers of its pushers are bounded, too: a push that adds one
// to as many is refused, and one that adds none isn't, nor one of a new life.
func TestRememberedSeriesAreBounded(t *testing.T) {
	key := KeyOf([]expo.Label{{Name: "job", Value: "j"}})
	s := New()
	push := func(pusher string, epoch uint64, at int64) error {
		c := sumOf(key, "c_total", expo.Counter, Terms{Summing: Summing{Mode: Cumulative, Pusher: pusher, Epoch: epoch}}, 1)
		it := &Item{Change: c, Seq: uint64(at), Time: at}
		s.ApplyBatch([]*Item{it})
		return it.Err
	}
	if err := push("a", 1, 1); err != nil {
		t.Fatal(err)
	}
	s.groups[key].sum().remembered = mostRemembered // as a million pushes would make it
	if err := push("b", 1, 2); err == nil || !strings.Contains(err.Error(), "1048577 series of 1 pushers, 1048576 allowed") {
		t.Errorf("one more: got %v", err)
	}
	for _, epoch := range []uint64{1, 2} {
		if err := push("a", epoch, int64(epoch)+2); err != nil {
			t.Errorf("one that is there, in epoch %d: got %v", epoch, err)
		}
	}
}
