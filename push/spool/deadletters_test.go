package spool

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFail guards that a failed entry is out of the queue for good, and whole in the dead
// letters with its reason.
func TestFail(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, quiet)
	put(t, s, ordered("bad"))
	put(t, s, state("group", "bad, too"))
	for _, reason := range []string{"status 400", "status 415"} {
		if err := s.Fail(head(t, s), reason); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for l, err := range DeadLetters(dir) {
		if err != nil || l.Producer != s.Producer() || l.Samples != 1 || l.Put.IsZero() || l.Time.Before(l.Put) {
			t.Fatalf("%+v, %v", l, err)
		}
		got = append(got, l.Reason+": "+l.Key+" "+string(l.Payload))
	}
	if want := "status 400:  bad|status 415: group bad, too"; strings.Join(got, "|") != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	if st := s.Stats(); st.DeadLetters != 2 || st.Entries != 0 {
		t.Fatalf("stats %+v", st)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantDrained(t, mustOpen(t, dir, quiet))
	if err := DropDeadLetters(dir); err != nil {
		t.Fatal(err)
	}
	for l, err := range DeadLetters(dir) {
		t.Fatalf("left: %+v, %v", l, err)
	}
}

// TestDeadLettersBound guards that they stay within MaxDead, the oldest going first, and
// that what is too large for it leaves at least its reason.
func TestDeadLettersBound(t *testing.T) {
	dir := t.TempDir()
	o := quiet
	o.MaxDead = 16 << 10
	s := mustOpen(t, dir, o)
	for range 100 {
		put(t, s, ordered(strings.Repeat("x", 1000)))
		if err := s.Fail(head(t, s), "no"); err != nil {
			t.Fatal(err)
		}
	}
	put(t, s, ordered(strings.Repeat("x", 10_000)))
	if err := s.Fail(head(t, s), "too large"); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "dead-letters*"))
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for _, name := range files {
		st, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		size += st.Size()
	}
	if size > o.MaxDead || size < o.MaxDead/2 {
		t.Fatalf("%d bytes in %q", size, files)
	}
	var last DeadLetter
	for l, err := range DeadLetters(dir) {
		if err != nil || l.Sequence <= last.Sequence {
			t.Fatalf("%d after %d, %v", l.Sequence, last.Sequence, err)
		}
		last = l
	}
	if last.Sequence != 101 || last.Reason != "too large" || last.Payload != nil || last.Bytes != 10_000 {
		t.Fatalf("the last is %+v", last)
	}
}

// TestTornDeadLetter guards that half a line is said, and spoils no other.
func TestTornDeadLetter(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, deadName), []byte(`{"time":"2026-01-0`), fileMode); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, dir, quiet)
	put(t, s, ordered("bad"))
	if err := s.Fail(head(t, s), "no"); err != nil {
		t.Fatal(err)
	}
	var letters, errs int
	for _, err := range DeadLetters(dir) {
		if err != nil {
			errs++
		} else {
			letters++
		}
	}
	if letters != 1 || errs != 1 {
		t.Fatalf("%d letters, %d errors", letters, errs)
	}
}
