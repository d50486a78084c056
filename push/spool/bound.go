package spool

// The bounds. Log files together have at most MaxBytes, less what other processes have.
// What is undelivered takes up to three quarters of that, so there is always a quarter
// to be won by writing logs anew, and that is worth its while.

// measureEvery is after how many puts the other processes' sessions are looked at again.
const measureEvery = 64

// limit is how large all our log files may be together, in bytes.
func (s *Spool) limit() int64 {
	if s.dir != "" {
		if s.putsUntil--; s.putsUntil < 0 {
			s.others, s.putsUntil = s.measureOthers(), measureEvery
		}
	}
	return max(s.o.MaxBytes-s.others, s.o.MaxBytes/8)
}

func (s *Spool) fileSizes() (sum int64) {
	for _, sess := range s.sessions() {
		sum += sess.fileSize()
	}
	return sum
}

// makeRoom drops entries, the oldest first, and cleans up logs until an entry that takes
// need bytes fits.
func (s *Spool) makeRoom(need, limit int64) {
	for {
		count, cost := 0, need
		for _, sess := range s.sessions() {
			count += sess.q.count
			cost += sess.q.cost
		}
		reason := ""
		switch {
		case count >= s.o.MaxEntries:
			reason = "spool holds too many entries"
		case cost > limit/4*3:
			reason = "spool holds too many bytes"
		}
		if reason == "" || !s.drop(reason, func(*item) bool { return true }) {
			break
		}
	}
	s.cleanUp(need, limit)
}

// trimMemory drops what memory has no room for.
func (s *Spool) trimMemory() {
	inMemory := func(it *item) bool { return it.inMemory }
	for s.own.q.memory > s.o.MaxMemory && s.drop("memory for entries that the disk doesn't take is full", inMemory) {
	}
}

// drop loses the oldest ordered entry that may be lost, or else the oldest state. The
// one that is under way never is.
func (s *Spool) drop(reason string, may func(*item) bool) bool {
	for _, ordered := range []bool{true, false} {
		for _, sess := range s.sessions() {
			for _, it := range sess.q.items {
				if !it.gone && it != s.head && it.ordered() == ordered && may(it) {
					s.lose(sess, it, reason)
					return true
				}
			}
		}
	}
	return false
}

// lose counts, reports and removes an entry that will not be delivered. Where the disk
// doesn't hear of it, the next process may deliver it all the same.
func (s *Spool) lose(sess *session, it *item, reason string) {
	l := lossOf(sess, it, reason)
	s.losses = append(s.losses, l)
	s.lost++
	s.lostSamples += uint64(it.samples)
	if err := s.dead.lost(l); err != nil {
		s.o.Logger.Warn("spool: loss can't be written to the dead letters", "err", err)
	}
	_ = sess.remove(it)
	if sess != s.own {
		_ = sess.sync() // our own is synced by the put that this makes room for
	}
}

// cleanUp writes those logs anew of which enough is done with, and more if the files
// would become too large. Whatever can't be written now is tried again later.
func (s *Spool) cleanUp(need, limit int64) {
	for _, sess := range s.sessions() {
		if sess.garbage() > min(limit/4, 1<<20+sess.q.onDisk/2) {
			_ = sess.rewrite()
		}
	}
	for s.fileSizes()+need > limit {
		worst := s.own
		for _, sess := range s.adopted {
			if sess.garbage() > worst.garbage() {
				worst = sess
			}
		}
		if worst.garbage() == 0 || worst.rewrite() != nil {
			return
		}
	}
}
