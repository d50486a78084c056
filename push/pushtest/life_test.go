package pushtest

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
)

// A killed gateway refuses connections, and is back at its address with what it
// had acknowledged.
func TestKillAndRestart(t *testing.T) {
	each(t, func(t *testing.T, g *Gateway) {
		url := g.URL()
		must(t, g, 200, "PUT", "/metrics/job/j", "a 1\n")
		for range 3 {
			g.Client().CloseIdleConnections() // one of them may see its own end first
			g.Kill()
			if _, err := send(t, g, "PUT", "/metrics/job/j", "a 2\n"); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("want a refused connection, got %v", err)
			}
			g.Restart(LoseUnanswered)
			if g.URL() != url {
				t.Errorf("moved from %s to %s", url, g.URL())
			}
			wantValue(t, g, 1, "a")
		}
		must(t, g, 200, "PUT", "/metrics/job/j", "a 3\n")
		g.Restart(LoseUnanswered)
		wantValue(t, g, 3, "a")
	})
}

// increment sends an increment of 1, with the producer p's next sequence.
func increment(sequence int) (method, path, body string, headers [6]string) {
	return "POST", "/metrics/job/j", "# TYPE a_total counter\na_total 1\n",
		[6]string{aggregateHeader, "delta", producerHeader, "p", sequenceHeader, fmt.Sprint(sequence)}
}

func mustIncrement(t *testing.T, g *Gateway, sequence int) answer {
	t.Helper()
	method, path, body, headers := increment(sequence)
	return must(t, g, 200, method, path, body, headers[:]...)
}

// cutIncrement sends an increment that is applied and not answered.
func cutIncrement(t *testing.T, g *Gateway, sequence int) {
	t.Helper()
	g.Respond(CutAfterApply())
	method, path, body, headers := increment(sequence)
	if a, err := send(t, g, method, path, body, headers[:]...); err == nil {
		t.Fatalf("answered %d", a.status)
	}
}

// What was applied and not answered is there after a restart, or it isn't, as the
// test wants it; and then its sequence is new again.
func TestRestartUnanswered(t *testing.T) {
	for _, c := range []struct {
		what      Unanswered
		left      float64
		duplicate bool
	}{{KeepUnanswered, 2, true}, {LoseUnanswered, 1, false}} {
		g := New(t)
		mustIncrement(t, g, 1)
		cutIncrement(t, g, 2)
		wantValue(t, g, 2, "a_total")
		g.Restart(c.what)
		wantValue(t, g, c.left, "a_total")
		if lost := g.Pushes()[1].Lost; lost == c.duplicate {
			t.Errorf("%d: push 2 lost: %t", c.what, lost)
		}
		mustIncrement(t, g, 2)
		wantValue(t, g, 2, "a_total")
		if p := last(t, g); p.Duplicate != c.duplicate {
			t.Errorf("%d: repetition: %v", c.what, p)
		}
	}
}

// A restart never forgets what was acknowledged: not a push that was acknowledged
// as a repetition, and not what came before it.
func TestRestartKeepsAcknowledged(t *testing.T) {
	g := New(t)
	cutIncrement(t, g, 1)
	cutIncrement(t, g, 2)
	mustIncrement(t, g, 2) // a repetition, acknowledged
	mustIncrement(t, g, 1) // an earlier one, too
	cutIncrement(t, g, 3)
	g.Restart(LoseUnanswered)
	wantValue(t, g, 2, "a_total")
	if n := g.Applied(); n != 2 {
		t.Errorf("want 2 applied, got %d", n)
	}
}

// Reset makes the gateway what it was at first, but for its address.
func TestResetForgets(t *testing.T) {
	g := New(t)
	g.Respond(Pass(), Status(500).Times(0))
	mustIncrement(t, g, 1)
	g.Reset()
	if len(g.Pushes()) != 0 || len(g.Groups()) != 0 {
		t.Errorf("left: %v %v", g.Pushes(), g.Groups())
	}
	if a := mustIncrement(t, g, 1); a.header.Get(duplicateHeader) != "" {
		t.Error("a sequence is remembered")
	}
}

// Close may be called twice, and leaves what arrived to be looked at.
func TestClose(t *testing.T) {
	g := New(t)
	must(t, g, 200, "PUT", "/metrics/job/j", "a 1\n")
	g.Close()
	g.Close()
	wantValue(t, g, 1, "a")
}
