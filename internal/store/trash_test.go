package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/expo"
)

// keyOfJob is the encoded key of a job's only group.
func keyOfJob(job string) string { return KeyOf([]expo.Label{{Name: "job", Value: job}}) }

// shelf is a store to which one change after another is applied, a second apart.
type shelf struct {
	*Store
	t   *testing.T
	seq uint64
}

func newShelf(t *testing.T, jobs ...string) *shelf {
	s := &shelf{New(), t, 0}
	for _, job := range jobs {
		s.do(&Change{Kind: KindMerge, Key: keyOfJob(job), Families: []FamilyChange{
			{Name: "m", Type: expo.Untyped, Text: fmt.Sprintf("m{instance=\"\",job=%q} 1\n", job)},
		}})
	}
	return s
}

func (s *shelf) do(c *Change) Item {
	s.seq++
	it := Item{Change: c, Seq: s.seq, Time: int64(s.seq) * 1e9}
	s.ApplyBatch([]*Item{&it})
	return it
}

func (s *shelf) remove(id string, jobs ...string) {
	s.t.Helper()
	c := &Change{Kind: KindRemove, Undo: Undo{ID: id, Window: time.Hour, Bytes: 1 << 20}, Origin: Origin{What: id}}
	for _, job := range jobs {
		c.Keys = append(c.Keys, keyOfJob(job))
	}
	if it := s.do(c); it.Deleted != len(jobs) {
		s.t.Fatalf("%d deleted, want %d", it.Deleted, len(jobs))
	}
}

// undo brings a delete back as the door does, one group a record.
func (s *shelf) undo(id string) (restored int) {
	s.t.Helper()
	for {
		it := s.do(&Change{Kind: KindUndo, Undo: Undo{ID: id}, Most: 1})
		if it.Err != nil {
			s.t.Fatal(it.Err)
		}
		restored += it.Restored
		if id = it.ID; !it.More {
			return restored
		}
	}
}

// A delete of many groups takes several records, and others' come in between: it stays
// one delete, that is brought back whole and is one entry of the list.
func TestDeletesThatInterleaveStayWhole(t *testing.T) {
	s := newShelf(t, "a1", "a2", "a3", "b1", "b2")
	s.remove("a", "a1")
	s.remove("b", "b1")
	s.remove("a", "a2")
	s.remove("b", "b2")
	s.remove("a", "a3")
	snapshot := writeSnapshot(t, s.BeginSnapshot())
	restarted := &shelf{New(), t, s.seq}
	for _, e := range snapshot {
		replay(t, restarted.Store, &e)
	}
	for name, s := range map[string]*shelf{"running": s, "from a snapshot": restarted} {
		audit := s.Audit()
		if len(audit) != 2 || audit[0].Groups+audit[1].Groups != 5 || audit[0].Origin.What != audit[0].ID {
			t.Errorf("%s: the list is %+v, want an entry of 3 groups and one of 2", name, audit)
		}
		if n := s.undo("a"); n != 3 {
			t.Errorf("%s: %d groups of a are back, want 3", name, n)
		}
		if n := s.Stats(); n.Undoable != 1 || n.UndoableBytes != 2*int64(len("m{instance=\"\",job=\"b1\"} 1\n")) {
			t.Errorf("%s: %d deletes of %d bytes are left, want that of b", name, n.Undoable, n.UndoableBytes)
		}
		if n := s.undo(""); n != 2 {
			t.Errorf("%s: %d groups of b are back, want 2", name, n)
		}
		for _, e := range s.Audit() {
			if e.Action == ActionDelete && (e.Until != 0 || e.Undone != e.Groups) {
				t.Errorf("%s: %+v can be undone still, it says", name, e)
			}
		}
	}
}

// What can be brought back is bounded in bytes and in time: the oldest delete goes
// first, and the list says of which it is so.
func TestWhatCanBeUndoneIsBounded(t *testing.T) {
	s := newShelf(t, "a", "b", "c")
	one := int64(len("m{instance=\"\",job=\"a\"} 1\n"))
	for _, job := range []string{"a", "b", "c"} {
		s.do(&Change{Kind: KindRemove, Keys: []string{keyOfJob(job)}, Undo: Undo{ID: job, Window: 10 * time.Second, Bytes: 2 * one}})
	}
	if n := s.Stats(); n.Undoable != 2 || n.UndoableBytes != 2*one {
		t.Errorf("%d deletes with %d bytes can be undone, want the last two", n.Undoable, n.UndoableBytes)
	}
	if audit := s.Audit(); audit[2].Until != 0 || audit[1].Until == 0 || audit[0].Until == 0 {
		t.Errorf("the list says that %+v can be undone, want the last two", audit)
	}
	if it := s.do(&Change{Kind: KindUndo, Undo: Undo{ID: "a"}, Most: 9}); it.Err == nil {
		t.Error("what had no room is brought back")
	}
	s.seq += 20
	if it := s.do(&Change{Kind: KindUndo, Most: 9}); it.Err == nil {
		t.Error("what is too old is brought back")
	}
	s.do(&Change{Kind: KindExpire, Most: 1})
	if n := s.Stats(); n.Undoable != 0 || n.UndoableBytes != 0 {
		t.Errorf("%d deletes with %d bytes are kept after their time", n.Undoable, n.UndoableBytes)
	}
}

// A delete that is larger than what is kept can't be undone, also if each of its
// records is smaller: its last groups alone aren't what it removed.
func TestDeleteTooLargeIsNotUndoneInPart(t *testing.T) {
	jobs := []string{"a", "b", "c", "d", "e"}
	s := newShelf(t, jobs...)
	one := int64(len("m{instance=\"\",job=\"a\"} 1\n"))
	for _, job := range jobs {
		s.do(&Change{Kind: KindRemove, Keys: []string{keyOfJob(job)}, Undo: Undo{ID: "x", Window: time.Hour, Bytes: 2 * one}})
	}
	if it := s.do(&Change{Kind: KindUndo, Undo: Undo{ID: "x"}, Most: 9}); it.Err == nil {
		t.Errorf("%d of %d groups are back", it.Restored, len(jobs))
	}
	if audit := s.Audit(); len(audit) != 1 || audit[0].Groups != len(jobs) || audit[0].Until != 0 {
		t.Errorf("the list is %+v, want one entry of %d groups that can't be undone", audit, len(jobs))
	}
	if n := s.Stats(); n.Undoable != 0 || n.UndoableBytes != 0 {
		t.Errorf("%d deletes with %d bytes are kept", n.Undoable, n.UndoableBytes)
	}
}
