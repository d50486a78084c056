package api

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

const (
	// snappyBlock is the largest block of the framing format, in bytes.
	snappyBlock = 64 << 10
	// zstdWindow is the window in bytes that RFC 8878 asks decoders to support.
	// It is reserved from the budget while a zstd body is read.
	zstdWindow = 8 << 20
)

// codecs are the decompressors of one body, made on first use and then reused.
type codecs struct {
	gzip   *gzip.Reader
	snappy *s2.Reader
	zstd   *zstd.Decoder
}

// decoder returns the name of the request's Content-Encoding, "" if there is
// none, and a reader of the decompressed body.
func (b *body) decoder(h http.Header) (encoding string, src io.Reader, err error) {
	switch encoding = contentEncoding(h); encoding {
	case "", "identity":
		return "", &b.wire, nil
	case "gzip", "x-gzip":
		src, err = b.codecs.openGzip(&b.wire)
		return "gzip", src, err
	case "snappy":
		return encoding, b.codecs.openSnappy(&b.wire), nil
	case "zstd":
		if err = b.take(zstdWindow); err != nil {
			return encoding, nil, err
		}
		src, err = b.codecs.openZstd(&b.wire)
		return encoding, src, err
	}
	return encoding, nil, refuse(badEncoding, "content encoding %q is not supported: use gzip, snappy (the framing format), zstd or identity", encoding)
}

// contentEncoding returns the coding of a body in lower case. Several codings,
// one over the other, come out as a list that no decoder is called.
func contentEncoding(h http.Header) string {
	switch values := h["Content-Encoding"]; len(values) {
	case 0:
		return ""
	case 1:
		return strings.ToLower(strings.TrimSpace(values[0]))
	default:
		return strings.ToLower(strings.Join(values, ", "))
	}
}

// openGzip reads the first header. io.EOF means that there is none.
func (c *codecs) openGzip(src io.Reader) (io.Reader, error) {
	if c.gzip == nil {
		c.gzip = new(gzip.Reader)
	}
	return c.gzip, c.gzip.Reset(src)
}

func (c *codecs) openSnappy(src io.Reader) io.Reader {
	if c.snappy == nil {
		c.snappy = s2.NewReader(src, s2.ReaderMaxBlockSize(snappyBlock))
	} else {
		c.snappy.Reset(src)
	}
	return c.snappy
}

func (c *codecs) openZstd(src *wire) (io.Reader, error) {
	if c.zstd == nil {
		// One goroutine, the caller's: a decoder in the pool owns none.
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(zstdWindow))
		if err != nil {
			return nil, fmt.Errorf("zstd decoder: %w", err)
		}
		c.zstd = d
	}
	if err := c.zstd.Reset(src); err != nil {
		return nil, err
	}
	return zstdStream{c.zstd, src}, nil
}

// zstdStream takes an empty input for what it is, a stream that ends early.
type zstdStream struct {
	*zstd.Decoder
	src *wire
}

func (z zstdStream) Read(p []byte) (int, error) {
	n, err := z.Decoder.Read(p)
	if err == io.EOF && z.src.n == 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
