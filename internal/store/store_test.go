package store

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/journal"
)

var seedFlag = flag.Uint64("seed", 0, "run the model test with this seed only")

// The store shows what the model shows, takes what it takes and refuses what it
// refuses; so do a store that replays the same changes, and one that starts from
// a snapshot taken on the way and replays the rest.
func TestStoreIsItsModel(t *testing.T) {
	seeds := []uint64{}
	for i := range uint64(300) {
		seeds = append(seeds, i)
	}
	if *seedFlag != 0 {
		seeds = []uint64{*seedFlag}
	}
	for _, seed := range seeds {
		if !runModel(t, seed) {
			t.Fatalf("seed %d failed: run again with -seed=%d", seed, seed)
		}
	}
}

func runModel(t *testing.T, seed uint64) bool {
	rng := rand.New(rand.NewPCG(seed, 7))
	s, want := New(), world{model: model{}}
	var log []journal.Entry
	var frozen []journal.Entry // a snapshot on the way
	var snap *Snapshot
	snapAt, atSnapshot := rng.IntN(60), ""
	for i := range 80 {
		if i == snapAt {
			snap, atSnapshot = s.BeginSnapshot(), want.exposition()
		}
		c := randomChange(rng, seed%2 == 1)
		switch {
		case rng.IntN(3) == 0:
			c = want.randomLife(rng, i)
		case c.Kind != KindDelete && c.Kind != KindWipe && rng.IntN(4) > 0:
			randomTerms(rng, c)
		}
		payload := AppendPayload(nil, c)
		e := journal.Entry{Kind: c.Kind, Payload: payload, Seq: uint64(i + 1), Time: int64(i+1) * 1e9}
		log = append(log, e)
		decoded := new(Change)
		if err := decoded.Decode(c.Kind, payload); err != nil {
			t.Errorf("a payload of ours does not decode: %v", err)
			return false
		}
		item := &Item{Change: decoded, Seq: e.Seq, Time: e.Time}
		s.ApplyBatch([]*Item{item})
		next, taken := want.apply(c, e.Seq, e.Time)
		isPush := c.Kind == KindReplace || c.Kind == KindMerge || c.Kind == KindPush
		if isPush && taken != (item.Err == nil) {
			t.Errorf("step %d: store says %v, model took it: %v\n%+v", i, item.Err, taken, c)
			return false
		}
		want = next
		if rng.IntN(4) == 0 && !same(t, "store", exposition(s), want.exposition()) {
			return false
		}
		if snap != nil && frozen == nil && rng.IntN(3) == 0 {
			frozen = writeSnapshot(t, snap)
		}
	}
	if frozen == nil {
		frozen = writeSnapshot(t, snap)
	}
	replayed := New()
	for i := range log {
		replay(t, replayed, &log[i])
	}
	restored := New()
	for i := range frozen {
		replay(t, restored, &frozen[i])
	}
	if !same(t, "snapshot alone", exposition(restored), atSnapshot) {
		return false
	}
	for i := range log[snapAt:] {
		replay(t, restored, &log[snapAt+i])
	}
	return same(t, "store at the end", exposition(s), want.exposition()) &&
		same(t, "replayed", exposition(replayed), want.exposition()) &&
		same(t, "restored from a snapshot", exposition(restored), want.exposition()) &&
		same(t, "counts", lasting(restored), lasting(s)) && same(t, "deletes", fmt.Sprint(restored.Audit()), fmt.Sprint(s.Audit()))
}

// lasting are the figures that don't depend on when the process began.
func lasting(s *Store) Stats {
	stats := s.Stats()
	stats.Expired, stats.Read, stats.Retired = 0, 0, 0
	stats.Runs.Evicted, stats.Runs.Ignored = 0, 0
	return stats
}

func writeSnapshot(t testing.TB, snap *Snapshot) []journal.Entry {
	t.Helper()
	entries := []journal.Entry{}
	err := snap.Write(context.Background(), func(kind journal.Kind, payload []byte) error {
		entries = append(entries, journal.Entry{Kind: kind, Payload: slices.Clone(payload), Seq: snap.Seq, Time: snap.Time})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func replay(t *testing.T, s *Store, e *journal.Entry) {
	t.Helper()
	if err := s.Replay(e); err != nil {
		t.Fatal(err)
	}
}

// A group that many pushes have made larger than a record may be comes back whole.
func TestLargeGroupIsSnapshotInParts(t *testing.T) {
	s := New()
	c := &Change{Kind: KindReplace, Key: KeyOf([]expo.Label{{Name: "job", Value: "j"}})}
	for _, name := range []string{"a", "b", "c", "d"} {
		f := expo.Family{Name: name, Type: expo.Gauge, Metrics: []expo.Metric{{Labels: []expo.Label{
			{Name: "instance"}, {Name: "job", Value: "j"}, {Name: "v", Value: strings.Repeat("x", partBytes/2+1)},
		}}}}
		c.Families = append(c.Families, FamilyChange{Name: name, Type: f.Type, Text: string(expo.AppendSamples(nil, &f))})
	}
	s.ApplyBatch([]*Item{{Change: c, Seq: 1, Time: 1e9}})
	s.ApplyBatch([]*Item{{Change: &Change{Kind: KindRefuse, Key: c.Key}, Seq: 2, Time: 2e9}})
	records := writeSnapshot(t, s.BeginSnapshot())
	if len(records) != 2 {
		t.Errorf("%d records, want 2", len(records))
	}
	restored := New()
	for i := range records {
		replay(t, restored, &records[i])
	}
	if exposition(restored) != exposition(s) || restored.Groups(nil)[0].LastPushOK {
		t.Error("the restored group is not what it was")
	}
}

func exposition(s *Store) string {
	var b strings.Builder
	if _, err := s.View(nil).WriteTo(&b); err != nil {
		panic(err)
	}
	return b.String()
}

func same[T comparable](t *testing.T, what string, got, want T) bool {
	t.Helper()
	if got != want {
		t.Errorf("%s:\ngot\n%v\nwant\n%v", what, got, want)
	}
	return got == want
}

// randomChange draws from so few names that everything collides with everything,
// with UTF-8 names among them in every second run.
func randomChange(rng *rand.Rand, utf8 bool) *Change {
	switch n := rng.IntN(20); {
	case n == 0:
		return &Change{Kind: KindWipe}
	case n < 4:
		return &Change{Kind: KindDelete, Keys: []string{randomKey(rng, utf8), randomKey(rng, utf8)}}
	case n < 5:
		return &Change{Kind: KindRefuse, Key: randomKey(rng, utf8)}
	}
	c := &Change{Kind: KindMerge, Key: randomKey(rng, utf8)}
	if rng.IntN(2) == 0 {
		c.Kind = KindReplace
	}
	names := []string{"m", "m_count", "m_sum", "m_total", "n", "m_created"}
	if utf8 {
		names = []string{"m", "m_count", "m.count", "m-count", "a.b", "a_b", "a-b", "a.b_count", "a_b_count", "push.time.seconds"}
	}
	rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	names = names[:rng.IntN(4)]
	slices.Sort(names)
	for _, name := range names {
		c.Families = append(c.Families, randomFamily(rng, name, exposedLabels(c.Key), utf8))
	}
	return c
}

func randomKey(rng *rand.Rand, utf8 bool) string {
	labels := []expo.Label{{Name: "job", Value: pick(rng, "a", "b", "c")}}
	if rng.IntN(3) == 0 {
		labels = append(labels, expo.Label{Name: "instance", Value: pick(rng, "", "x")})
	}
	if rng.IntN(4) == 0 {
		labels = append(labels, expo.Label{Name: zone(rng, utf8), Value: pick(rng, "", "1")})
	}
	slices.SortFunc(labels, func(a, b expo.Label) int { return strings.Compare(a.Name, b.Name) })
	return KeyOf(labels)
}

func zone(rng *rand.Rand, utf8 bool) string {
	if utf8 {
		return pick(rng, "z_n", "z.n")
	}
	return "zone"
}

func randomFamily(rng *rand.Rand, name string, labels []expo.Label, utf8 bool) FamilyChange {
	f := expo.Family{Name: name, Type: expo.Type(rng.IntN(3))}
	if f.Type == expo.Summary && name != "m" && name != "a.b" {
		f.Type = expo.Untyped
	}
	taken := slices.ContainsFunc(labels, func(l expo.Label) bool { return l.Name[0] == 'z' })
	for _, path := range []string{"", "1", "2"}[:1+rng.IntN(3)] {
		own := slices.Clone(labels)
		switch {
		case path != "" && taken:
			own = append(own, expo.Label{Name: "zz", Value: path})
		case path != "":
			own = append(own, expo.Label{Name: zone(rng, utf8), Value: path}) // collides with the group of that zone
		}
		slices.SortFunc(own, func(a, b expo.Label) int { return strings.Compare(a.Name, b.Name) })
		m := expo.Metric{Labels: own, Value: float64(rng.IntN(9))}
		if f.Type == expo.Summary {
			m.Summary = &expo.SummaryValue{Count: 3, Sum: 1, Quantiles: []expo.Quantile{{Quantile: 0.5, Value: 2}}}
		}
		f.Metrics = append(f.Metrics, m)
	}
	fc := FamilyChange{Name: name, Type: f.Type, Text: string(expo.AppendSamples(nil, &f))}
	if rng.IntN(2) == 0 {
		fc.HasHelp, fc.Help = true, pick(rng, "", "one", "two")
	}
	return fc
}

func pick[T any](rng *rand.Rand, of ...T) T { return of[rng.IntN(len(of))] }

// A conflict's text tells the pusher what is in the way and what to do.
func TestConflictsNameWhatIsInTheWay(t *testing.T) {
	key := func(job string) string { return KeyOf([]expo.Label{{Name: "job", Value: job}}) }
	push := func(s *Store, job string, f FamilyChange) error {
		c := &Change{Kind: KindReplace, Key: key(job), Families: []FamilyChange{f}}
		it := &Item{Change: c, Time: 1}
		s.ApplyBatch([]*Item{it})
		return it.Err
	}
	gauge := func(name, series string) FamilyChange {
		return FamilyChange{Name: name, Type: expo.Gauge, Text: series + " 1\n"}
	}
	tests := []struct {
		name   string
		second FamilyChange
		reason string
		want   []string
	}{
		{"type", FamilyChange{Name: "m", Type: expo.Counter, Text: "m{job=\"b\"} 1\n"}, "type", []string{"m has type counter here and type gauge in other groups"}},
		{"series", gauge("m", `m{instance="",job="a"}`), "series", []string{"was collected before with the same name and label values", `{job="a"}`}},
		{"suffix", FamilyChange{Name: "s", Type: expo.Summary, Text: "s_sum{job=\"b\"} 1\ns_count{job=\"b\"} 1\n"}, "name", []string{"collides", "s_count"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := New()
			for _, f := range []FamilyChange{gauge("m", `m{instance="",job="a"}`), gauge("s_count", `s_count{instance="",job="c"}`)} {
				if err := push(s, map[string]string{"m": "a", "s_count": "c"}[f.Name], f); err != nil {
					t.Fatal(err)
				}
			}
			err := push(s, "b", test.second)
			var conflict *ConflictError
			if !errors.As(err, &conflict) || conflict.Reason != test.reason {
				t.Fatalf("got %#v, want a conflict of reason %q", err, test.reason)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q lacks %q", err, want)
				}
			}
		})
	}
}

// A record that the journal vouches for never brings the store down.
func FuzzDecode(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 20 {
		c := randomChange(rng, true)
		if i%2 == 0 && c.Kind != KindDelete && c.Kind != KindWipe {
			randomTerms(rng, c)
		}
		f.Add(uint8(c.Kind), AppendPayload(nil, c))
	}
	for i := range 20 {
		c := world{}.randomLife(rng, i)
		f.Add(uint8(c.Kind), AppendPayload(nil, c))
	}
	for _, c := range slices.Concat(sumRecords(f), runRecords(f), windowRecords(f)) {
		f.Add(uint8(c.Kind), c.Payload)
	}
	f.Fuzz(func(t *testing.T, kind uint8, payload []byte) {
		c := new(Change)
		if c.Decode(journal.Kind(kind), payload) != nil {
			return
		}
		if again := AppendPayload(nil, c); c.Kind != KindWipe {
			if err := new(Change).Decode(c.Kind, again); err != nil {
				t.Fatalf("what decoded does not encode to what decodes: %v", err)
			}
		}
	})
}

// Snapshots and logs of before groups had terms are read as they were meant: the
// group stays for good and has no limits.
func TestRecordsOfOldAreRead(t *testing.T) {
	key := KeyOf([]expo.Label{{Name: "job", Value: "j"}})
	family := FamilyChange{Name: "m", Type: expo.Gauge, Text: "m{instance=\"\",job=\"j\"} 1\n", pushed: 5e9}
	s := New()
	for i, c := range []*Change{
		{Kind: KindGroup, Key: key, state: state{pushed: 5e9, failed: 6e9}, Families: []FamilyChange{family}},
		{Kind: KindMerge, Key: KeyOf([]expo.Label{{Name: "job", Value: "k"}})},
		{Kind: KindRefuse, Key: KeyOf([]expo.Label{{Name: "job", Value: "l"}})},
		{Kind: KindDelete, Keys: []string{KeyOf([]expo.Label{{Name: "job", Value: "l"}})}},
	} {
		replay(t, s, &journal.Entry{Kind: c.Kind, Payload: AppendPayload(nil, c), Seq: uint64(i + 1), Time: int64(i+7) * 1e9})
	}
	groups := s.Groups(nil)
	if len(groups) != 2 {
		t.Fatalf("%d groups, want 2", len(groups))
	}
	if g := groups[0]; g.LastPush.Unix() != 5 || g.LastFailure.Unix() != 6 || g.LastPushOK || !g.Expires.IsZero() || g.Series != 3 {
		t.Errorf("the group of a snapshot is %+v", g)
	}
	if len(s.Audit()) != 0 || s.Stats().Undoable != 0 {
		t.Error("a delete of before there was an undo can be undone")
	}
}
