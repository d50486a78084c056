package scrape

// Stats are the figures of a view for the gateway's own metrics.
type Stats struct {
	Pages   int
	Blocks  int
	Rebuilt uint64 // pages rendered since the book was made
	// TextBytes is the size of the canonical text.
	TextBytes int64
	// CachedBytes is what the renditions in other formats and the deflate streams take.
	CachedBytes int64
}

// Stats returns the view's figures. It takes time in proportion to the pages.
func (v *View) Stats() Stats {
	st := Stats{Pages: len(v.sheets), Rebuilt: v.rebuilt, TextBytes: v.size}
	for _, s := range v.sheets {
		st.Blocks += len(s.blocks)
		st.CachedBytes += s.cachedBytes()
	}
	return st
}

func (s *sheet) cachedBytes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.renditions {
		if r.done.Load() {
			n += len(r.first.data) + len(r.body.data) + len(r.last.data)
		}
	}
	return int64(n)
}
