package spool

import (
	"errors"
	"fmt"
	"time"
)

// maxMisread is how often in a row an entry may be unreadable before it is lost.
const maxMisread = 3

// Head returns the entry that is to be sent now, nil if there is none: those of adopted
// sessions first, the oldest session first; within a session in the order of Put. It is
// called before every attempt, also to send the same entry again: it makes sure that an
// entry which may have been sent is known to have been after a crash, and lets go of
// state that was superseded while the attempt before was under way.
//
// An error says that the entry can't be read, or that it must not be sent before the
// disk works again; ask again later.
func (s *Spool) Head() (*Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	s.letGo()
	for {
		sess := s.front()
		if sess == nil {
			return nil, nil
		}
		it := sess.q.head()
		if err := sess.announce(it); err != nil {
			return nil, fmt.Errorf("spool %q: %w", s.dir, err)
		}
		if it.gone {
			continue // announce has found that it can't be read
		}
		payload, err := sess.read(it)
		if err == nil {
			it.misread = 0
			s.head, s.headSession = it, sess
			return entryOf(sess, it, payload), nil
		}
		if it.misread++; !errors.Is(err, errPayload) && it.misread < maxMisread {
			return nil, fmt.Errorf("spool %q: %w", s.dir, err)
		}
		s.damaged++
		s.lose(sess, it, err.Error())
	}
}

// letGo ends the attempt that was under way.
func (s *Spool) letGo() {
	it, sess := s.head, s.headSession
	s.head, s.headSession = nil, nil
	if it == nil || it.gone || !it.superseded {
		return
	}
	s.superseded++
	sess.q.remove(it)
	if sess != s.own {
		s.forget(sess, it.id)
	}
}

// front is the first session that has an entry; finished ones before it are removed.
func (s *Spool) front() *session {
	for _, sess := range s.sessions() {
		if sess.q.count > 0 {
			return sess
		}
		if sess != s.own {
			s.retire(sess)
		}
	}
	return nil
}

func entryOf(sess *session, it *item, payload []byte) *Entry {
	return &Entry{
		ID: it.turn, Ordered: it.ordered(), Key: it.key, Producer: sess.producer, Sequence: it.sequence,
		Samples: it.samples, Time: time.Unix(0, it.time), Unsure: it.unsure, Payload: payload, item: it,
	}
}

// Done removes e, which was delivered. It has to be what Head returned last. After an
// error it is gone from the queue all the same; as long as the disk hasn't got word of
// it, and always until the next Put, a crash may bring it back, under its number.
func (s *Spool) Done(e *Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(e); err != nil {
		return err
	}
	return s.settleHead(false)
}

// Fail removes e, after writing it to the dead letters with the reason. It doesn't come
// back: that is on disk when Fail returns nil. After an error it is gone from the queue
// all the same.
func (s *Spool) Fail(e *Entry, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(e); err != nil {
		return err
	}
	s.failed++
	return errors.Join(s.dead.failed(e, reason), s.settleHead(true))
}

// MarkUnsure notes that e may have arrived, though no answer came: it must not be split
// from then on, not by the next process either.
func (s *Spool) MarkUnsure(e *Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(e); err != nil {
		return err
	}
	e.Unsure, e.item.unsure = true, true
	return nil // Close writes it; a crash makes it so by itself
}

// Split replaces e, which is too large, by parts that hold the same: numbered from e's
// own number, while what is behind moves up. That is on disk when it returns; after an
// error nothing has changed, and e is to be left as it is or failed. ErrUnsure if e may
// have arrived: its number must not get another content then.
func (s *Spool) Split(e *Entry, parts []Part) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(e); err != nil {
		return err
	}
	switch {
	case e.item.unsure:
		return fmt.Errorf("spool: entry %d of %q: %w", e.Sequence, e.Producer, ErrUnsure)
	case len(parts) == 0:
		return errors.New("spool: split into 0 parts, want at least 1")
	case e.item.superseded:
		return nil // the next Head lets go of it
	}
	if err := s.headSession.split(e.item, parts); err != nil {
		return fmt.Errorf("spool %q: splitting an entry: %w", s.dir, err)
	}
	s.head, s.headSession = nil, nil
	return nil
}

func (s *Spool) check(e *Entry) error {
	switch {
	case s.closed:
		return ErrClosed
	case e == nil || e.item == nil || e.item != s.head:
		return ErrNotHead
	}
	return nil
}

func (s *Spool) settleHead(sync bool) error {
	it, sess := s.head, s.headSession
	s.head, s.headSession = nil, nil
	err := sess.remove(it)
	if sync {
		err = errors.Join(err, sess.sync())
	}
	if sess.q.count == 0 && sess != s.own {
		s.retire(sess)
		return nil
	}
	if err != nil {
		return fmt.Errorf("spool %q: %w", s.dir, err)
	}
	return nil
}
