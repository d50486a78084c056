package push

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// A batch in a queue is its envelope and its body. The envelope begins with a version
// number; a new layout gets a new one, since a spool outlives the version that
// wrote it. A batch that tells of no run is written as version 1, which has no run,
// so that an older library can send it.
//
//	version  1 byte, 1 or 2
//	mode     1 byte
//	flags    1 byte, 1: keep until scraped
//	ttl      uvarint, ns
//	expect   uvarint, ns
//	job      uvarint length, bytes
//	labels   uvarint count, then name and value of each as uvarint length, bytes
//	run      uvarint length, bytes; from version 2
//	body     the rest: delimited protobuf
const (
	envelopeVersion    = 1
	envelopeVersionRun = 2
)

const flagKeep = 1

func appendEnvelope(dst []byte, b *Batch) ([]byte, error) {
	var flags byte
	if b.Lifetime.KeepUntilScraped {
		flags |= flagKeep
	}
	version := byte(envelopeVersion)
	if b.Run != "" {
		version = envelopeVersionRun
	}
	dst = append(dst, version, byte(b.Mode), flags)
	dst = binary.AppendUvarint(dst, uint64(b.Lifetime.TTL))
	dst = binary.AppendUvarint(dst, uint64(b.Lifetime.Expect))
	dst = appendText(dst, b.Job)
	dst = binary.AppendUvarint(dst, uint64(len(b.Grouping)))
	for _, l := range b.Grouping {
		dst = appendText(appendText(dst, l.Name), l.Value)
	}
	if b.Run != "" {
		dst = appendText(dst, b.Run)
	}
	body, err := b.Encoded()
	return append(dst, body...), err
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// readEnvelope reads what appendEnvelope wrote. The batch's body aliases data.
func readEnvelope(data []byte) (*Batch, error) {
	if len(data) < 3 {
		return nil, fmt.Errorf("batch of %d bytes: want an envelope of at least 3", len(data))
	}
	version := data[0]
	if version < envelopeVersion || version > envelopeVersionRun {
		return nil, fmt.Errorf("batch of version %d: want %d or %d; a newer version of this library wrote it", version, envelopeVersion, envelopeVersionRun)
	}
	b := &Batch{Mode: Mode(data[1]), Lifetime: Lifetime{KeepUntilScraped: data[2]&flagKeep != 0}}
	if b.Mode > Delete {
		return nil, fmt.Errorf("batch of mode %d: want 0 to %d", data[1], Delete)
	}
	r := reader{rest: data[3:]}
	b.Lifetime.TTL, b.Lifetime.Expect = time.Duration(r.number()), time.Duration(r.number())
	b.Job = r.text()
	for range r.count() {
		b.Grouping = append(b.Grouping, Label{Name: r.text(), Value: r.text()})
	}
	if version >= envelopeVersionRun {
		b.Run = r.text()
	}
	if r.err != nil {
		return nil, r.err
	}
	b.encoded = r.rest
	return b, nil
}

// reader takes an envelope apart. After the first error it yields zeros.
type reader struct {
	rest []byte
	err  error
}

var errShort = errors.New("the batch's envelope ends early")

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.rest, r.err = nil, errShort
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// count is a number of labels, each of which takes two bytes at least.
func (r *reader) count() uint64 {
	n := r.number()
	if n > uint64(len(r.rest)/2) {
		r.rest, r.err = nil, errShort
		return 0
	}
	return n
}

func (r *reader) text() string {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.rest, r.err = nil, errShort
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}
