package spool

import (
	"fmt"
	"time"
)

// Put queues an entry and sets its Producer, Sequence and Time. The payload belongs to
// the spool from then on. When Put returns nil the entry is on disk.
//
// An error that wraps ErrNotDurable says why it isn't: the entry is queued all the same,
// in memory, and written with a later one, in order. Its number is used up either way:
// should the disk have the entry after all, it comes back under the number that it was
// sent with. With any other error it isn't queued.
//
// Lost is what has gone undelivered since the last Put: what this one has pushed out,
// which may be itself if memory has no room for it, and what could not be read back.
func (s *Spool) Put(e *Entry) (lost []Loss, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	limit := s.limit()
	need := (&item{key: e.Key, size: int64(len(e.Payload))}).cost()
	if most := min(limit/4*3, MaxPayload); need > most {
		return nil, fmt.Errorf("spool: entry takes %d bytes, want at most %d; raise MaxBytes or put less at once", need, most)
	}
	e.Time = s.nextTime()
	if !e.Ordered {
		s.supersede(e.Key)
	}
	s.makeRoom(need, limit)
	it := s.own.add(e)
	s.turn++
	it.turn = s.turn
	e.ID, e.Producer, e.Sequence = it.turn, s.own.producer, it.sequence
	if flushErr := s.own.flush(limit - s.fileSizes() + s.own.fileSize()); it.inMemory && flushErr != nil {
		err = fmt.Errorf("spool %q: %w: %w", s.dir, ErrNotDurable, flushErr)
	}
	if !e.Ordered && !it.inMemory {
		s.supersedeAdopted(e.Key)
	}
	e.Replaced, s.replaced = s.replaced, nil
	s.trimMemory()
	return s.takeLosses(), err
}

// nextTime is now, but later than that of all entries we know: state is told apart by it.
func (s *Spool) nextTime() time.Time {
	s.latest = max(s.o.now().UnixNano(), s.latest+1)
	return time.Unix(0, s.latest)
}

// Losses returns what has gone undelivered since Put or Losses returned last: what
// could not be read back. Put would return it, too.
func (s *Spool) Losses() []Loss {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.takeLosses()
}

func (s *Spool) takeLosses() []Loss {
	lost := s.losses
	s.losses = nil
	return lost
}
