package spool

import (
	"errors"
	"maps"
	"slices"
)

// A state takes the place in the queue where its newest version was put. Sending what is
// left then ends as sending everything would have: a state that replaces or deletes a
// group stays behind the increments that were put before it.

// supersede removes the state of a key from our own queue, for a new one to be put: in
// the log, the new one's record does it.
func (s *Spool) supersede(key string) {
	for _, it := range s.own.q.states[key] {
		if l := replacedOf(s.own, it); s.supersedeItem(s.own, it) {
			s.replaced = append(s.replaced, l)
		}
	}
}

func replacedOf(sess *session, it *item) Loss { return lossOf(sess, it, "superseded by newer state") }

// supersedeAdopted does the same in other sessions, when the new one is durable: so one
// of the two is left whenever we crash. One that isn't durable comes after the old.
func (s *Spool) supersedeAdopted(key string) {
	for _, sess := range s.adopted {
		for _, it := range sess.q.states[key] {
			if l := replacedOf(sess, it); s.supersedeItem(sess, it) {
				s.replaced = append(s.replaced, l)
				s.forget(sess, it.id)
			}
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
	return true
}

// forget makes sure that an entry doesn't come back. It may when that fails: then
// supersedeOlder will find it.
func (s *Spool) forget(sess *session, id uint64) {
	if err := errors.Join(sess.append(kindGone, id), sess.sync()); err != nil {
		s.o.Logger.Warn("spool: superseded state stays on disk", "session", sess.name, "err", err)
	}
}

// supersedeOlder leaves of each key the newest durable state of all sessions. Sessions
// that were alive together are told apart by the time of Put.
func (s *Spool) supersedeOlder() {
	newest := map[string]*session{}
	for _, sess := range s.sessions() {
		for key := range sess.q.states {
			t := sess.newest(key)
			if best := newest[key]; t > 0 && (best == nil || t >= best.newest(key)) {
				newest[key] = sess
			}
		}
	}
	for _, sess := range s.adopted {
		for _, key := range slices.Sorted(maps.Keys(sess.q.states)) {
			for _, it := range sess.q.states[key] {
				if best := newest[key]; best != nil && best != sess && best.newest(key) >= it.time && s.supersedeItem(sess, it) {
					s.forget(sess, it.id)
				}
			}
		}
	}
}

// newest is the time of the newest state of a key that is on disk for certain, 0 if
// there is none.
func (s *session) newest(key string) (t int64) {
	if s.log == nil || s.log.broken != nil {
		return 0
	}
	for _, it := range s.q.states[key] {
		if !it.inMemory {
			t = max(t, it.time)
		}
	}
	return t
}
