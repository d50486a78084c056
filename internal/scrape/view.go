package scrape

import (
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// View is an immutable list of all blocks at one moment. It is safe for concurrent
// use and needs no lock; a scraper that reads slowly keeps alive the pages of its
// view that have changed meanwhile, and nothing else.
type View struct {
	sheets  []*sheet
	size    int64  // of the canonical text in bytes
	rebuilt uint64 // see Stats
	cache   *cache
}

// View renders the pages that changed since the last View and returns the list of
// all pages. The caller holds the book's lock.
//
// Rendering here, and not when the view is written, is what makes the cut
// consistent: a push that touches several pages is in the view whole or not at all.
// It copies the changed pages' bytes, 64 KiB each, and makes nothing else: other
// formats and compression are left to the scrape that asks for them.
func (b *Book) View() *View {
	b.settle()
	if b.view != nil && len(b.dirty) == 0 && !b.moved {
		return b.view
	}
	if b.cache == nil {
		b.cache = new(cache)
	}
	b.renderDirty()
	v := &View{sheets: make([]*sheet, len(b.pages)), cache: b.cache, rebuilt: b.rebuilt}
	for i, p := range b.pages {
		v.sheets[i] = p.sheet
		v.size += int64(len(p.sheet.text))
	}
	b.view, b.moved = v, false
	return v
}

// Prepare does a part of what the next View would do: it renders up to n changed pages.
// It reports whether more are left. The caller holds the book's lock, and lets go of it
// between two calls, so that what changes the book doesn't wait for a View after
// very many changes. Which pages are rendered early makes no difference to the View:
// those that change again are rendered again.
func (b *Book) Prepare(n int) (more bool) {
	if len(b.dirty) <= n {
		return false // View itself will be as quick
	}
	some := slices.Clone(b.dirty[:n])
	b.dirty = slices.Delete(b.dirty, 0, n)
	for _, p := range some {
		b.settlePage(p)
	}
	b.render(some)
	b.moved = true // the last View shows others
	return true
}

// settle splits and merges the changed pages to sizes near pageTarget.
func (b *Book) settle() {
	// Splitting and merging mark further pages, so the list grows on the way.
	for n := 0; n < len(b.dirty); n++ {
		b.settlePage(b.dirty[n])
	}
}

func (b *Book) settlePage(p *page) {
	if p.size > pageMax && len(p.blocks) > 1 {
		b.split(b.find(p.first()), p.prefix(pageTarget))
	}
	for p != nil && p.size < pageMin && len(p.blocks) > 0 {
		p = b.merge(b.find(p.first()))
	}
}

// merge joins the page at i with a neighbour, if they make one page together, and
// returns that.
func (b *Book) merge(i int) *page {
	for _, left := range [...]int{i, i - 1} {
		if left < 0 || left+1 >= len(b.pages) {
			continue
		}
		l, r := b.pages[left], b.pages[left+1]
		if l.size+r.size > pageTarget {
			continue
		}
		l.join(r)
		b.mark(l)
		b.drop(left + 1)
		return l
	}
	return nil
}

// renderBatch is how much text, in bytes, is worth a goroutine of its own.
const renderBatch = 8 << 20

func (b *Book) renderDirty() {
	b.render(b.dirty)
	clear(b.dirty)
	b.dirty = b.dirty[:0]
}

// render renders pages, but for those that were dropped or merged away.
func (b *Book) render(pages []*page) {
	pages = slices.DeleteFunc(pages, func(p *page) bool { return len(p.blocks) == 0 })
	size := 0
	for _, p := range pages {
		size += p.size
	}
	each(len(pages), min(1+size/renderBatch, runtime.GOMAXPROCS(0)), func(i int) { pages[i].render(b.families) })
	b.rebuilt += uint64(len(pages))
}

// each calls do for 0 to n-1, from as many goroutines as workers says, and returns
// when all calls have. A panic in one is the caller's, as if there were no goroutines:
// an HTTP server survives it there.
func each(n, workers int, do func(i int)) {
	if workers <= 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var next atomic.Int64
	var panicked atomic.Pointer[any]
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					panicked.Store(&p)
				}
			}()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
	if p := panicked.Load(); p != nil {
		panic(*p)
	}
}

// WriteTo writes the canonical text: format 0.0.4 with UTF-8 names quoted.
func (v *View) WriteTo(w io.Writer) (int64, error) {
	var written int64
	for _, s := range v.sheets {
		n, err := w.Write(bytesOf(s.text))
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}
