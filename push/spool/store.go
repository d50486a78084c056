package spool

import "fmt"

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

// append writes a record of one number.
func (s *session) append(k kind, n uint64) error {
	_, err := s.log.append(k, func(b []byte) []byte { return le.AppendUint64(b, n) })
	return err
}

// appendPut writes it and returns where its payload is.
func (s *session) appendPut(to *logFile, it *item, payload []byte) (int64, error) {
	p := putRecord{
		id: it.id, sequence: it.sequence, time: it.time,
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
	if s.tried > s.markDurable { // what was sent already must not be found without its mark
		if err := s.writeMark(); err != nil {
			return err
		}
	}
	var failed error
	offs := make([]int64, 0, s.q.inMemory)
	unwritten := s.q.unwritten()
	for _, it := range unwritten {
		if s.fileSize()+it.cost() > limit {
			failed = fmt.Errorf("log has %d bytes, no more than %d are allowed and it can't be cleaned up", s.fileSize(), limit)
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
	mark := s.markDurable
	if s.mark > mark && s.log.setMark(s.mark) == nil {
		mark = s.mark
	}
	if err := s.log.sync(); err != nil {
		return err
	}
	for i, off := range offs {
		s.q.stored(unwritten[i], off)
	}
	s.markDurable = mark
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
	err := s.append(kindGone, it.id)
	if err != nil {
		s.unrecorded = max(s.unrecorded, it.sequence)
	}
	return err
}

// sync makes durable that entries are gone.
func (s *session) sync() error {
	if s.log == nil {
		return nil
	}
	return s.log.sync()
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
	rec := splitRecord{id: it.id, first: s.nextID, parts: parts}
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
	return max(0, s.fileSize()-s.q.onDisk)
}

// fileSize is that of the log's records.
func (s *session) fileSize() int64 {
	if s.log == nil {
		return 0
	}
	return s.log.end - headSize
}
