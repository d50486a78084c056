package spool

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func mustOpen(t *testing.T, dir string, o Options) *Spool {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func put(t *testing.T, s *Spool, e *Entry) {
	t.Helper()
	lost, err := s.Put(e)
	if err != nil || len(lost) > 0 {
		t.Fatalf("put: lost %v, %v", lost, err)
	}
}

func head(t *testing.T, s *Spool) *Entry {
	t.Helper()
	e, err := s.Head()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// drain takes everything out and returns it as "sequence payload".
func drain(t *testing.T, s *Spool) (all []string) {
	t.Helper()
	for e := head(t, s); e != nil; e = head(t, s) {
		all = append(all, fmt.Sprintf("%d %s", e.Sequence, e.Payload))
		if err := s.Done(e); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func ordered(payload string) *Entry {
	return &Entry{Ordered: true, Samples: 1, Payload: []byte(payload)}
}
func state(key, payload string) *Entry {
	return &Entry{Key: key, Samples: 1, Payload: []byte(payload)}
}

func wantDrained(t *testing.T, s *Spool, want ...string) {
	t.Helper()
	if got := drain(t, s); !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
}

// TestNextProcess guards that what one process leaves is sent by the next, before its
// own, under the numbers and the producer of the first; and that what is finished
// leaves nothing behind.
func TestNextProcess(t *testing.T) {
	dir := t.TempDir() + "/spool/target"
	first := mustOpen(t, dir, Options{})
	for _, e := range []*Entry{ordered("a"), state("k", "old"), ordered("b"), state("k", "new"), ordered("c")} {
		put(t, first, e)
	}
	if e := head(t, first); string(e.Payload) != "a" || first.Done(e) != nil {
		t.Fatalf("head is %q", e.Payload)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	second := mustOpen(t, dir, Options{})
	put(t, second, ordered("d"))
	if e := head(t, second); e.Producer != first.Producer() || e.Unsure {
		t.Fatalf("producer %q, unsure %v; want %q, false", e.Producer, e.Unsure, first.Producer())
	}
	wantDrained(t, second, "2 b", "0 new", "3 c", "1 d")
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if names, err := (osFS{}).readDir(dir); err != nil || len(names) > 0 {
		t.Fatalf("left in the folder: %q, %v", names, err)
	}
}

// TestSplit guards that parts take the number of the whole, that what is behind moves
// up, and that the next process sees the same.
func TestSplit(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{})
	for _, p := range []string{"abc", "d", "e"} {
		put(t, s, ordered(p))
	}
	put(t, s, state("k", "s"))
	if err := s.Split(head(t, s), []Part{{1, []byte("a")}, {1, []byte("b")}, {1, []byte("c")}}); err != nil {
		t.Fatal(err)
	}
	put(t, s, ordered("f"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantDrained(t, mustOpen(t, dir, Options{}), "1 a", "2 b", "3 c", "4 d", "5 e", "0 s", "6 f")
}

// TestClockSetBack guards that sessions follow each other by name, whatever the clock of
// their process said.
func TestClockSetBack(t *testing.T) {
	dir := t.TempDir()
	for i, year := range []int{2026, 1970, 2025} {
		o := quiet
		o.now = func() time.Time { return time.Date(year, 1, 2, 3, 4, 5, 0, time.UTC) }
		s := mustOpen(t, dir, o)
		put(t, s, ordered(fmt.Sprint(i)))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	wantDrained(t, mustOpen(t, dir, Options{}), "1 0", "1 1", "1 2")
}
