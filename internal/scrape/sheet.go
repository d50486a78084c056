package scrape

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
)

// sheet is what a page held at one View. It is immutable apart from the
// renditions that it caches, and is used without the lock that guards the book.
//
// Everything that a rendition is made from is captured: families may change, and
// blocks be given other text, while a sheet is being encoded. Per block that is
// the one or two bytes of its length; of the *Block itself only Owner may be
// read, which doesn't change.
type sheet struct {
	text   string // canonical text, headers included: blocks' text points in here
	opens  bool   // see page.opens
	runs   []run
	blocks []*Block // shared with the page, copied there before it is changed
	lens   []byte   // uvarint length of each block's text
	rich   []rich   // in the order of the blocks; mostly none

	scan   sync.Once
	quoted bool // see needsEscaping

	plain      rendition  // the text itself
	mu         sync.Mutex // guards renditions, not what they hold
	renditions []*rendition
}

// run is consecutive blocks of one family.
type run struct {
	head   *head
	blocks int
	size   int // of the samples' text in bytes
}

// rich is a block's metrics in protobuf's form.
type rich struct {
	block   int // index in sheet.blocks
	metrics string
}

// render copies the page's blocks into a new sheet and points their text into it,
// so that the text is resident once and whatever held it before can go.
func (p *page) render(families []*Family) *sheet {
	s := &sheet{opens: p.opens, blocks: p.seal(), runs: p.runs(families)}
	size := p.size
	for i, r := range s.runs {
		if i > 0 || s.opens {
			size += len(r.head.text)
		}
	}
	// A Builder that was grown to the exact size allocates once, doesn't clear what
	// it allocates, and gives its buffer away as a string without a copy.
	var text strings.Builder
	text.Grow(size)
	lens := make([]byte, 0, 2*len(p.blocks))
	from := 0
	for i, r := range s.runs {
		if i > 0 || s.opens {
			text.WriteString(r.head.text)
		}
		for _, blk := range p.blocks[from : from+r.blocks] {
			text.WriteString(blk.Text())
			lens = binary.AppendUvarint(lens, uint64(blk.length()))
		}
		from += r.blocks
	}
	s.text, s.lens = text.String(), bytes.Clone(lens)
	s.plain.body = plainPart(bytesOf(s.text))
	s.plain.done.Store(true)
	s.adopt()
	p.dirty, p.sheet = false, s
	return s
}

// runs lists the families of the page.
func (p *page) runs(families []*Family) []run {
	var runs []run
	var last uint32
	for _, blk := range p.blocks {
		if blk.family != last {
			last = blk.family
			runs = append(runs, run{head: families[last].head})
		}
		r := &runs[len(runs)-1]
		r.blocks++
		r.size += blk.length()
	}
	return slices.Clip(runs)
}

// adopt points the text of the blocks into the sheet and captures their rich form.
func (s *sheet) adopt() {
	at, n := 0, 0
	for i, r := range s.runs {
		if i > 0 || s.opens {
			at += len(r.head.text)
		}
		for _, blk := range s.blocks[n : n+r.blocks] {
			blk.move(s.text[at : at+blk.length()])
			at += blk.length()
			if metrics := blk.Rich(); metrics != "" {
				s.rich = append(s.rich, rich{block: n, metrics: metrics})
			}
			n++
		}
	}
}
