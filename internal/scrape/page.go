package scrape

import "slices"

const (
	// pageTarget is the text, in bytes, that pages are filled to and merged up to.
	pageTarget = 64 << 10
	// pageMax is what a page may grow to before it is split.
	pageMax = 96 << 10
	// pageMin is what a page may shrink to before it is merged with a neighbour.
	pageMin = 16 << 10
)

// page is a run of consecutive blocks; never empty while it is in a book.
type page struct {
	id     uint32 // in its book
	blocks []*Block
	size   int // sum of the blocks' text in bytes, without headers
	// opens says that the first block is the first of its family in the book, so
	// that the family's header stands in this page. It depends on the last block of
	// the page before: whoever changes that, or this page's first block, calls
	// Book.fixEdge, which marks the page if opens changes. All other headers depend
	// on the page's own blocks only.
	opens bool
	dirty bool // is in Book.dirty
	// shared says that a sheet holds the array behind blocks, which must then be
	// copied before the next change.
	shared bool
	sheet  *sheet // what the last View rendered; nil before the first
}

func (p *page) first() *Block { return p.blocks[0] }
func (p *page) last() *Block  { return p.blocks[len(p.blocks)-1] }

func (p *page) insert(at int, blk *Block) {
	p.unshare(1)
	p.blocks = slices.Insert(p.blocks, at, blk)
	p.size += blk.length()
	blk.page = p.id
}

func (p *page) remove(at int) {
	blk := p.blocks[at]
	p.unshare(0)
	p.blocks = slices.Delete(p.blocks, at, at+1)
	p.size -= blk.length()
	blk.page = 0
}

// unshare makes the array behind blocks the page's own, with room for extra more.
func (p *page) unshare(extra int) {
	if !p.shared {
		return
	}
	own := make([]*Block, len(p.blocks), len(p.blocks)+extra)
	copy(own, p.blocks)
	p.blocks, p.shared = own, false
}

// seal gives the array behind blocks to a sheet. It is trimmed first, because room
// to grow in it would never be used.
func (p *page) seal() []*Block {
	if cap(p.blocks)-len(p.blocks) > len(p.blocks)/16 {
		p.blocks = slices.Clone(p.blocks)
	}
	p.shared = true
	return p.blocks
}

// cut moves the blocks from at on into right, a new page.
func (p *page) cut(at int, right *page) {
	right.blocks = slices.Clone(p.blocks[at:])
	for _, blk := range right.blocks {
		blk.page = right.id
		right.size += blk.length()
	}
	p.unshare(0)
	clear(p.blocks[at:])
	p.blocks = p.blocks[:at]
	p.size -= right.size
}

// join moves all blocks of right, which follow this page's, to the end of this page.
func (p *page) join(right *page) {
	p.unshare(len(right.blocks))
	p.blocks = append(p.blocks, right.blocks...)
	for _, blk := range right.blocks {
		blk.page = p.id
	}
	p.size += right.size
	right.blocks, right.size = nil, 0
}

// splitPoint returns where to cut a page that grew too large by the block at at.
//
// A block that ends its family was most likely appended to it and will be
// followed by more, as when a book is filled in order: the left page is then left
// full, because nothing will come to fill it up. Anything else is cut in the middle.
func (p *page) splitPoint(at int) int {
	if at == len(p.blocks)-1 {
		return at
	}
	if p.blocks[at].family != p.blocks[at+1].family {
		left := 0
		for _, blk := range p.blocks[:at+1] {
			left += blk.length()
		}
		if left >= pageTarget/2 {
			return at + 1
		}
	}
	return p.prefix(p.size / 2)
}

// prefix returns how many blocks, at least one and never all, have about size
// bytes of text.
func (p *page) prefix(size int) int {
	n := 0
	for n < len(p.blocks)-1 && (n == 0 || size >= p.blocks[n].length()) {
		size -= p.blocks[n].length()
		n++
	}
	return n
}
