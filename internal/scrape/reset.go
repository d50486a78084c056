package scrape

// Reset takes all blocks out at once. Blocks and families that were in the book
// must not be used with it again. The counters in Stats go on.
func (b *Book) Reset() {
	*b = Book{rebuilt: b.rebuilt, cache: b.cache}
}
