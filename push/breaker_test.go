package push

import (
	"errors"
	"testing"
	"time"
)

// The breaker opens after failures in a row, lets one probe through when its time
// is over, and closes when that works.
func TestCircuit(t *testing.T) {
	b, err := Breaker{Failures: 3, OpenFor: time.Minute}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	c := circuit{Breaker: b}
	now := time.Unix(1000, 0)
	down := errors.New("connection refused")
	refused := &SendError{Class: Final, StatusCode: 400}

	c.saw(down, now)
	c.saw(down, now)
	c.saw(refused, now) // an answer: the target works
	c.saw(down, now)
	c.saw(down, now)
	if c.err(now) != nil {
		t.Fatal("open after two failures in a row, want three")
	}
	c.saw(down, now)
	if err := c.err(now); !errors.Is(err, ErrCircuitOpen) || !errors.Is(err, down) {
		t.Fatalf("after three failures: %v, want ErrCircuitOpen with the cause", err)
	}
	if d := c.remaining(now.Add(20 * time.Second)); d != 40*time.Second {
		t.Errorf("open for another %s, want 40s", d)
	}
	later := now.Add(time.Minute)
	if err := c.err(later); err != nil {
		t.Fatalf("no probe is let through after a minute: %v", err)
	}
	c.saw(down, later)
	if c.err(later.Add(59*time.Second)) == nil {
		t.Error("a probe that failed doesn't open it again")
	}
	later = later.Add(time.Minute)
	c.saw(nil, later)
	if c.open() || c.err(later) != nil {
		t.Error("a probe that worked doesn't close it")
	}
	c.saw(down, later)
	if c.open() {
		t.Error("after it closed, one failure opens it")
	}
}

func TestCircuitThatNeverOpens(t *testing.T) {
	b, _ := Breaker{Failures: -1}.withDefaults()
	c := circuit{Breaker: b}
	for range 100 {
		c.saw(errors.New("x"), time.Unix(0, 0))
	}
	if c.open() {
		t.Error("open")
	}
}
