package wire

import (
	"encoding/binary"

	dto "github.com/prometheus/client_model/go"
)

func appendExemplar(dst []byte, t tag, e *dto.Exemplar) []byte {
	if e == nil {
		return dst
	}
	dst, start := openMessage(dst, t)
	return closeMessage(appendExemplarFields(dst, e), start)
}

// appendExemplarFields appends the content of an Exemplar message.
func appendExemplarFields(dst []byte, e *dto.Exemplar) []byte {
	if e == nil {
		return dst
	}
	dst = appendLabels(dst, exemplarLabel, e.Label)
	dst = appendDouble(dst, exemplarValue, e.Value)
	return appendTimestamp(dst, exemplarTimestamp, e.Timestamp)
}

// timestamp is protobuf's well-known Timestamp, known by what it tells so that
// its package need not be imported.
type timestamp interface {
	comparable
	GetSeconds() int64
	GetNanos() int32
}

// appendTimestamp leaves out a second or a nanosecond of 0, as proto3 does.
func appendTimestamp[T timestamp](dst []byte, t tag, ts T) []byte {
	var none T
	if ts == none {
		return dst
	}
	dst, start := openMessage(dst, t)
	if s := ts.GetSeconds(); s != 0 {
		dst = binary.AppendUvarint(append(dst, byte(timestampSeconds)), uint64(s))
	}
	if n := ts.GetNanos(); n != 0 {
		dst = binary.AppendUvarint(append(dst, byte(timestampNanos)), uint64(n))
	}
	return closeMessage(dst, start)
}
