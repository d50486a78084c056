package push

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

func decompress(t *testing.T, encoding, body string) []byte {
	t.Helper()
	var r io.Reader
	var err error
	switch src := strings.NewReader(body); encoding {
	case "gzip":
		r, err = gzip.NewReader(src)
	case "snappy":
		r = snappy.NewReader(src)
	case "zstd":
		var d *zstd.Decoder
		if d, err = zstd.NewReader(src, zstd.WithDecoderConcurrency(1)); err == nil {
			defer d.Close()
			r = d
		}
	default:
		t.Fatalf("content encoding %q", encoding)
	}
	if err != nil {
		t.Fatalf("%s: %v", encoding, err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%s: %v", encoding, err)
	}
	return b
}

// Bodies that are compressed at once don't get into each other.
func TestCompressConcurrently(t *testing.T) {
	for _, kind := range []Compression{Gzip, Snappy, Zstd} {
		c := compressor{kind: kind}
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				for n := range 20 {
					body := bytes.Repeat([]byte{byte('a' + i), byte(n)}, 1+n*5000)
					got, err := c.compress(body)
					if err != nil {
						t.Errorf("%s: %v", kind, err)
						return
					}
					if !bytes.Equal(decompress(t, kind.String(), string(got)), body) {
						t.Errorf("%s: %d bytes came back as others", kind, len(body))
					}
				}
			})
		}
		wg.Wait()
	}
}
