package wire

import (
	"encoding/binary"
	"math"
)

// The wire types of protobuf.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
)

// tag is a field's number and wire type. All but one field of metrics.proto have
// a tag of one byte.
type tag byte

func appendUint(dst []byte, t tag, n *uint64) []byte {
	if n == nil {
		return dst
	}
	return binary.AppendUvarint(append(dst, byte(t)), *n)
}

// appendSint appends n in zigzag encoding, as the types sint32 and sint64 have it.
func appendSint(dst []byte, t tag, n int64) []byte {
	return binary.AppendUvarint(append(dst, byte(t)), uint64(n)<<1^uint64(n>>63))
}

func appendDouble(dst []byte, t tag, f *float64) []byte {
	if f == nil {
		return dst
	}
	return binary.LittleEndian.AppendUint64(append(dst, byte(t)), math.Float64bits(*f))
}

func appendString(dst []byte, t tag, s *string) []byte {
	if s == nil {
		return dst
	}
	dst = binary.AppendUvarint(append(dst, byte(t)), uint64(len(*s)))
	return append(dst, *s...)
}

// openMessage begins a nested message and returns where its content starts. A
// length of one byte is reserved, which closeMessage widens if it has to: most
// messages here are shorter than 128 bytes, and so no size is computed twice.
func openMessage(dst []byte, t tag) ([]byte, int) {
	dst = append(dst, byte(t), 0)
	return dst, len(dst)
}

// openDelimited is openMessage without a tag.
func openDelimited(dst []byte) ([]byte, int) {
	dst = append(dst, 0)
	return dst, len(dst)
}

// closeMessage writes the length of the message whose content starts at start.
func closeMessage(dst []byte, start int) []byte {
	n := len(dst) - start
	if n < 0x80 {
		dst[start-1] = byte(n)
		return dst
	}
	var prefix [binary.MaxVarintLen64]byte
	width := binary.PutUvarint(prefix[:], uint64(n))
	dst = append(dst, prefix[1:width]...) // makes room; what is in it is overwritten
	copy(dst[start-1+width:], dst[start:start+n])
	copy(dst[start-1:], prefix[:width])
	return dst
}
