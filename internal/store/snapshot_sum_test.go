package store

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/journal"
)

// A snapshot of a large sum is of the moment in which it began, although between any two of
// its records series change, come, and go with their group, and pushers begin anew.
func TestSnapshotOfSumIsOfOneMoment(t *testing.T) {
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 11))
		s, key, at := New(), KeyOf([]expo.Label{{Name: "job", Value: "j"}}), int64(0)
		apply := func(c *Change) {
			at++
			it := &Item{Change: c, Seq: uint64(at), Time: at}
			if s.ApplyBatch([]*Item{it}); it.Err != nil {
				t.Fatal(it.Err)
			}
		}
		push := func(series int) {
			f := refSeries{labels: append(exposedLabels(key), expo.Label{Name: "path", Value: strconv.Itoa(series)}), value: refValue{n: int(at)}}
			name := pick(rng, "c", "d")
			terms := Terms{Summing: Summing{Mode: Cumulative, Pusher: strconv.Itoa(series % 7), Epoch: uint64(at) / 5000}}
			apply(&Change{Kind: KindPush, Key: key, Terms: terms, Families: []FamilyChange{{Name: name, Type: expo.Counter, Text: f.text(name, expo.Counter)}}})
		}
		for i := range 4 * seriesChunk {
			push(i)
		}
		before := exposition(s) + provenance(s) + beyondText(t, s)
		snap, entries := s.BeginSnapshot(), []journal.Entry{}
		err := snap.Write(context.Background(), func(kind journal.Kind, payload []byte) error {
			entries = append(entries, journal.Entry{Kind: kind, Payload: slices.Clone(payload), Seq: snap.Seq, Time: snap.Time})
			for range 300 {
				push(rng.IntN(5 * seriesChunk))
			}
			if len(entries) == 4 {
				apply(&Change{Kind: KindDelete, Keys: []string{key}})
			}
			return nil
		})
		if err != nil || len(entries) < 5 {
			t.Fatalf("%d records, %v", len(entries), err)
		}
		restored := New()
		for i := range entries {
			replay(t, restored, &entries[i])
		}
		if exposition(restored)+provenance(restored)+beyondText(t, restored) != before {
			t.Errorf("seed %d: what was restored is not what there was", seed)
		}
	}
}
