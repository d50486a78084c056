package journal

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// A record, in segments and snapshots alike. Numbers are little-endian.
//
//	 0       4       8       12  13  14  15  16        24        32        40
//	┌───────┬───────┬───────┬───┬───┬───┬───┬─────────┬─────────┬─────────┬─────────┐
//	│ check │ size  │ crc   │ver│knd│flg│ 0 │ seq     │ durable │ time    │ payload │
//	└───────┴───────┴───────┴───┴───┴───┴───┴─────────┴─────────┴─────────┴─────────┘
//	check    CRC-32C of bytes 4 to 40, begun from the file's salt
//	size     of the whole record, at least 40; 0: the log ends here, zeros follow
//	crc      CRC-32C of the payload
//	seq      position in the log; in a snapshot, in the snapshot, from 1
//	durable  the last seq known to be on disk when this record was written
//	time     unix nanoseconds
//
// The header vouches for itself, so a garbled size is noticed before it is followed,
// and through crc it vouches for the payload. The salt is drawn anew for every file:
// a client can't put bytes into a payload that pass for a record when a damaged file
// is searched for whole ones, and no stale block of another file can either.
const (
	recordHeader  = 40
	recordVersion = 1

	// flagEnd marks the last record of a snapshot; see snapshot.go.
	flagEnd = 1 << 0
	// flagGap marks a record that repair wrote in place of lost ones: its payload is
	// the first lost seq, its own seq the last.
	flagGap = 1 << 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// record is a decoded record. The payload aliases the reader's buffer.
type record struct {
	off     int64 // in the file
	size    int64
	kind    Kind
	flags   uint8
	seq     uint64
	durable uint64
	time    int64
	crc     uint32
	payload []byte
}

// appendRecord encodes r behind dst; off, size and crc are not read.
func appendRecord(dst []byte, salt uint32, r *record) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, recordHeader)...)
	dst = append(dst, r.payload...)
	h := dst[at : at+recordHeader]
	le := binary.LittleEndian
	le.PutUint32(h[4:], uint32(recordHeader+len(r.payload)))
	le.PutUint32(h[8:], crc32.Checksum(r.payload, castagnoli))
	h[12], h[13], h[14] = recordVersion, byte(r.kind), r.flags
	le.PutUint64(h[16:], r.seq)
	le.PutUint64(h[24:], r.durable)
	le.PutUint64(h[32:], uint64(r.time))
	le.PutUint32(h, crc32.Update(salt, castagnoli, h[4:]))
	return dst
}

// decodeHeader reads a record's header from b, which holds all of it. A non-empty
// reason says why it is none; r.size is 0 then, unless the checksum is right and the
// contents are not understood.
func decodeHeader(b []byte, salt uint32) (r record, reason string) {
	b = b[:recordHeader]
	le := binary.LittleEndian
	if got, want := le.Uint32(b), crc32.Update(salt, castagnoli, b[4:]); got != want {
		return r, fmt.Sprintf("record header has checksum %08x, its bytes give %08x", got, want)
	}
	r = record{
		size: int64(le.Uint32(b[4:])), crc: le.Uint32(b[8:]), kind: Kind(b[13]), flags: b[14],
		seq: le.Uint64(b[16:]), durable: le.Uint64(b[24:]), time: int64(le.Uint64(b[32:])),
	}
	if b[12] != recordVersion {
		r.size = max(r.size, recordHeader)
		return r, fmt.Sprintf("record has version %d, this program reads %d", b[12], recordVersion)
	}
	if r.size < recordHeader {
		r.size = recordHeader
		return r, fmt.Sprintf("record claims a size below the %d bytes of its header", recordHeader)
	}
	return r, ""
}

// follows says why r can't be the record after last; empty if it is.
func (r *record) follows(last uint64) string {
	first := r.seq
	if r.flags&flagGap != 0 {
		if len(r.payload) != 8 || r.seq == 0 {
			return "record of a gap is malformed"
		}
		if first = binary.LittleEndian.Uint64(r.payload); first > r.seq {
			return fmt.Sprintf("record of a gap ends at %d, before its start %d", r.seq, first)
		}
	}
	if first != last+1 {
		return fmt.Sprintf("record %d follows record %d", first, last)
	}
	return ""
}
