package spool

import "fmt"

// How far the mark is written ahead. A put that is sent at once needs no sync of its
// own that way; a long replay needs one in so many entries.
const (
	aheadOfPut  = 8
	aheadOfSend = 32
)

// markAhead raises the mark, for the next flush to write.
func (s *session) markAhead() {
	for _, it := range s.q.items {
		if it.ordered() && !it.gone {
			s.mark = max(s.mark, it.sequence+aheadOfPut)
			return
		}
	}
}

// announce has the disk note that it is about to be sent, so that whoever finds it
// after a crash knows that it may have arrived. Where the disk doesn't take even that,
// it is sent all the same: there is a risk only if we crash, too, and the next process
// has to split it or what is before it. An error means that nobody knows what the disk
// has in its place.
func (s *session) announce(it *item) error {
	if s.unsettled {
		if err := s.rewrite(); err != nil {
			return fmt.Errorf("after a split that failed: %w", err)
		}
	}
	if !it.ordered() {
		return nil
	}
	s.tried = max(s.tried, it.sequence)
	if s.log == nil || it.sequence <= s.markDurable {
		return nil // without a log there is nothing to be found
	}
	s.mark = max(s.mark, it.sequence+aheadOfSend)
	_ = s.writeMark()
	return nil
}

// writeMark makes the mark durable.
func (s *session) writeMark() error {
	if s.log.broken != nil {
		return s.rewrite()
	}
	mark := s.mark
	err := s.log.setMark(mark)
	if err == nil {
		err = s.log.sync()
	}
	if err == nil {
		s.markDurable = mark
	}
	return err
}
