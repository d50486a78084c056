package spool

import "io"

// The head of a log file: two copies of the mark, in sectors of their own. They are
// written in turn, in place: the mark has to become durable before anything is sent,
// also on a full disk.
//
//	0             512           1024
//	┌──────┬─ ─ ─ ┬──────┬─ ─ ─ ┬─────────
//	│ copy │ zeros│ copy │ zeros│ records
//	└──────┴─ ─ ─ ┴──────┴─ ─ ─ ┴─────────
//
//	copy     check(4) version(1) 0(3) turn(8) mark(8)
//	check    CRC-32C of the file's salt and bytes 4 to 24
//	turn     the higher one counts, where both are whole; its last bit says which copy
//	mark     every ordered entry that may have been sent has a sequence up to this
const (
	headSize = 1024
	copySize = 24
	copyAt   = 512
)

// logHead is what the head of a log says.
type logHead struct {
	turn, mark uint64
}

func (h logHead) encode(salt uint32) []byte {
	b := make([]byte, copySize)
	b[4] = recordVersion
	le.PutUint64(b[8:], h.turn)
	le.PutUint64(b[16:], h.mark)
	le.PutUint32(b, copyCheck(b, salt))
	return b
}

func copyCheck(b []byte, salt uint32) uint32 { return update(salt, b[4:copySize]) }

func (h logHead) at() int64 { return int64(h.turn%2) * copyAt }

// readHead is false if no copy of the head is whole.
func readHead(f io.ReaderAt, salt uint32) (h logHead, ok bool, err error) {
	var b [headSize]byte
	if _, err := f.ReadAt(b[:], 0); err != nil && err != io.EOF {
		return h, false, err
	}
	for _, at := range []int64{0, copyAt} {
		c := b[at : at+copySize]
		if le.Uint32(c) != copyCheck(c, salt) || c[4] != recordVersion {
			continue
		}
		if turn := le.Uint64(c[8:]); !ok || turn > h.turn {
			h, ok = logHead{turn, le.Uint64(c[16:])}, true
		}
	}
	return h, ok, nil
}

// begin writes the head of a new file. All of it gets its place on the disk.
func (l *logFile) begin(mark uint64) error {
	b := make([]byte, headSize)
	for turn := range uint64(2) {
		l.head = logHead{turn, mark}
		copy(b[l.head.at():], l.head.encode(l.salt))
	}
	_, err := l.f.WriteAt(b, 0)
	l.end = headSize
	return err
}

// setMark changes the mark, which is durable after the next sync.
func (l *logFile) setMark(mark uint64) error {
	if l.broken != nil {
		return l.broken
	}
	next := logHead{l.head.turn + 1, mark}
	if _, err := l.f.WriteAt(next.encode(l.salt), next.at()); err != nil {
		return err // the other copy is as it was
	}
	l.head, l.dirty = next, true
	return nil
}
