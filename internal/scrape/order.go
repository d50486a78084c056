package scrape

import (
	"slices"
	"strings"
)

// enrol gives a family the number by which its blocks, which are many, know it
// without a pointer.
func (b *Book) enrol(f *Family) {
	if len(b.families) == 0 {
		b.families = append(b.families, nil) // 0 is none
	}
	if n := len(b.numbers); n > 0 {
		f.number = b.numbers[n-1]
		b.numbers = b.numbers[:n-1]
		b.families[f.number] = f
		return
	}
	f.number = uint32(len(b.families))
	b.families = append(b.families, f)
}

// disenrol takes a block that has left the book off its family.
func (b *Book) disenrol(blk *Block) {
	f := b.familyOf(blk)
	blk.family = 0
	if f.blocks--; f.blocks == 0 {
		b.families[f.number] = nil
		b.numbers = append(b.numbers, f.number)
	}
}

// familyOf is the family of a block that is in the book.
func (b *Book) familyOf(blk *Block) *Family { return b.families[blk.family] }

// compare orders blocks: by the family's name, then by owner.
func (b *Book) compare(x, y *Block) int {
	if x.family != y.family {
		if c := strings.Compare(b.familyOf(x).Name, b.familyOf(y).Name); c != 0 {
			return c
		}
	}
	return x.Owner.Compare(y.Owner)
}

// search returns where blk stands in a page or would be inserted.
func (b *Book) search(p *page, blk *Block) (int, bool) {
	return slices.BinarySearchFunc(p.blocks, blk, b.compare)
}

// index returns where blk itself stands in a page, or -1.
func (b *Book) index(p *page, blk *Block) int {
	if at, found := b.search(p, blk); found && p.blocks[at] == blk {
		return at
	}
	return slices.Index(p.blocks, blk)
}
