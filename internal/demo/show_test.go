package demo

import (
	"context"
	"os"
	"testing"
	"time"
)

func open(t *testing.T) *Show {
	t.Helper()
	s, err := Open(t.Context(), Options{Listen: "127.0.0.1:0", Workers: 8, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// eventually asks for the state until it is as wanted.
func eventually(t *testing.T, s *Show, what string, holds func(State) bool) State {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		st, err := s.State(ctx)
		if err != nil {
			t.Fatalf("waiting until %s: %v", what, err)
		}
		if holds(st) {
			return st
		}
	}
}

func job(st State, name string) Job {
	for _, j := range st.Jobs {
		if j.Name == name {
			return j
		}
	}
	return Job{}
}

// What the workers counted is what the gateway shows, although each kind of fault
// happened; and nothing is left behind.
func TestSumsAreRight(t *testing.T) {
	s := open(t)
	eventually(t, s, "each fault happened", func(st State) bool {
		f := st.Faults
		return f.Cut > 0 && f.Unavailable > 0 && f.Lost > 0 && st.Counted > 100
	})
	dir := s.stage.dir
	proof, err := s.End(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := proof.Err(); err != nil {
		t.Error(err)
	}
	if proof.Total() <= 100 {
		t.Errorf("%d were counted, want more than there were before the end", proof.Total())
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder %s is still there: %v", dir, err)
	}
}

// A wrong sum is found: here the gateway has more than was counted.
func TestWrongSumIsFound(t *testing.T) {
	s := open(t)
	eventually(t, s, "something was counted", func(st State) bool { return st.Counted > 0 })
	s.workers.counted[1].Add(-1)
	proof, err := s.End(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if proof.Err() == nil {
		t.Error("no error, though the workers said one less than they pushed")
	}
}

// The jobs do what they are there to show.
func TestJobsShowWhatTheySay(t *testing.T) {
	s := open(t)
	eventually(t, s, "each job has shown its point", func(st State) bool {
		return job(st, "backup").Groups == 2 && job(st, "invoices").Failed > 0 && job(st, "etl").Running > 1 &&
			job(st, "cert-renewal").Overdue && job(st, "feature-import").Refused > 0 && job(st, "report").Running == 1 &&
			job(st, "ci").Groups > 2
	})
	if _, err := s.End(t.Context()); err != nil {
		t.Error(err)
	}
}
