package labels

import (
	"flag"
	"math/rand/v2"
	"testing"
)

var seedFlag = flag.Uint64("seed", 0, "run random tests with this seed only")

// forSeeds runs f with some seeds, each named in the name of its test.
func forSeeds(t *testing.T, f func(*testing.T, *rand.Rand)) {
	seeds := []uint64{*seedFlag}
	if *seedFlag == 0 {
		seeds = []uint64{1, 2, 3, rand.Uint64()}
	}
	for _, seed := range seeds {
		ok := t.Run("", func(t *testing.T) { f(t, rand.New(rand.NewPCG(seed, 0))) })
		if !ok {
			t.Fatalf("repeat with -seed %d", seed)
		}
	}
}
