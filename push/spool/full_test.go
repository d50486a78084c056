package spool

import (
	"errors"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"
)

// faulty is a spool on a disk that the test can make fail.
func faulty(t *testing.T) (*crashDisk, *process, *Spool, *time.Time) {
	t.Helper()
	disk := newDisk(rand.New(rand.NewPCG(1, 2)))
	p := disk.start()
	now := time.Unix(1_700_000_000, 0)
	o := quiet
	o.fs, o.now = p, func() time.Time { return now }
	return disk, p, mustOpen(t, "/spool", o), &now
}

func putInMemory(t *testing.T, s *Spool, payload string) {
	t.Helper()
	if lost, err := s.Put(ordered(payload)); !errors.Is(err, ErrNotDurable) || len(lost) > 0 {
		t.Fatalf("put %q: lost %v, %v", payload, lost, err)
	}
}

// TestDiskFull guards that a full disk costs durability and nothing else: entries are
// queued and delivered in order, what is on disk is sent with its mark, and what memory
// held is written when there is room again.
func TestDiskFull(t *testing.T) {
	disk, p, s, _ := faulty(t)
	for range 20 {
		put(t, s, ordered(strings.Repeat("x", 100)))
	}
	disk.capacity = 1
	putInMemory(t, s, "21")
	for n := uint64(1); n <= 20; n++ {
		e := head(t, s)
		if e.Sequence != n {
			t.Fatalf("head is %d, want %d", e.Sequence, n)
		}
		if s.own.markDurable < n {
			t.Fatalf("%d is sent, the mark is %d", n, s.own.markDurable)
		}
		_ = s.Done(e) // has no room either
	}
	putInMemory(t, s, "22")
	if st := s.Stats(); st.InMemory != 2 || st.Entries != 2 {
		t.Fatalf("stats %+v", st)
	}
	disk.capacity = 0
	put(t, s, ordered("23"))
	if st := s.Stats(); st.InMemory != 0 {
		t.Fatalf("stats %+v", st)
	}
	p.kill()
	o := quiet
	o.fs = disk.start()
	next := mustOpen(t, "/spool", o)
	for range 20 { // nobody could note that they were done
		if e := head(t, next); !e.Unsure || next.Done(e) != nil {
			t.Fatalf("entry %d comes back as unsent", e.Sequence)
		}
	}
	wantDrained(t, next, "21 21", "22 22", "23 23")
}

// TestOpenFull guards that a process starts on a full disk.
func TestOpenFull(t *testing.T) {
	disk, _, first, _ := faulty(t)
	put(t, first, ordered("a"))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	disk.fault = func() error { return syscall.ENOSPC }
	o := quiet
	p := disk.start()
	o.fs = p
	if _, err := Open("/spool", o); err == nil {
		t.Fatal("folders can't even be read, and nothing is said")
	}
	disk.fault, disk.capacity = nil, 1
	s := mustOpen(t, "/spool", o)
	putInMemory(t, s, "b")
	wantDrained(t, s, "1 a", "1 b")
}

// TestSyncFails guards that after a failed sync the log is not trusted any more, and a
// new one takes over all that it held and what memory has.
func TestSyncFails(t *testing.T) {
	disk, p, s, now := faulty(t)
	put(t, s, ordered("1"))
	disk.fault = func() error { return syscall.EIO }
	putInMemory(t, s, "2")
	disk.fault = nil
	s.own.log.broken = syscall.EIO // as after a sync
	putInMemoryOrNot := func(payload string) {
		if _, err := s.Put(ordered(payload)); err != nil && !errors.Is(err, ErrNotDurable) {
			t.Fatal(err)
		}
	}
	putInMemoryOrNot("3")
	*now = now.Add(maxRewriteWait)
	put(t, s, ordered("4"))
	if s.own.generation < 2 {
		t.Fatalf("log has generation %d", s.own.generation)
	}
	p.kill()
	disk.lose()
	o := quiet
	o.fs = disk.start()
	wantDrained(t, mustOpen(t, "/spool", o), "1 1", "2 2", "3 3", "4 4")
}

// TestSplitFails guards that a split that the disk doesn't take changes nothing, and that
// the entry isn't sent while the disk may have it in parts.
func TestSplitFails(t *testing.T) {
	disk, _, s, now := faulty(t)
	put(t, s, ordered("ab"))
	put(t, s, ordered("c"))
	e := head(t, s)
	disk.fault = func() error { return syscall.EIO }
	if err := s.Split(e, []Part{{1, []byte("a")}, {1, []byte("b")}}); err == nil {
		t.Fatal("split without a disk")
	}
	if e, err := s.Head(); err == nil {
		t.Fatalf("head is %q", e.Payload)
	}
	disk.fault = nil
	*now = now.Add(maxRewriteWait)
	wantDrained(t, s, "1 ab", "2 c")
}
