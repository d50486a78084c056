package spool

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// whenPowerGoes runs work up to each operation of the disk in turn, loses power there,
// in many ways, and shows look what the next process is to send.
func whenPowerGoes(t *testing.T, work func(t *testing.T, s *Spool, cut func()), look func(e *Entry) error) {
	t.Helper()
	for seed := range uint64(60) {
		for ops := range 25 {
			disk := newDisk(rand.New(rand.NewPCG(seed, 3)))
			o := quiet
			o.fs = disk.start()
			work(t, mustOpen(t, "/spool", o), func() { disk.opsLeft = ops })
			disk.lose()
			o.fs = disk.start()
			s := mustOpen(t, "/spool", o)
			for e := head(t, s); e != nil; e = head(t, s) {
				if err := look(e); err != nil {
					t.Fatalf("seed %d, power goes after %d operations: %v", seed, ops, err)
				}
				if err := s.Done(e); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// TestPowerGoesInClose guards that an entry which was delivered never comes back as one
// that surely wasn't, though Close says exactly which those are.
func TestPowerGoesInClose(t *testing.T) {
	whenPowerGoes(t, func(t *testing.T, s *Spool, cut func()) {
		for i := range 12 {
			put(t, s, ordered(strings.Repeat(fmt.Sprint(i), 30)))
		}
		if err := s.Done(skip(t, s)); err != nil {
			t.Fatal(err)
		}
		cut()
		_ = s.Close()
	}, func(e *Entry) error {
		if e.Sequence <= 2 && !e.Unsure {
			return fmt.Errorf("entry %d, which was sent, comes back as unsent", e.Sequence)
		}
		return nil
	})
}

// TestPowerGoesAtTheEnd guards that while a finished session is removed no older log of
// it can come to light, with other numbers.
func TestPowerGoesAtTheEnd(t *testing.T) {
	whenPowerGoes(t, func(t *testing.T, s *Spool, cut func()) {
		put(t, s, ordered("ab"))
		put(t, s, ordered("c"))
		if err := s.own.rewrite(); err != nil {
			t.Fatal(err)
		}
		if err := s.Split(head(t, s), []Part{{1, []byte("a")}, {1, []byte("b")}}); err != nil {
			t.Fatal(err)
		}
		wantDrained(t, s, "1 a", "2 b", "3 c")
		cut()
		_ = s.Close()
	}, func(e *Entry) error {
		if want := "abc"[e.Sequence-1 : e.Sequence]; string(e.Payload) != want {
			return fmt.Errorf("number %d was %q, is %q", e.Sequence, want, e.Payload)
		}
		return nil
	})
}
