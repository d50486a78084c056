package scrape

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/expo"
)

// Whatever changes, what a View shows is what rendering everything anew shows.
func TestViewAgreesWithReference(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for round := range uint64(3) {
		m := newReference(rand.New(rand.NewPCG(seed, round)), "a", "a_b", "b_total", "c.d", "d", "e", "f", "é")
		for range 150 {
			for range 1 + m.rng.IntN(6) {
				m.step()
				if m.rng.IntN(3) == 0 {
					m.book.Prepare(1 + m.rng.IntN(2)) // in whatever pieces, the View is the same
				}
			}
			m.check(t)
		}
		for blk := range m.blocks {
			m.book.Remove(blk)
			delete(m.blocks, blk)
		}
		m.check(t)
	}
}

// check compares the book's View with the reference, as text and in a random format.
func (m *reference) check(t *testing.T) {
	t.Helper()
	v := m.book.View()
	m.checkPages(t)
	var got bytes.Buffer
	n, err := v.WriteTo(&got)
	if err != nil || n != int64(got.Len()) || n != v.size {
		t.Fatalf("WriteTo = %d, %v; wrote %d, Size %d", n, err, got.Len(), v.size)
	}
	m.compare(t, key{escaping: escapeNothing}, got.Bytes())
	k := key{
		syntax:   syntax(m.rng.IntN(3)),
		escaping: expo.Escaping(m.rng.IntN(4)),
		gzip:     m.rng.IntN(2) == 0,
	}
	k.created = k.syntax == asOpenMetrics && m.rng.IntN(2) == 0
	m.compare(t, k, written(t, v, k))
	for blk, metrics := range m.blocks {
		if text, rich := content(m.of[blk], metrics); blk.Text() != text || blk.Rich() != rich {
			t.Fatalf("block %s of %v lost its content", m.of[blk].Name, blk.Owner.Labels())
		}
	}
}

func (m *reference) compare(t *testing.T, k key, got []byte) {
	t.Helper()
	if want := m.exposition(k); !bytes.Equal(got, want) {
		d := difference(got, want)
		t.Fatalf("%+v differs at byte %d of %d:\ngot  %.80q\nwant %.80q", k, d, len(want), got[max(0, d-40):], want[max(0, d-40):])
	}
}

// written returns what a scrape reads, decompressed.
func written(t *testing.T, v *View, k key) []byte {
	t.Helper()
	b, err := v.body(k)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if n, err := b.WriteTo(&got); err != nil || n != b.size || n != int64(got.Len()) {
		t.Fatalf("WriteTo = %d, %v; wrote %d, size %d", n, err, got.Len(), b.size)
	}
	if !k.gzip {
		return got.Bytes()
	}
	r, err := gzip.NewReader(&got)
	if err != nil {
		t.Fatal(err)
	}
	r.Multistream(false) // one member, and nothing after it
	plain, err := io.ReadAll(r)
	if err != nil || got.Len() > 0 {
		t.Fatalf("%d bytes left after the member, %v", got.Len(), err)
	}
	return plain
}

// checkPages checks the invariants that are written at page and Book.
func (m *reference) checkPages(t *testing.T) {
	t.Helper()
	total := 0
	for i, p := range m.book.pages {
		if len(p.blocks) == 0 {
			t.Fatalf("page %d is empty", i)
		}
		if p.size > pageMax && len(p.blocks) > 1 {
			t.Fatalf("page %d has %d bytes in %d blocks", i, p.size, len(p.blocks))
		}
		if opens := i == 0 || m.of[m.book.pages[i-1].last()] != m.of[p.first()]; p.opens != opens {
			t.Fatalf("page %d: opens is %t", i, p.opens)
		}
		total += len(p.blocks)
	}
	if total != len(m.blocks) || m.book.blocks != total {
		t.Fatalf("%d blocks in pages, Book counts %d, want %d", total, m.book.blocks, len(m.blocks))
	}
}

func difference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
