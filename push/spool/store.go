package spool

import (
	"errors"
	"fmt"
	"path/filepath"
)

// add queues an entry and numbers it. Only memory has it until flush.
func (s *session) add(e *Entry) *item {
	it := &item{
		id: s.nextID, time: e.Time.UnixNano(), samples: e.Samples, key: e.Key,
		size: int64(len(e.Payload)), crc: checksum(e.Payload), payload: e.Payload, inMemory: true,
	}
	s.nextID++
	if e.Ordered {
		s.nextSequence++
		it.sequence = s.nextSequence
	}
	s.q.push(it)
	s.markAhead()
	return it
}

// How far the mark is written ahead. A put that is sent at once needs no mark of its
// own that way; a long replay needs one in so many entries.
const (
	aheadOfPut  = 8
	aheadOfSend = 32
)

// markAhead has the next record say that what is sent soon has been.
func (s *session) markAhead() {
	for _, it := range s.q.items {
		if it.ordered() && !it.gone {
			s.mark = max(s.mark, it.sequence+aheadOfPut)
			return
		}
	}
}

// announce notes on disk that it is about to be sent, so that whoever finds it after a
// crash knows that it may have arrived. When the disk doesn't take the note, it is
// sent all the same: then it must not be split by the next process, which does not
// know. An error means that nobody knows what the disk has in its place.
func (s *session) announce(it *item) error {
	if s.unsettled {
		if err := s.rewrite(); err != nil {
			return fmt.Errorf("after a split that failed: %w", err)
		}
	}
	if !it.ordered() || it.sequence <= s.markDurable {
		return nil
	}
	s.mark = max(s.mark, it.sequence+aheadOfSend)
	if it.inMemory || s.log == nil {
		return nil // its record will say so
	}
	_ = s.writeMark(s.mark)
	return nil
}

func (s *session) writeMark(mark uint64) error {
	if s.log.broken != nil {
		return s.rewrite()
	}
	err := s.append(kindMark, mark)
	if err == nil {
		err = s.log.sync()
	}
	if err == nil {
		s.mark, s.markDurable = mark, mark
	}
	return err
}

// append writes a record of one number.
func (s *session) append(k kind, n uint64) error {
	_, err := s.log.append(k, func(b []byte) []byte { return le.AppendUint64(b, n) })
	return err
}

// appendPut writes it and returns where its payload is.
func (s *session) appendPut(to *logFile, it *item, payload []byte) (int64, error) {
	p := putRecord{
		id: it.id, sequence: it.sequence, mark: s.mark, time: it.time,
		samples: uint64(it.samples), ordered: it.ordered(), key: it.key, payload: payload,
	}
	end, err := to.append(kindPut, p.append)
	return end - it.size, err
}

// flush makes durable what only memory has, in order, as far as the log may grow.
func (s *session) flush(limit int64) error {
	if s.dir == "" || s.q.inMemory == 0 {
		return nil
	}
	if s.log == nil || s.log.broken != nil {
		return s.rewrite()
	}
	var failed error
	offs := make([]int64, 0, s.q.inMemory)
	unwritten := s.q.unwritten()
	for _, it := range unwritten {
		if s.log.end+it.cost() > limit {
			failed = fmt.Errorf("log has %d bytes, no more than %d are allowed and it can't be cleaned up", s.log.end, limit)
			break
		}
		var off int64
		if off, failed = s.appendPut(s.log, it, it.payload); failed != nil {
			break
		}
		offs = append(offs, off)
	}
	if len(offs) == 0 {
		return failed
	}
	if err := s.log.sync(); err != nil {
		return err
	}
	for i, off := range offs {
		s.q.stored(unwritten[i], off)
	}
	s.markDurable = s.mark
	return failed
}

func (s *session) read(it *item) ([]byte, error) {
	if it.inMemory {
		return it.payload, nil
	}
	return s.log.read(it)
}

// remove takes it out of the queue. The disk hears of it, but doesn't have to keep it:
// until the next sync a crash may bring the entry back.
func (s *session) remove(it *item) error {
	onDisk := !it.inMemory && !it.gone
	s.q.remove(it)
	if !onDisk {
		return nil
	}
	return s.append(kindGone, it.id)
}

// split replaces it by its parts, for good, or changes nothing.
func (s *session) split(it *item, parts []Part) error {
	if it.inMemory {
		// A put or a rewrite that failed may have left it on disk all the same.
		if err := s.settle(); err != nil {
			return err
		}
	}
	items := partsOf(it, s.nextID, parts)
	if it.inMemory {
		for i, part := range items {
			part.inMemory, part.payload = true, parts[i].Payload
		}
	} else if err := s.writeSplit(it, items, parts); err != nil {
		return err
	}
	s.q.split(it, items)
	s.nextID += uint64(len(parts))
	if it.ordered() {
		s.nextSequence += uint64(len(parts) - 1)
	}
	return nil
}

func (s *session) writeSplit(it *item, items []*item, parts []Part) error {
	if s.log.broken != nil {
		if err := s.rewrite(); err != nil {
			return err
		}
	}
	rec := splitRecord{id: it.id, first: s.nextID, mark: s.mark, parts: parts}
	off, err := s.log.append(kindSplit, rec.append)
	if err == nil {
		err = s.log.sync()
	}
	if err != nil {
		s.unsettled = true
		return err
	}
	for i := len(items) - 1; i >= 0; i-- {
		off -= items[i].size
		items[i].off = off
	}
	s.markDurable = s.mark
	return nil
}

// settle leaves no doubt about what is on disk.
func (s *session) settle() error {
	switch {
	case s.log != nil && s.log.broken == nil:
		return s.log.settle()
	case s.log == nil && s.generation == 0:
		return nil
	}
	return s.rewrite()
}

// garbage is how much of the log is done with, in bytes.
func (s *session) garbage() int64 {
	if s.log == nil {
		return 0
	}
	return max(0, s.log.end-s.q.onDisk)
}

func (s *session) fileSize() int64 {
	if s.log == nil {
		return 0
	}
	return s.log.end
}

// close leaves the session to the next process. The mark becomes exact: it says which
// entries may have arrived, of which one that is under way is one.
func (s *session) close(underWay *item) error {
	var err error
	if s.log != nil && s.q.count > s.q.inMemory {
		err = s.writeMark(s.exactMark(underWay))
	}
	if s.q.inMemory > 0 && s.dir != "" {
		err = errors.Join(err, fmt.Errorf("%d entries could not be written and are lost", s.q.inMemory))
	}
	return errors.Join(err, s.release())
}

func (s *session) exactMark(underWay *item) (mark uint64) {
	for _, it := range s.q.items {
		if !it.gone && it.ordered() && (it.unsure || it == underWay) {
			mark = max(mark, it.sequence)
		}
	}
	return mark
}

// release closes the log and lets go of the lock.
func (s *session) release() error {
	var err error
	if s.log != nil {
		err = s.log.f.Close()
		s.log = nil
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}

// destroy removes a session that has nothing left. Its logs go first, for good: until
// then it is locked, afterwards it does no harm when it is found.
func (s *session) destroy() error {
	if s.lock == nil {
		return nil
	}
	if s.log != nil {
		s.log.f.Close() // Windows does not remove open files
		s.log = nil
	}
	err := removeSession(s.o.fs, s.path, s.release)
	return errors.Join(err, s.release())
}

// removeSession removes the folder of a session whose lock the caller has and unlock
// releases.
func removeSession(fsys fileSystem, path string, unlock func() error) error {
	names, err := fsys.readDir(path)
	if err != nil {
		return err
	}
	for _, name := range names {
		if name == lockName {
			continue
		}
		if err := removeFile(fsys, filepath.Join(path, name)); err != nil {
			return err
		}
	}
	if err := fsys.syncDir(path); err != nil {
		return err
	}
	if err := unlock(); err != nil {
		return err
	}
	// From here on another process may do the same.
	_ = fsys.remove(filepath.Join(path, lockName))
	_ = fsys.remove(path)
	return fsys.syncDir(filepath.Dir(path))
}
