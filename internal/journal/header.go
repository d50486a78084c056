package journal

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"
)

// The head of a segment or snapshot: the same 40 bytes twice, each at the start of a
// sector of its own, so that one bad sector does not take the salt that all records
// need to be recognised.
//
//	 0         8       12      16        24        32      36      40          512       1024
//	┌─────────┬───────┬───────┬─────────┬─────────┬───────┬───────┬─ ─ ─ ─ ─ ─┬─ ─ ─ ─ ─ ─┬─ ─
//	│ magic   │version│ salt  │ seq     │ time    │ 0     │ crc   │ zeros     │ again     │ records
//	└─────────┴───────┴───────┴─────────┴─────────┴───────┴───────┴─ ─ ─ ─ ─ ─┴─ ─ ─ ─ ─ ─┴─ ─
//	seq   segment: of its first record; snapshot: of the last record that it covers
//	time  segment: of the record before its first; snapshot: of the last it covers
//	crc   CRC-32C of bytes 0 to 36
const (
	segmentMagic  = "HGJ:segm"
	snapshotMagic = "HGJ:snap"
	headerVersion = 1
	headerFields  = 40
	headerCopy    = 512
	headerSize    = 2 * headerCopy

	segmentPrefix  = "segment-"
	snapshotPrefix = "snapshot-"
	tmpSuffix      = ".tmp"
)

type header struct {
	magic string
	salt  uint32
	seq   uint64
	time  int64
}

// newHeader draws a salt.
func newHeader(magic string, seq uint64, time int64) header {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return header{magic: magic, salt: binary.LittleEndian.Uint32(b[:]), seq: seq, time: time}
}

func (h *header) append(dst []byte) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, headerSize)...)
	b := dst[at:]
	le := binary.LittleEndian
	copy(b, h.magic)
	le.PutUint32(b[8:], headerVersion)
	le.PutUint32(b[12:], h.salt)
	le.PutUint64(b[16:], h.seq)
	le.PutUint64(b[24:], uint64(h.time))
	le.PutUint32(b[36:], crc32.Checksum(b[:36], castagnoli))
	copy(b[headerCopy:], b[:headerFields])
	return dst
}

func decodeFileHeader(b []byte, magic string) (h header, reason string) {
	le := binary.LittleEndian
	switch {
	case len(b) < headerFields:
		return h, fmt.Sprintf("file header is cut off after %d bytes", len(b))
	case string(b[:8]) != magic:
		return h, fmt.Sprintf("file begins with %q, want %q", b[:8], magic)
	case le.Uint32(b[36:]) != crc32.Checksum(b[:36], castagnoli):
		return h, "file header has a wrong checksum"
	case le.Uint32(b[8:]) != headerVersion:
		return h, fmt.Sprintf("file has version %d, this program reads %d", le.Uint32(b[8:]), headerVersion)
	}
	return header{magic: magic, salt: le.Uint32(b[12:]), seq: le.Uint64(b[16:]), time: int64(le.Uint64(b[24:]))}, ""
}

// readHeader reads the first copy, and checks that it belongs to a file named for
// seq. spare is the header as far as either copy tells it: ok if one does.
func readHeader(f io.ReaderAt, magic string, seq uint64) (h, spare header, ok bool, reason string, err error) {
	var b [headerSize]byte
	n, err := f.ReadAt(b[:], 0)
	if err != nil && err != io.EOF {
		return h, spare, false, "", err
	}
	h, reason = decodeFileHeader(b[:min(n, headerCopy)], magic)
	spare, ok = h, reason == ""
	if !ok {
		var second string
		spare, second = decodeFileHeader(b[min(n, headerCopy):n], magic)
		ok = second == ""
	}
	switch {
	case reason != "":
	case n < headerSize:
		reason = fmt.Sprintf("file header is cut off after %d bytes", n)
	case h.seq != seq:
		reason = fmt.Sprintf("file header is for record %d, the name says %d", h.seq, seq)
	}
	return h, spare, ok, reason, nil
}

func segmentName(first uint64) string { return fmt.Sprintf("%s%020d", segmentPrefix, first) }
func snapshotName(seq uint64) string  { return fmt.Sprintf("%s%020d", snapshotPrefix, seq) }

// parseName reads the number out of a segment's or snapshot's name.
func parseName(name, prefix string) (uint64, bool) {
	digits, ok := strings.CutPrefix(name, prefix)
	if !ok || len(digits) != 20 {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, err == nil
}
