package scrape

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
)

// Compressed and stored parts of any size make one gzip member.
func TestGzipJoinsParts(t *testing.T) {
	d := newDeflater()
	for _, sizes := range [][]int{{}, {0}, {1}, {storedMaximum}, {storedMaximum + 1}, {0, 1, 0, 200_000, 5}, {3, 3, 3, 3}} {
		var want []byte
		b := newBody(true, 0)
		for i, size := range sizes {
			data := []byte(strings.Repeat("line of text\n", size/13+1)[:size])
			want = append(want, data...)
			if i%2 == 0 {
				b.literal(data)
			} else {
				b.add(d.compress(data))
			}
		}
		b.end()
		var out bytes.Buffer
		if _, err := b.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		r, err := gzip.NewReader(&out)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("parts of %v: %d bytes, %v; want %d", sizes, len(got), err, len(want))
		}
	}
}

type brokenWriter struct{ left int }

var errGone = errors.New("client gone")

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errGone
	}
	return len(p), nil
}

// A scraper that goes away in the middle ends its own scrape, with its error.
func TestWriterFails(t *testing.T) {
	v := fill().View()
	for _, left := range []int{0, 100, 100_000} {
		if _, err := v.WriteTo(&brokenWriter{left: left}); left < int(v.size) && !errors.Is(err, errGone) {
			t.Errorf("after %d bytes: %v", left, err)
		}
		for _, syntax := range []syntax{asText, asOpenMetrics, asProtobuf} {
			k := key{syntax: syntax}
			b, err := v.body(k)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.WriteTo(&brokenWriter{left: left}); left < int(b.size) && !errors.Is(err, errGone) {
				t.Errorf("%+v after %d bytes: %v", k, left, err)
			}
			if err := v.writeSelection(&brokenWriter{left: left}, k, new(filter)); left < int(b.size) && !errors.Is(err, errGone) {
				t.Errorf("%+v filtered, after %d bytes: %v", k, left, err)
			}
		}
	}
}
