package store

import (
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/scrape"
)

// Read is a group as somebody has scraped it.
type Read struct {
	Key string
	Seq uint64 // of the push that was in the scrape
}

// scraped removes groups that were to stay until they are scraped. One that was
// pushed again since stays.
func (s *Store) scraped(c *Change, it *Item) {
	for _, r := range c.Reads {
		if g := s.groups[r.Key]; g != nil && g.keeps() && g.life.seq == r.Seq {
			s.dropGroup(g)
			s.readGroups++
			it.Deleted++
		}
	}
}

// watch notes whether a group waits to be scraped, and whether pushes are due.
func (s *Store) watch(g *group) {
	if g.life != nil && g.life.expect > 0 {
		s.expecting[g] = struct{}{}
	} else {
		delete(s.expecting, g)
		s.hideGauge(g, 0)
	}
	if g.keeps() {
		s.kept[g] = struct{}{}
	} else {
		delete(s.kept, g)
	}
}

// Kept lists up to most groups that stay until they are scraped and that read says
// have been, given the group and the journal sequence of its last push. read is
// called under the store's lock: it must be quick and not call the store.
func (s *Store) Kept(most int, read func(o *scrape.Owner, seq uint64) bool) (reads []Read) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for g := range s.kept {
		if g.pushed != 0 && read(g.owner, g.life.seq) {
			if reads = append(reads, Read{g.key, g.life.seq}); len(reads) == most {
				break
			}
		}
	}
	return reads
}

// Waiting is how many groups stay until they are scraped.
func (s *Store) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.kept)
}

// setScrapers takes over who scrapes, for the next start to wait for.
func (s *Store) setScrapers(ids []string) {
	s.scrapers = make([]string, len(ids))
	for i, id := range ids {
		s.scrapers[i] = strings.Clone(id)
	}
}

// Scrapers are the ids of the last scrapers record.
func (s *Store) Scrapers() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.scrapers)
}

// prepareAtOnce is how many changed pages, of about 64 KiB, are rendered under one hold
// of the lock: about a millisecond.
const prepareAtOnce = 16

// prepare renders most of what has changed, in steps between which pushes come in.
func (s *Store) prepare() {
	for passes := 1; ; passes++ {
		s.mu.Lock()
		more := s.book.Prepare(prepareAtOnce)
		most := s.book.Pages()
		s.mu.Unlock()
		runtime.Gosched() // to who waits for the lock
		// Pages that are pushed to all the time would be rendered for ever.
		if !more || passes*prepareAtOnce > 3*most {
			return
		}
	}
}

// Scrape is View, with the journal sequence of the last change in it.
func (s *Store) Scrape(self []expo.Family) (*scrape.View, uint64) {
	texts := ownTexts(self)
	s.prepare()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden = 0
	s.showGauges(time.Now())
	return s.view(self, texts), s.applied
}
