package expo

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"
)

const (
	wireGroup    = 3
	wireGroupEnd = 4
	wireFixed32  = 5
)

const maxField = 1<<29 - 1

var (
	errTruncated = errors.New("ends within a field")
	errVarint    = errors.New("has a number of more than 64 bits")
)

// wireReader walks through the fields of one encoded message. It allocates
// nothing: what it yields points into the message.
type wireReader struct {
	rest []byte
	err  error // why the walk ended early

	// The present field.
	num   uint64
	wire  uint64
	n     uint64 // value of a varint or of a fixed-width number
	bytes []byte // value of a length-delimited field
}

// next reads a field. It returns false at the end of the message, or with err set
// where the message is malformed. Groups, which metrics.proto doesn't have, are
// checked and passed over.
func (r *wireReader) next() bool {
	for len(r.rest) > 0 && r.err == nil {
		tag := r.varint()
		r.num, r.wire = tag>>3, tag&7
		if r.err == nil && (r.num == 0 || r.num > maxField) {
			r.err = fmt.Errorf("has field number %d: want 1 to %d", r.num, maxField)
		}
		if r.err != nil {
			return false
		}
		if r.wire == wireGroup {
			r.skipGroup()
			continue
		}
		r.value()
		return r.err == nil
	}
	return false
}

// value reads the value of the present field.
func (r *wireReader) value() {
	switch r.wire {
	case wireVarint:
		r.n = r.varint()
	case wireBytes:
		size := r.varint()
		if r.err == nil && size > uint64(len(r.rest)) {
			r.err = fmt.Errorf("has a field that claims %d bytes where %d are left", size, len(r.rest))
		}
		if r.err == nil {
			r.bytes, r.rest = r.rest[:size:size], r.rest[size:]
		}
	case wireFixed64:
		if len(r.rest) < 8 {
			r.err = errTruncated
			return
		}
		r.n, r.rest = binary.LittleEndian.Uint64(r.rest), r.rest[8:]
	case wireFixed32:
		if len(r.rest) < 4 {
			r.err = errTruncated
			return
		}
		r.n, r.rest = uint64(binary.LittleEndian.Uint32(r.rest)), r.rest[4:]
	default:
		r.err = fmt.Errorf("has a field of wire type %d: want 0, 1, 2 or 5", r.wire)
	}
}

func (r *wireReader) varint() uint64 {
	if len(r.rest) > 0 && r.rest[0] < 0x80 {
		n := uint64(r.rest[0])
		r.rest = r.rest[1:]
		return n
	}
	n, width := binary.Uvarint(r.rest)
	switch {
	case width == 0:
		r.err = errTruncated
	case width < 0:
		r.err = errVarint
	default:
		r.rest = r.rest[width:]
	}
	return n
}

func (r *wireReader) skipGroup() {
	n := protowire.ConsumeFieldValue(protowire.Number(r.num), protowire.StartGroupType, r.rest)
	if n < 0 {
		r.err = fmt.Errorf("has a malformed group: %w", protowire.ParseError(n))
		return
	}
	r.rest = r.rest[n:]
}

// is tells whether the present field is the one with this number and wire type.
// A known number with another wire type is an unknown field in protobuf.
func (r *wireReader) is(num, wire uint64) bool { return r.num == num && r.wire == wire }

// double returns the value of a field of type double.
func (r *wireReader) double() float64 { return math.Float64frombits(r.n) }

// sint returns the value of a field of type sint64.
func (r *wireReader) sint() int64 { return zigzag(r.n) }

// sint32 returns the value of a field of type sint32, of which protobuf keeps the low bits.
func (r *wireReader) sint32() int32 { return int32(zigzag(r.n & math.MaxUint32)) }

// text returns the value of a string field. It shares memory with the message.
func (r *wireReader) text() string { return unsafe.String(unsafe.SliceData(r.bytes), len(r.bytes)) }

func zigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

// message is the content of a singular message field. Where the field is given
// more than once protobuf merges the messages, which is what decoding their
// concatenation does, provided that each ends where a field ends.
type message struct {
	bytes  []byte
	set    bool
	merged bool // bytes is a copy of our own
}

// addTo adds the present field of r to m.
func (r *wireReader) addTo(m *message) {
	if !m.set {
		m.bytes, m.set = r.bytes, true
		return
	}
	if !m.merged {
		r.checkFields(m.bytes)
		m.bytes, m.merged = slices.Clone(m.bytes), true
	}
	r.checkFields(r.bytes)
	m.bytes = append(m.bytes, r.bytes...)
}

// checkFields sets err if b is not a sequence of whole fields.
func (r *wireReader) checkFields(b []byte) {
	in := wireReader{rest: b}
	for r.err == nil && in.next() {
	}
	r.err = cmp.Or(r.err, in.err)
}
