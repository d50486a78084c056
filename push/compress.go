package push

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// Compression is how the bodies of requests are compressed.
type Compression uint8

// The compressions. Pushgateway reads Gzip and Snappy, Headgate all.
const (
	Uncompressed Compression = iota
	Gzip
	// Snappy is its framing format.
	Snappy
	Zstd
)

var compressionNames = [...]string{"identity", "gzip", "snappy", "zstd"}

// String returns the name that HTTP's Content-Encoding has for c.
func (c Compression) String() string {
	if int(c) < len(compressionNames) {
		return compressionNames[c]
	}
	return "invalid"
}

func (c Compression) check() error {
	if int(c) >= len(compressionNames) {
		return fmt.Errorf("compression %d: want Uncompressed, Gzip, Snappy or Zstd", c)
	}
	return nil
}

// compressor compresses bodies. Its writers, large ones, are kept for the next
// body. It is safe for concurrent use.
type compressor struct {
	kind    Compression
	writers sync.Pool // of resetter
}

// resetter is what the writers of all formats are.
type resetter interface {
	io.WriteCloser
	Reset(io.Writer)
}

// compress returns body compressed, in memory of its own: who sends it may go on
// reading it when the answer is there already, so it can't come from a pool.
func (c *compressor) compress(body []byte) ([]byte, error) {
	w, ok := c.writers.Get().(resetter)
	if !ok {
		var err error
		if w, err = newCompressor(c.kind); err != nil {
			return nil, err
		}
	}
	defer c.writers.Put(w)
	var out bytes.Buffer
	out.Grow(len(body)/8 + 64)
	w.Reset(&out)
	_, err := w.Write(body)
	if err == nil {
		err = w.Close()
	}
	w.Reset(nil) // lets go of out
	if err != nil {
		return nil, fmt.Errorf("compress with %s: %w", c.kind, err)
	}
	return out.Bytes(), nil
}

// zstdWindow is how far back zstd looks, in bytes; each writer keeps about twice
// as much. It is below what every decoder has to support.
const zstdWindow = 512 << 10

func newCompressor(kind Compression) (resetter, error) {
	switch kind {
	case Gzip:
		return gzip.NewWriter(nil), nil
	case Snappy:
		return s2.NewWriter(nil, s2.WriterSnappyCompat(), s2.WriterConcurrency(1)), nil
	case Zstd:
		// With a concurrency of 1 it starts no goroutine, so a pool may drop it.
		return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(zstdWindow))
	}
	return nil, kind.check()
}
