package spool

import (
	"errors"
	"strings"
	"testing"
)

// TestStateUnderWay guards that a state on its way out is not pulled away from its
// sender, and is not sent again once a newer one is there.
func TestStateUnderWay(t *testing.T) {
	s := mustOpen(t, t.TempDir(), quiet)
	put(t, s, state("k", "old"))
	e := head(t, s)
	put(t, s, state("k", "new"))
	put(t, s, state("k", "newest"))
	if err := s.MarkUnsure(e); err != nil {
		t.Fatal(err)
	}
	wantDrained(t, s, "0 newest")
	put(t, s, state("k", "again"))
	e = head(t, s)
	put(t, s, state("k", "last"))
	if err := s.Done(e); err != nil {
		t.Fatal(err)
	}
	wantDrained(t, s, "0 last")
}

// TestStateAcrossSessions guards that state of a process supersedes that of those before
// it, and a newer of one that was alive at the same time, of whichever session.
func TestStateAcrossSessions(t *testing.T) {
	dir := t.TempDir()
	first, second := mustOpen(t, dir, quiet), mustOpen(t, dir, quiet)
	put(t, second, state("a", "older"))
	put(t, first, state("a", "newer"))
	put(t, first, state("b", "old"))
	put(t, first, state("c", "kept"))
	for _, s := range []*Spool{first, second} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	third := mustOpen(t, dir, quiet)
	put(t, third, state("b", "new"))
	wantDrained(t, third, "0 newer", "0 kept", "0 new")
	if st := third.Stats(); st.Superseded != 2 || st.Adopted != 0 {
		t.Fatalf("stats %+v", st)
	}
}

// TestSplitState guards that state can be split, and that newer state supersedes all
// parts that are left.
func TestSplitState(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, quiet)
	put(t, s, state("k", "abc"))
	put(t, s, ordered("1"))
	if err := s.Split(head(t, s), []Part{{1, []byte("a")}, {1, []byte("b")}, {1, []byte("c")}}); err != nil {
		t.Fatal(err)
	}
	if e := head(t, s); string(e.Payload) != "a" || s.Done(e) != nil {
		t.Fatalf("head is %q", e.Payload)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, quiet)
	if e := head(t, s); string(e.Payload) != "b" || s.Done(e) != nil {
		t.Fatalf("head is %q", e.Payload)
	}
	put(t, s, state("k", "new"))
	wantDrained(t, s, "1 1", "0 new")
}

// TestSettle guards who may settle an entry: the one that Head returned last, once, and
// unsure ones can't be split, not after Close either.
func TestSettle(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, quiet)
	put(t, s, ordered("a"))
	put(t, s, ordered("b"))
	e := head(t, s)
	if err := s.MarkUnsure(e); err != nil || !e.Unsure {
		t.Fatal(err)
	}
	if err := s.Split(e, []Part{{}}); !errors.Is(err, ErrUnsure) {
		t.Fatalf("split: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, quiet)
	e = head(t, s)
	if err := s.Split(e, []Part{{}}); !errors.Is(err, ErrUnsure) {
		t.Fatalf("split by the next process: %v", err)
	}
	if err := s.Done(e); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{s.Done(e), s.Fail(e, "no"), s.MarkUnsure(e), s.Split(e, []Part{{}}), s.Done(nil)} {
		if !errors.Is(err, ErrNotHead) {
			t.Fatalf("got %v", err)
		}
	}
	if e = head(t, s); e.Unsure {
		t.Fatal("what was never sent counts as sent after a clean end")
	}
	if err := s.Split(e, nil); err == nil || !strings.Contains(err.Error(), "0 parts") {
		t.Fatalf("got %v", err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Head(); !errors.Is(err, ErrClosed) {
		t.Fatalf("got %v", err)
	}
}

// TestDrop guards that a session nobody has can be dropped, and nothing else.
func TestDrop(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, quiet)
	put(t, s, ordered("a"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"..", "", "x", s.own.name + "/../.."} {
		if err := Drop(dir, name); err == nil {
			t.Fatalf("dropped %q", name)
		}
	}
	sessions, err := List(dir)
	if err != nil || len(sessions) != 1 || sessions[0].Live || sessions[0].Bytes != 1 || sessions[0].Oldest.IsZero() {
		t.Fatalf("list: %+v, %v", sessions, err)
	}
	if err := Drop(dir, sessions[0].Name); err != nil {
		t.Fatal(err)
	}
	if names, _ := (osFS{}).readDir(dir); len(names) > 0 {
		t.Fatalf("left: %q", names)
	}
	wantDrained(t, mustOpen(t, dir, quiet))
}
