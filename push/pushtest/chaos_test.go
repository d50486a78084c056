package pushtest

import (
	"flag"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "run the chaos of this `seed` only")
	seedsFlag = flag.Uint64("seeds", 100, "run the chaos of this many seeds")
)

// A client that sends increment after increment, each until it is acknowledged,
// has each counted once, whatever goes wrong. So a test of a client that finds
// another sum has found a fault of the client.
func TestChaos(t *testing.T) {
	first, end := uint64(1), *seedsFlag
	if *seedFlag != 0 {
		first, end = *seedFlag, *seedFlag
	}
	for seed := first; seed <= end; seed++ {
		synctest.Test(t, func(t *testing.T) { chaos(t, seed) })
		if t.Failed() {
			t.Fatalf("run it again with -run TestChaos -seed %d", seed)
		}
	}
}

func chaos(t *testing.T, seed uint64) {
	const increments = 30
	g := New(t, InMemory())
	random := rand.New(rand.NewPCG(seed, 1))
	g.RespondFunc(func(*http.Request) Order { return fault(random) })
	done := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		killAndRestart(g, rand.New(rand.NewPCG(seed, 2)), done)
	}()
	for sequence := 1; sequence <= increments; sequence++ {
		method, path, body, headers := increment(sequence)
		for {
			a, err := send(t, g, method, path, body, headers[:]...)
			if err == nil && a.status == 200 {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	close(done)
	<-stopped
	g.Restart(LoseUnanswered)
	if sum := g.Value("a_total"); sum != increments {
		t.Errorf("want %d, got %v; %s", increments, sum, g.arrived())
	}
}

// fault draws what goes wrong with a push.
func fault(random *rand.Rand) Order {
	faults := []Order{Pass(), Pass(), Status(500), Status(502).AfterApply(), CutBefore(), CutMidBody(10), CutAfterApply(),
		CutAfterApply().Reset(), Delay(time.Second), Delay(time.Second).AfterApply(), Status(429).Early()}
	return faults[random.IntN(len(faults))]
}

func killAndRestart(g *Gateway, random *rand.Rand, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-time.After(time.Duration(random.Int64N(int64(10 * time.Second)))):
		}
		g.Kill()
		time.Sleep(time.Duration(random.Int64N(int64(time.Second))))
		g.Restart(Unanswered(random.IntN(2)))
	}
}
