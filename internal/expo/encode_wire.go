package expo

import (
	"encoding/binary"
	"math"
)

// The wire types of protobuf that occur in metrics.proto.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
)

func appendTag(dst []byte, field uint64, wire uint64) []byte {
	return binary.AppendUvarint(dst, field<<3|wire)
}

func appendUint(dst []byte, field, n uint64) []byte {
	return binary.AppendUvarint(appendTag(dst, field, wireVarint), n)
}

// appendSint appends n in protobuf's zigzag encoding.
func appendSint(dst []byte, field uint64, n int64) []byte {
	return appendUint(dst, field, uint64(n)<<1^uint64(n>>63))
}

func appendDouble(dst []byte, field uint64, f float64) []byte {
	return binary.LittleEndian.AppendUint64(appendTag(dst, field, wireFixed64), math.Float64bits(f))
}

func appendString(dst []byte, field uint64, s string) []byte {
	dst = binary.AppendUvarint(appendTag(dst, field, wireBytes), uint64(len(s)))
	return append(dst, s...)
}

// openMessage begins a nested message and returns where its content starts. A
// length of one byte is reserved, which closeMessage widens if it has to: most
// messages here are shorter than 128 bytes.
func openMessage(dst []byte, field uint64) ([]byte, int) {
	return openDelimited(appendTag(dst, field, wireBytes))
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
