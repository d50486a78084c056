package spool

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestMaxEntries guards what the bound pushes out: the oldest ordered entry, never the
// one under way, state only when nothing else is left; and that it is returned, counted
// and in the dead letters, without its payload.
func TestMaxEntries(t *testing.T) {
	dir := t.TempDir()
	o := quiet
	o.MaxEntries = 4
	s := mustOpen(t, dir, o)
	put(t, s, state("k", "s"))
	for _, p := range []string{"a", "b", "c"} {
		put(t, s, ordered(p))
	}
	if e := head(t, s); s.Done(e) != nil { // the state
		t.Fatal("done")
	}
	put(t, s, state("k", "s"))
	if e := head(t, s); string(e.Payload) != "a" {
		t.Fatalf("head is %q", e.Payload)
	}
	lost, err := s.Put(ordered("d"))
	if err != nil || len(lost) != 1 || lost[0].Sequence != 2 || lost[0].Samples != 1 || lost[0].Reason == "" {
		t.Fatalf("lost %+v, %v; want number 2", lost, err)
	}
	if st := s.Stats(); st.Lost != 1 || st.LostSamples != 1 || st.Entries != 4 {
		t.Fatalf("stats %+v", st)
	}
	for l, err := range DeadLetters(dir) {
		if err != nil || l.Sequence != 2 || l.Payload != nil || l.Bytes != 1 {
			t.Fatalf("dead letter %+v, %v", l, err)
		}
	}
	wantDrained(t, s, "1 a", "3 c", "0 s", "4 d")
}

// TestMaxBytes guards that the folder keeps to the bound while far more passes through,
// delivered or pushed out, and that the newest stays.
func TestMaxBytes(t *testing.T) {
	o := quiet
	o.MaxBytes, o.MaxDead = 64<<10, 4<<10
	for _, deliver := range []bool{false, true} {
		t.Run(fmt.Sprintf("deliver=%v", deliver), func(t *testing.T) {
			dir := t.TempDir()
			s := mustOpen(t, dir, o)
			lost := 0
			for i := range 200 {
				l, err := s.Put(ordered(fmt.Sprint(i, strings.Repeat("x", 2000))))
				if err != nil {
					t.Fatal(err)
				}
				lost += len(l)
				if deliver {
					if err := s.Done(head(t, s)); err != nil {
						t.Fatal(err)
					}
				}
				if size := folderSize(t, dir); size > o.MaxBytes+headSize+o.MaxDead {
					t.Fatalf("folder has %d bytes", size)
				}
			}
			got := drain(t, s)
			if deliver && lost > 0 || len(got)+lost != 200 && !deliver {
				t.Fatalf("%d lost, %d left", lost, len(got))
			}
			if !deliver && (len(got) < 20 || !strings.HasPrefix(got[len(got)-1], "200 199")) {
				t.Fatalf("%d left", len(got))
			}
		})
	}
}

func folderSize(t *testing.T, dir string) (sum int64) {
	t.Helper()
	names, err := osFS{}.readDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		size, err := osFS{}.size(dir + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		sum += size
		if sessionName.MatchString(name) {
			sum += folderSize(t, dir+"/"+name)
		}
	}
	return sum
}

// TestTooLarge guards that an entry that can't fit is refused with a reason, and that
// nothing makes room for it in vain.
func TestTooLarge(t *testing.T) {
	o := quiet
	o.MaxBytes = 64 << 10
	s := mustOpen(t, t.TempDir(), o)
	put(t, s, ordered("small"))
	if lost, err := s.Put(ordered(strings.Repeat("x", 64<<10))); err == nil || errors.Is(err, ErrNotDurable) || len(lost) > 0 {
		t.Fatalf("lost %v, error %v", lost, err)
	}
	wantDrained(t, s, "1 small")
}

// TestInMemory guards that a spool without a folder is a queue within MaxMemory.
func TestInMemory(t *testing.T) {
	s, err := InMemory(Options{MaxMemory: 1000})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, ordered(strings.Repeat("a", 400)))
	put(t, s, state("k", "old"))
	put(t, s, state("k", "new"))
	put(t, s, ordered(strings.Repeat("b", 400)))
	if lost, err := s.Put(ordered("c" + strings.Repeat("c", 399))); err != nil || len(lost) != 1 || lost[0].Sequence != 1 {
		t.Fatalf("lost %+v, %v", lost, err)
	}
	if err := s.Split(skip(t, s), []Part{{1, []byte("b1")}, {1, []byte("b2")}}); err != nil {
		t.Fatal(err)
	}
	got := drain(t, s)
	if !slices.Equal(got[:2], []string{"2 b1", "3 b2"}) || !strings.HasPrefix(got[2], "4 c") {
		t.Fatalf("got %q", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(ordered("late")); !errors.Is(err, ErrClosed) {
		t.Fatalf("after Close: %v", err)
	}
}

// skip takes the first entry out and returns the next.
func skip(t *testing.T, s *Spool) *Entry {
	t.Helper()
	if err := s.Done(head(t, s)); err != nil {
		t.Fatal(err)
	}
	return head(t, s)
}

// TestOptions guards that a bound below zero is refused by name.
func TestOptions(t *testing.T) {
	_, err := Open(t.TempDir(), Options{MaxMemory: -1})
	if err == nil || !strings.Contains(err.Error(), "MaxMemory is -1") {
		t.Fatalf("got %v", err)
	}
	if _, err := Open("", Options{}); err == nil {
		t.Fatal(`folder "" is taken`)
	}
}
