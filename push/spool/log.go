package spool

import (
	"errors"
	"fmt"
	"io"
)

// logFile is a log file that records are appended to.
//
//	head │ durable records │ written records │
//	                       durable           end
//
// A record that could not be written is cut off again. Where that fails too, or a sync
// does, nobody knows what the disk has behind durable: after a failed sync the kernel
// may hold pages for clean that never got there, and another sync would prove nothing.
// The file is broken then: it is read from but no longer written to, and a new one has
// to take its place (rewrite.go).
type logFile struct {
	f       file
	salt    uint32
	head    logHead
	end     int64
	durable int64
	dirty   bool // more is to be synced than lies behind durable
	broken  error

	buf []byte
}

// keepBuffer is how large a buffer is kept for the next record.
const keepBuffer = 256 << 10

// append writes a record and returns where it ends. body appends its contents.
func (l *logFile) append(k kind, body func([]byte) []byte) (int64, error) {
	if l.broken != nil {
		return 0, l.broken
	}
	l.buf = body(append(l.buf[:0], make([]byte, recordHeader)...))
	seal(l.buf, l.salt, l.end, l.durable, k)
	_, err := l.f.WriteAt(l.buf, l.end)
	if err == nil {
		l.end += int64(len(l.buf))
	} else if cut := l.f.Truncate(l.end); cut != nil {
		l.broken = fmt.Errorf("%w (cutting it off: %w)", err, cut)
		err = l.broken
	}
	if cap(l.buf) > keepBuffer {
		l.buf = nil
	}
	return l.end, err
}

func (l *logFile) sync() error {
	if l.broken != nil {
		return l.broken
	}
	if l.durable == l.end && !l.dirty {
		return nil
	}
	if err := l.f.Sync(); err != nil {
		l.broken = err
		return err
	}
	l.durable, l.dirty = l.end, false
	return nil
}

// takeOver makes durable what was read from a file of another process. When that
// process died after a failed sync, the kernel may hold what was read for clean; so
// whatever no later record vouches for is written once more, in its place.
func (l *logFile) takeOver() error {
	for off := l.durable; off < l.end; {
		b := make([]byte, min(readWindow, l.end-off))
		if _, err := l.f.ReadAt(b, off); err != nil && err != io.EOF {
			return err
		}
		if _, err := l.f.WriteAt(b, off); err != nil {
			l.broken = err
			return err
		}
		off += int64(len(b))
	}
	if err := l.setMark(l.head.mark); err != nil {
		return err
	}
	return l.settle()
}

// settle is sync for a lower size, too.
func (l *logFile) settle() error {
	l.dirty = true
	return l.sync()
}

// read returns the payload of it.
func (l *logFile) read(it *item) ([]byte, error) {
	b := make([]byte, it.size)
	if _, err := l.f.ReadAt(b, it.off); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if got := checksum(b); got != it.crc {
		return nil, fmt.Errorf("%w: it has checksum %08x, was written with %08x", errPayload, got, it.crc)
	}
	return b, nil
}
