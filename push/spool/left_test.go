package spool

import "testing"

// Put says what the new state replaced, and what is left can be told before Close.
func TestWhatIsReplacedAndLeft(t *testing.T) {
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	put := func(e Entry) Entry {
		t.Helper()
		if lost, err := s.Put(&e); err != nil || len(lost) != 0 {
			t.Fatalf("put: lost %v, %v", lost, err)
		}
		return e
	}
	first := put(Entry{Key: "k", Samples: 1, Payload: []byte("1")})
	other := put(Entry{Ordered: true, Samples: 2, Payload: []byte("2")})
	newer := put(Entry{Key: "k", Samples: 3, Payload: []byte("3")})
	if len(newer.Replaced) != 1 || newer.Replaced[0].ID != first.ID || newer.Replaced[0].Samples != 1 {
		t.Errorf("replaced %+v, want the first state, number %d", newer.Replaced, first.ID)
	}
	if first.ID >= other.ID || other.ID >= newer.ID {
		t.Errorf("ids %d, %d, %d: want them in the order of Put", first.ID, other.ID, newer.ID)
	}
	left := s.Left()
	if len(left) != 2 || left[0].ID != other.ID || left[1].ID != newer.ID || left[0].InMemory {
		t.Errorf("left %+v, want numbers %d and %d, on disk", left, other.ID, newer.ID)
	}
}

// The parts of an entry go by its number, so that who waits for it waits for all of them.
func TestPartsKeepTheNumber(t *testing.T) {
	s, err := InMemory(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 2 {
		if _, err := s.Put(&Entry{Ordered: true, Payload: []byte("x")}); err != nil {
			t.Fatal(err)
		}
	}
	e, err := s.Head()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Split(e, []Part{{Payload: []byte("a")}, {Payload: []byte("b")}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []uint64{1, 1, 2} {
		e, err := s.Head()
		if err != nil || e == nil || e.ID != want {
			t.Fatalf("head %+v, %v: want number %d", e, err, want)
		}
		if err := s.Done(e); err != nil {
			t.Fatal(err)
		}
	}
}
