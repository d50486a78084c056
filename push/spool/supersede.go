package spool

import "errors"

// A state takes the place in the queue where its newest version was put. Sending what is
// left then ends as sending everything would have: a state that replaces or deletes a
// group stays behind the increments that were put before it.

// supersede removes all state of a key, for a new one to be put. In our own log the new
// one's record says so by itself. For other logs the returned function does, which is
// called when the new one is durable: whenever we crash, one of the two is left.
func (s *Spool) supersede(key string) (stored func()) {
	var where []*session
	var ids []uint64
	for _, sess := range s.sessions() {
		for _, it := range sess.q.states[key] {
			if s.supersedeItem(sess, it) && sess != s.own {
				where, ids = append(where, sess), append(ids, it.id)
			}
		}
	}
	return func() {
		for i, sess := range where {
			s.forget(sess, ids[i])
		}
	}
}

// supersedeItem is false if it is under way: it goes when that is over.
func (s *Spool) supersedeItem(sess *session, it *item) bool {
	if it == s.head {
		it.superseded = true
		return false
	}
	sess.q.remove(it)
	s.superseded++
	s.replaced = append(s.replaced, lossOf(sess, it, "superseded by newer state"))
	return true
}

// forget makes sure that an entry doesn't come back. It may when that fails: then
// supersedeOlder will find it.
func (s *Spool) forget(sess *session, id uint64) {
	if err := errors.Join(sess.append(kindGone, id), sess.log.sync()); err != nil {
		s.o.Logger.Warn("spool: superseded state stays on disk", "session", sess.name, "err", err)
	}
}

// supersedeOlder leaves of each key the newest state of all sessions. Sessions that
// were alive together are told apart by the time of Put.
func (s *Spool) supersedeOlder() {
	newest := map[string]*session{}
	for _, sess := range s.sessions() {
		for key, items := range sess.q.states {
			if best := newest[key]; best == nil || newestOf(items) >= newestOf(best.q.states[key]) {
				newest[key] = sess
			}
		}
	}
	for _, sess := range s.adopted {
		for key, items := range sess.q.states {
			for _, it := range items {
				if newest[key] != sess && s.supersedeItem(sess, it) {
					s.forget(sess, it.id)
				}
			}
		}
	}
}

func newestOf(items []*item) (t int64) {
	for _, it := range items {
		t = max(t, it.time)
	}
	return t
}
