package scrape

import (
	"bufio"
	"encoding/binary"
	"io"
)

// part is a piece of a response that is used as it is.
type part struct {
	data []byte // plain, or a deflate stream as compress makes it

	// Of the plain bytes; crc and shift only if data is compressed.
	size  int
	crc   uint32
	shift uint32 // crcShift(size)
}

// body is a response put together from parts. The parts aren't copied.
type body struct {
	gzip   bool
	chunks [][]byte
	size   int64 // of the chunks
	plain  uint32
	crc    uint32
}

func newBody(gzip bool, parts int) *body {
	b := &body{gzip: gzip, chunks: make([][]byte, 0, parts+2)}
	if gzip {
		b.chunk([]byte(gzipHeader))
	}
	return b
}

// add appends a part that is compressed if, and only if, the body is.
func (b *body) add(p part) {
	if p.size == 0 {
		return
	}
	b.chunk(p.data)
	b.plain += uint32(p.size)
	if b.gzip {
		b.crc = crcJoin(b.crc, p.crc, p.shift)
	}
}

// literal appends a few plain bytes.
func (b *body) literal(data []byte) {
	if b.gzip {
		b.add(store(data))
	} else {
		b.add(part{data: data, size: len(data)})
	}
}

// end completes the body.
func (b *body) end() {
	if !b.gzip {
		return
	}
	tail := []byte(deflateEnd)
	tail = binary.LittleEndian.AppendUint32(tail, b.crc)
	b.chunk(binary.LittleEndian.AppendUint32(tail, b.plain))
}

func (b *body) chunk(data []byte) {
	b.chunks = append(b.chunks, data)
	b.size += int64(len(data))
}

// writeBuffer gathers compressed pages, of a few KiB each, into fewer writes. It is
// smaller than a page, so that plain pages go past it uncopied.
const writeBuffer = 32 << 10

// WriteTo writes the body.
func (b *body) WriteTo(w io.Writer) (int64, error) {
	buffer := bufio.NewWriterSize(w, writeBuffer)
	var written int64
	for _, chunk := range b.chunks {
		n, err := buffer.Write(chunk)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, buffer.Flush()
}
