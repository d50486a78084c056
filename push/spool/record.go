package spool

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// A record of a log file, behind its head (mark.go). Numbers are little-endian.
//
//	 0       4       8       12  13  14    16        24
//	┌───────┬───────┬───────┬───┬───┬─────┬─────────┬──────┐
//	│ check │ size  │ crc   │ver│knd│  0  │ durable │ body │
//	└───────┴───────┴───────┴───┴───┴─────┴─────────┴──────┘
//	check    CRC-32C of the file's salt, the record's offset and bytes 4 to 24
//	size     of the whole record
//	crc      CRC-32C of the body
//	durable  how much of the file was known to be on disk when this was written
//
//	put     id(8) sequence(8) time(8) samples(8) flags(1) key's length(4) key payload
//	gone    id(8)
//	split   id(8) first part's id(8) parts(4) { samples(8) length(4) }… { payload }…
//
// The header vouches for itself, so a garbled size is noticed before it is followed.
// It does so for one place of one file only: neither a block that the disk still had
// nor a payload made up to look like one passes for a record when whole ones are
// looked for behind a damaged one.
const (
	recordHeader  = 24
	recordVersion = 1
	putFields     = 37
	partFields    = 12

	flagOrdered = 1
)

type kind uint8

const (
	kindPut kind = 1 + iota
	kindGone
	kindSplit
)

var le = binary.LittleEndian

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func update(crc uint32, b []byte) uint32 { return crc32.Update(crc, castagnoli, b) }

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// saltOf makes the salt of a file from what its name says.
func saltOf(producer string, generation uint64) uint32 {
	return checksum(fmt.Appendf(nil, "%s/%d", producer, generation))
}

// seal fills in the header of rec, which has room for it in front of its body.
func seal(rec []byte, salt uint32, at int64, durable int64, k kind) {
	le.PutUint32(rec[4:], uint32(len(rec)))
	le.PutUint32(rec[8:], checksum(rec[recordHeader:]))
	rec[12], rec[13] = recordVersion, byte(k)
	le.PutUint64(rec[16:], uint64(durable))
	le.PutUint32(rec, checkOf(rec, salt, at))
}

func checkOf(header []byte, salt uint32, at int64) uint32 {
	var place [8]byte
	le.PutUint64(place[:], uint64(at))
	return update(update(salt, place[:]), header[4:recordHeader])
}

// putRecord is what a put record says of its entry.
type putRecord struct {
	id, sequence uint64
	time         int64 // unix nanoseconds
	samples      uint64
	ordered      bool
	key          string
	payload      []byte
}

func (p *putRecord) append(dst []byte) []byte {
	for _, n := range []uint64{p.id, p.sequence, uint64(p.time), p.samples} {
		dst = le.AppendUint64(dst, n)
	}
	flags := byte(0)
	if p.ordered {
		flags = flagOrdered
	}
	dst = append(dst, flags)
	dst = le.AppendUint32(dst, uint32(len(p.key)))
	return append(append(dst, p.key...), p.payload...)
}

// splitRecord replaces an entry by its parts, whose ids follow each other.
type splitRecord struct {
	id, first uint64
	parts     []Part
}

func (s *splitRecord) append(dst []byte) []byte {
	dst = le.AppendUint64(le.AppendUint64(dst, s.id), s.first)
	dst = le.AppendUint32(dst, uint32(len(s.parts)))
	for _, p := range s.parts {
		dst = le.AppendUint64(dst, uint64(p.Samples))
		dst = le.AppendUint32(dst, uint32(len(p.Payload)))
	}
	for _, p := range s.parts {
		dst = append(dst, p.Payload...)
	}
	return dst
}

// fields takes a body apart. What is missing reads as zero and is remembered.
type fields struct {
	b     []byte
	short bool
}

func (f *fields) bytes(n int) []byte {
	if n < 0 || n > len(f.b) {
		f.short, f.b = true, nil
		return nil
	}
	b := f.b[:n]
	f.b = f.b[n:]
	return b
}

func (f *fields) u64() uint64 {
	if b := f.bytes(8); b != nil {
		return le.Uint64(b)
	}
	return 0
}

func (f *fields) u32() uint32 {
	if b := f.bytes(4); b != nil {
		return le.Uint32(b)
	}
	return 0
}

// decodePut reads a put record; its payload aliases body.
func decodePut(body []byte) (p putRecord, ok bool) {
	f := fields{b: body}
	p = putRecord{id: f.u64(), sequence: f.u64(), time: int64(f.u64()), samples: f.u64()}
	flags := f.bytes(1)
	p.ordered = len(flags) == 1 && flags[0]&flagOrdered != 0
	p.key = string(f.bytes(int(f.u32())))
	p.payload = f.b
	return p, !f.short && p.ordered == (p.sequence > 0)
}

// decodeSplit reads a split record; its payloads alias body.
func decodeSplit(body []byte) (s splitRecord, ok bool) {
	f := fields{b: body}
	s = splitRecord{id: f.u64(), first: f.u64()}
	n := int(f.u32())
	if n > len(f.b)/partFields {
		return s, false
	}
	s.parts = make([]Part, n)
	sizes := make([]int, n)
	for i := range s.parts {
		s.parts[i].Samples, sizes[i] = int(f.u64()), int(f.u32())
	}
	for i := range s.parts {
		s.parts[i].Payload = f.bytes(sizes[i])
	}
	return s, !f.short && len(f.b) == 0
}
