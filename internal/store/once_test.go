package store

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/expo"
)

// Each number is applied once, in whatever order they come within the window; what
// lies before it or too far after it never is.
func TestNumbersAreAppliedOnce(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var l ledger
		applied, highest := map[uint64]bool{}, uint64(0)
		for range 2000 {
			n := 1 + uint64(rng.Int64N(int64(highest)+1200))
			if rng.IntN(2) == 0 && highest > Window { // where the bits of numbers fall together
				n = highest - Window + uint64(rng.IntN(4)) - 1
			}
			o := &Once{Sequence: Sequence{"p", 1, n}}
			repeats, err := l.repeats(o)
			wantErr := n+Window <= highest || n > highest+Window
			if (err != nil) != wantErr || err == nil && repeats != applied[n] {
				t.Fatalf("seed %d: number %d after %d: repeats %v, %v, applied before: %v", seed, n, highest, repeats, err, applied[n])
			}
			if err == nil && !repeats {
				l.note(o, 1)
				applied[n], highest = true, max(highest, n)
			}
		}
	}
}

// A number that is none, or so large that sums with it wrap around, is refused for
// what it is.
func TestExtremeNumbersAreRefused(t *testing.T) {
	var l ledger
	l.note(&Once{Sequence: Sequence{"p", 1, 5}}, 1)
	for _, n := range []uint64{0, 5 + Window + 1, math.MaxUint64, math.MaxUint64 - Window} {
		_, err := l.repeats(&Once{Sequence: Sequence{"p", 1, n}})
		var order *SequenceError
		if !errors.As(err, &order) || order.Late {
			t.Errorf("number %d: %v, want it refused, and not as late", n, err)
		}
	}
}

// What is remembered is bounded, and who was silent longest is forgotten first: after
// a restart as well as before.
func TestLedgerIsBounded(t *testing.T) {
	var l ledger
	note := func(name string) {
		l.note(&Once{Sequence: Sequence{name, 1, 1}, Key: "key of " + name, Retention: time.Hour}, 1)
	}
	for i := range mostProducers {
		note(fmt.Sprint("p", i))
	}
	note("p0") // speaks again
	var again ledger
	l.freeze()
	for l.view.read(&l, ledgerChunk) {
	}
	again.restore(l.view.entries())
	for _, l := range []*ledger{&l, &again} {
		l.note(&Once{Sequence: Sequence{"new", 1, 1}}, 1)
		if len(l.producers) != mostProducers || l.producers["p0"] == nil || l.producers["p1"] != nil || l.producers["p2"] == nil {
			t.Errorf("%d producers, or not those that spoke last", len(l.producers))
		}
	}
}

// What is remembered of a push outlasts its group, or a late retry would bring it back.
func TestRetryOfADeletedGroupIsADuplicate(t *testing.T) {
	key := KeyOf([]expo.Label{{Name: "job", Value: "j"}})
	for _, gone := range []*Change{
		{Kind: KindDelete, Keys: []string{key}},
		{Kind: KindWipe},
		{Kind: KindClear, Undo: Undo{ID: "u", Window: time.Hour, Bytes: 1 << 20}},
	} {
		s := New()
		push := sumOf(key, "c", expo.Counter, Terms{Summing: Summing{Mode: Delta}, Once: Once{Key: "k", Retention: time.Hour}}, 1)
		s.ApplyBatch([]*Item{{Change: push, Seq: 1, Time: 1}, {Change: gone, Seq: 2, Time: 2}})
		again := &Item{Change: push, Seq: 3, Time: 3}
		if s.ApplyBatch([]*Item{again}); !again.Duplicate || s.Stats().Groups != 0 {
			t.Errorf("after kind %d: duplicate %v, %d groups", gone.Kind, again.Duplicate, s.Stats().Groups)
		}
	}
}

// A retention or an idle time without end doesn't wrap around.
func TestEndlessTimesAreKept(t *testing.T) {
	key := KeyOf([]expo.Label{{Name: "job", Value: "j"}})
	s := New()
	terms := Terms{Summing: Summing{Mode: Cumulative, Pusher: "p", Idle: math.MaxInt64}, Once: Once{Key: "k", Retention: math.MaxInt64}}
	push := &Item{Change: sumOf(key, "c", expo.Counter, terms, 1), Seq: 1, Time: 5e9}
	s.ApplyBatch([]*Item{push})
	s.ApplyBatch([]*Item{{Change: &Change{Kind: KindExpire, Most: 10}, Seq: 2, Time: 6e9}})
	restored := New()
	for _, e := range writeSnapshot(t, s.BeginSnapshot()) {
		replay(t, restored, &e)
	}
	if stats := restored.Stats(); push.Err != nil || stats.Keys != 1 || stats.Retired != 0 {
		t.Errorf("%v, %+v", push.Err, stats)
	}
}

// sumOf is a push of one value to a sum.
func sumOf(key, name string, typ expo.Type, terms Terms, value int) *Change {
	s := refSeries{labels: exposedLabels(key), value: refValue{n: value}}
	return &Change{Kind: KindPush, Key: key, Terms: terms, Families: []FamilyChange{{Name: name, Type: typ, Text: s.text(name, typ)}}}
}
