package scrape

import "slices"

// Book is the ordered list of all blocks, in pages. The zero value is an empty
// book. It is not safe for concurrent use: one lock of the caller guards the book,
// its blocks and its families. Views are free of that lock.
type Book struct {
	pages []*page  // ordered; the blocks of one before those of the next
	byID  []*page  // by page.id
	ids   []uint32 // those that are free
	// families are those with blocks, by Family.number; 0 is none.
	families []*Family
	numbers  []uint32 // those that are free
	dirty    []*page  // those to render at the next View, in no order; may hold removed ones
	// moved says that pages were added or taken away since the last View.
	moved   bool
	view    *View
	blocks  int
	rebuilt uint64
	cache   *cache
}

// Insert adds a block that has its Owner and text to a family. No other block of the
// book may have the same family and owner. It takes O(log pages + one page).
func (b *Book) Insert(f *Family, blk *Block) {
	if f.blocks == 0 {
		f.head = newHead(f)
		b.enrol(f)
	}
	f.blocks++
	b.blocks++
	blk.family = f.number
	if len(b.pages) == 0 {
		b.pages = append(b.pages, b.number(&page{opens: true}))
		b.moved = true
	}
	i := b.find(blk)
	p := b.pages[i]
	at := len(p.blocks)
	if at > 0 && b.compare(blk, p.last()) < 0 {
		at, _ = b.search(p, blk)
	}
	p.insert(at, blk)
	b.mark(p)
	end := at == len(p.blocks)-1
	next := i + 1
	if at > 0 && end && p.size > pageTarget || len(p.blocks) > 1 && p.size > pageMax {
		b.split(i, p.splitPoint(at))
		next++
	}
	if at == 0 {
		b.fixEdge(i)
	}
	if end {
		b.fixEdge(next)
	}
}

// Remove takes a block out. A block that is in no book is left alone.
func (b *Book) Remove(blk *Block) {
	p := b.pageOf(blk)
	if p == nil {
		return
	}
	at := b.index(p, blk)
	if at < 0 {
		return
	}
	defer b.disenrol(blk)
	b.blocks--
	if at > 0 && at < len(p.blocks)-1 {
		p.remove(at)
		b.mark(p)
		return
	}
	i := b.find(blk)
	p.remove(at)
	if len(p.blocks) == 0 {
		b.drop(i)
		b.fixEdge(i)
		return
	}
	b.mark(p)
	b.fixEdge(i)
	b.fixEdge(i + 1)
}

// SetText replaces the content of a block, which may be in the book or not yet.
// It takes O(1).
//
// Text is the sample lines as expo.AppendSamples writes them. Rich is the same
// metrics as expo.AppendProtoMetrics writes them, or "" unless they have what text
// can't express: native histograms, exemplars, created timestamps. Text is kept
// as it is until the next View copies it into a page, rich is copied at once.
func (b *Book) SetText(blk *Block, text, rich string) {
	if p := b.pageOf(blk); p != nil {
		p.size += len(text) - blk.length()
		b.mark(p)
	}
	blk.set(text, rich)
}

// FamilyChanged tells that fields of f were changed. With all, its samples are
// rendered anew too: needed for a change of Type, OpenMetricsUnknown or NoCreated.
func (b *Book) FamilyChanged(f *Family, all bool) {
	if f.blocks == 0 {
		return
	}
	f.head = newHead(f)
	for i := b.findFamily(f); i < len(b.pages) && b.familyOf(b.pages[i].first()).Name <= f.Name; i++ {
		if b.familyOf(b.pages[i].last()).Name < f.Name {
			continue
		}
		b.mark(b.pages[i])
		if !all {
			return
		}
	}
}

// Pages is how many pages there are.
func (b *Book) Pages() int { return len(b.pages) }

// number gives a page an id.
func (b *Book) number(p *page) *page {
	if len(b.byID) == 0 {
		b.byID = append(b.byID, nil) // 0 is none
	}
	if n := len(b.ids); n > 0 {
		p.id = b.ids[n-1]
		b.ids = b.ids[:n-1]
		b.byID[p.id] = p
		return p
	}
	p.id = uint32(len(b.byID))
	b.byID = append(b.byID, p)
	return p
}

// pageOf is the page that a block is in, nil if it is in none.
func (b *Book) pageOf(blk *Block) *page {
	if blk.page == 0 {
		return nil
	}
	return b.byID[blk.page]
}

// find returns the index of the page that blk is in or would be inserted into:
// the last one that begins with blk or before.
func (b *Book) find(blk *Block) int {
	// Filling a book in order, as at start-up, meets this case only.
	if n := len(b.pages) - 1; len(b.pages[n].blocks) == 0 || b.compare(b.pages[n].first(), blk) <= 0 {
		return n
	}
	i, found := slices.BinarySearchFunc(b.pages, blk, func(p *page, blk *Block) int { return b.compare(p.first(), blk) })
	if !found && i > 0 {
		i--
	}
	return i
}

// findFamily returns the index of the page at which to begin to look for f: the
// last one that begins before it.
func (b *Book) findFamily(f *Family) int {
	i, _ := slices.BinarySearchFunc(b.pages, f.Name, func(p *page, name string) int {
		if b.familyOf(p.first()).Name < name {
			return -1
		}
		return 1
	})
	return max(i-1, 0)
}

func (b *Book) mark(p *page) {
	if !p.dirty {
		p.dirty = true
		b.dirty = append(b.dirty, p)
	}
}

// fixEdge restores page.opens of the page at i, if there is one.
func (b *Book) fixEdge(i int) {
	if i >= len(b.pages) {
		return
	}
	p := b.pages[i]
	opens := i == 0 || b.pages[i-1].last().family != p.first().family
	if opens != p.opens {
		p.opens = opens
		b.mark(p)
	}
}

// split cuts the page at i before its block at at.
func (b *Book) split(i, at int) {
	p := b.pages[i]
	right := b.number(new(page))
	p.cut(at, right)
	b.pages = slices.Insert(b.pages, i+1, right)
	b.moved = true
	b.mark(p)
	b.mark(right)
	b.fixEdge(i + 1)
}

// drop takes the page at i, which is empty, out of the book.
func (b *Book) drop(i int) {
	b.ids = append(b.ids, b.pages[i].id)
	b.byID[b.pages[i].id] = nil
	b.pages = slices.Delete(b.pages, i, i+1)
	b.moved = true
}
