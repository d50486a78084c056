package scrape

import (
	"encoding/binary"
	"iter"
)

// segment is a part of a run that can be decoded in one go: sample lines, or the
// rich form of one block.
type segment struct {
	run  int // index in sheet.runs
	head *head
	text string
	rich string // "" unless the metrics have to be read from here instead of text
}

// segments goes through the blocks that keep selects, or all of them if it is nil,
// in as few segments as possible.
func (s *sheet) segments(keep func(*Block) bool) iter.Seq[segment] {
	return func(yield func(segment) bool) {
		c := cursor{sheet: s, lens: s.lens, rich: s.rich}
		for i, r := range s.runs {
			if i > 0 || s.opens {
				c.at += len(r.head.text)
			}
			var ok bool
			if keep == nil && (len(c.rich) == 0 || c.rich[0].block >= c.block+r.blocks) {
				ok = yield(c.wholeRun(i, r))
			} else {
				ok = c.blocks(i, r, keep, yield)
			}
			if !ok {
				return
			}
		}
	}
}

// cursor is a place in a sheet, before the block of that index.
type cursor struct {
	sheet *sheet
	block int
	at    int    // in sheet.text
	lens  []byte // what is left of sheet.lens
	rich  []rich // what is left of sheet.rich
}

func (c *cursor) wholeRun(i int, r run) segment {
	for range r.blocks {
		c.length()
	}
	seg := segment{run: i, head: r.head, text: c.sheet.text[c.at : c.at+r.size]}
	c.block += r.blocks
	c.at += r.size
	return seg
}

// length takes the text length of the next block.
func (c *cursor) length() int {
	n, size := binary.Uvarint(c.lens)
	c.lens = c.lens[size:]
	return int(n)
}

// blocks walks a run block by block and joins neighbours that are kept.
func (c *cursor) blocks(i int, r run, keep func(*Block) bool, yield func(segment) bool) bool {
	from := c.at // of the kept blocks not yet yielded, which end at c.at
	flush := func() bool {
		return from == c.at || yield(segment{run: i, head: r.head, text: c.sheet.text[from:c.at]})
	}
	for range r.blocks {
		n := c.length()
		metrics := ""
		if len(c.rich) > 0 && c.rich[0].block == c.block {
			metrics, c.rich = c.rich[0].metrics, c.rich[1:]
		}
		kept := keep == nil || keep(c.sheet.blocks[c.block])
		if !kept || metrics != "" {
			if !flush() {
				return false
			}
			from = c.at + n
		}
		if kept && metrics != "" && !yield(segment{run: i, head: r.head, text: c.sheet.text[c.at:from], rich: metrics}) {
			return false
		}
		c.at += n
		c.block++
	}
	return flush()
}
