package spool

import "time"

func lossOf(sess *session, it *item, reason string) Loss {
	return Loss{
		ID: it.turn, Producer: sess.producer, Sequence: it.sequence, Key: it.key, Samples: it.samples,
		Bytes: it.size, Time: time.Unix(0, it.time), Reason: reason, InMemory: it.inMemory,
	}
}

// Left is what is not delivered yet, in order. What only memory holds it tries to bring
// to the disk first. It is for the sender that has ended and is about to call Close.
func (s *Spool) Left() (left []Loss) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.own.retryAt = time.Time{}
	_ = s.own.flush(s.o.MaxBytes) // what stays in memory says so
	for _, sess := range s.sessions() {
		for _, it := range sess.q.live() {
			if !it.superseded {
				left = append(left, lossOf(sess, it, "not delivered"))
			}
		}
	}
	return left
}
