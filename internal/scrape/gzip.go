package scrape

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"github.com/klauspost/compress/flate"
)

// A gzip response is one member, put together from parts that were compressed on
// their own, long before:
//
//	1f 8b 08 00 00000000 00 ff        header (RFC 1952): deflate, no name, no time
//	deflate stream of each part       no final block; ended by a full flush, so at a
//	                                  byte's edge and referring to nothing before it
//	03 00                             final block, empty
//	CRC-32 | size mod 2^32            of the uncompressed whole, little endian
const (
	gzipHeader    = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
	deflateEnd    = "\x03\x00"
	storedMaximum = 1<<16 - 1 // bytes in one stored block
)

// gzipLevel is as fast as level 1 and a little smaller; 5 takes a third longer for
// nothing: lines that differ in few bytes leave no more to find.
const gzipLevel = 2

// deflater compresses parts; it is reused, because its tables are large.
type deflater struct {
	w   *flate.Writer
	out bytes.Buffer
}

func newDeflater() *deflater {
	d := new(deflater)
	d.w, _ = flate.NewWriter(&d.out, gzipLevel) // fails for an invalid level only
	return d
}

// compress returns plain as a deflate stream that can be followed by another.
func (d *deflater) compress(plain []byte) part {
	if len(plain) == 0 {
		return part{}
	}
	d.out.Reset()
	d.w.Reset(&d.out)
	// Neither can fail, as a bytes.Buffer doesn't.
	_, _ = d.w.Write(plain)
	_ = d.w.Flush()
	return part{
		data:  bytes.Clone(d.out.Bytes()),
		size:  len(plain),
		crc:   crc32.ChecksumIEEE(plain),
		shift: crcShift(len(plain)),
	}
}

// store returns plain, which is short, as deflate's stored blocks.
func store(plain []byte) part {
	p := part{size: len(plain), crc: crc32.ChecksumIEEE(plain), shift: crcShift(len(plain))}
	for len(plain) > 0 {
		n := min(len(plain), storedMaximum)
		p.data = append(p.data, 0)
		p.data = binary.LittleEndian.AppendUint16(p.data, uint16(n))
		p.data = binary.LittleEndian.AppendUint16(p.data, ^uint16(n))
		p.data = append(p.data, plain[:n]...)
		plain = plain[n:]
	}
	return p
}
