package scrape

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/expo"
)

func randomLabels(rng *rand.Rand) []expo.Label {
	pieces := []string{"", "\x00", "\x01", "\x00\x00", "a", "b", "ab", "é", "\x00a"}
	piece := func() string { return pieces[rng.IntN(len(pieces))] + pieces[rng.IntN(len(pieces))] }
	labels := make([]expo.Label, rng.IntN(4))
	for i := range labels {
		labels[i] = expo.Label{Name: piece(), Value: piece()}
	}
	return labels
}

// Owners are ordered by number of labels, values, names, whatever bytes these have,
// and keep their labels.
func TestOwnerOrder(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 20_000 {
		a, b := randomLabels(rng), randomLabels(rng)
		oa, ob := NewOwner(a), NewOwner(b)
		if !slices.Equal(oa.Labels(), a) {
			t.Fatalf("labels of %q became %q", a, oa.Labels())
		}
		if got, want := oa.Compare(ob), referenceCompare(a, b); got*want < 0 || (got == 0) != (want == 0) {
			t.Fatalf("Compare(%q, %q) = %d, want %d", a, b, got, want)
		}
	}
}

// A group stays in its shard when its gateway restarts: these are pinned.
func TestShardIsStable(t *testing.T) {
	if s := NewOwner(nil).shard(8); s != 1 {
		t.Errorf("no labels: shard %d, want 1", s)
	}
	for job, want := range map[string]int{"a": 4, "b": 1, "c": 3} {
		got := NewOwner([]expo.Label{{Name: "job", Value: job}}).shard(8)
		if got != want {
			t.Errorf("job %q: shard %d of 8, want %d", job, got, want)
		}
	}
}

// Many groups spread evenly.
func TestShardsAreEven(t *testing.T) {
	const groups, n = 8000, 8
	var count [n + 1]int
	for i := range groups {
		count[NewOwner([]expo.Label{{Name: "job", Value: "batch"}, {Name: "n", Value: string(rune('0' + i))}}).shard(n)]++
	}
	for i, c := range count[1:] {
		if c < groups/n*8/10 || c > groups/n*12/10 {
			t.Errorf("shard %d of %d has %d of %d groups", i+1, n, c, groups)
		}
	}
}
