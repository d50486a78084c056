package journal

import (
	"encoding/binary"
	"hash/crc32"
)

// Commit does what the writer and the deliverer do with one batch, in the caller's
// goroutine, so that a seed alone decides what happens. The Disk must not be started.
func (d *Disk) Commit(batch []*Entry) {
	d.w.commit(batch)
	d.opt.Deliver(batch)
}

// SyncWritten is the tick of SyncInterval.
func (d *Disk) SyncWritten() { d.w.syncWritten() }

// Durable is the last record that the writer takes for durable.
func (d *Disk) Durable() uint64 { return d.w.durable }

// Seal gives the header and the records of a file the checksums that they should
// have, as far as their sizes lead, so that a fuzzer gets behind them.
func Seal(b []byte) {
	le := binary.LittleEndian
	if len(b) < headerSize {
		return
	}
	le.PutUint32(b[36:], crc32.Checksum(b[:36], castagnoli))
	salt := le.Uint32(b[12:])
	for b = b[headerSize:]; len(b) >= recordHeader; {
		size := int(le.Uint32(b[4:]))
		if size >= recordHeader && size <= len(b) {
			le.PutUint32(b[8:], crc32.Checksum(b[recordHeader:size], castagnoli))
		}
		le.PutUint32(b, crc32.Update(salt, castagnoli, b[4:recordHeader]))
		if size < recordHeader || size > len(b) {
			return
		}
		b = b[size:]
	}
}
