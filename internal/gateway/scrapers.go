package gateway

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/headgate/headgate/internal/scrape"
)

// activeFor is how long after its last scrape somebody is still waited for.
const activeFor = 10 * time.Minute

// mostScrapers bounds who is told apart: more would be a mistake in what tells them apart.
const mostScrapers = 1000

// scrapers knows who scrapes and what each has read, for the groups that stay until
// all have. The zero value is ready; safe for concurrent use.
type scrapers struct {
	mu    sync.Mutex
	known map[string]*scraper
	last  []string // the ids that the journal has
}

type scraper struct {
	seen time.Time
	seq  uint64 // up to which journal record it has read
	part scrape.Part
}

// scraperHeader is sent by Prometheus, and by everything built on its scraping,
// with each scrape. A person's curl doesn't have it and is waited for by nobody.
const scraperHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// scraperOf is who sends a scrape: the address, what it asks for and, to tell apart
// those behind one proxy, the parameter scraper. "" is nobody to wait for.
func scraperOf(r *http.Request) string {
	if r.Header.Get(scraperHeader) == "" {
		return ""
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	q := r.URL.Query()
	kept := url.Values{}
	for _, name := range []string{"match[]", "shard", "scraper"} {
		if v := q[name]; len(v) > 0 {
			kept[name] = v
		}
	}
	return host + "?" + kept.Encode()
}

// done notes that a scrape has been answered whole, as of a journal sequence.
func (s *scrapers) done(r *http.Request, seq uint64, now time.Time) {
	id := scraperOf(r)
	if id == "" {
		return
	}
	part, err := scrape.ParsePart(r.URL.Query())
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.known[id]
	if sc == nil {
		if len(s.known) >= mostScrapers {
			return
		}
		sc = s.add(id, part)
	}
	sc.seen, sc.seq = now, max(sc.seq, seq)
}

func (s *scrapers) add(id string, part scrape.Part) *scraper {
	if s.known == nil {
		s.known = map[string]*scraper{}
	}
	sc := &scraper{part: part}
	s.known[id] = sc
	return sc
}

// restore takes up those of before the start: they are waited for as if they had
// just scraped and read nothing.
func (s *scrapers) restore(ids []string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = ids
	for _, id := range ids {
		_, query, _ := strings.Cut(id, "?")
		asked, _ := url.ParseQuery(query) // ours, so it parses
		if part, err := scrape.ParsePart(asked); err == nil {
			s.add(id, part).seen = now
		}
	}
}

// active forgets those who haven't scraped for long and returns the ids of the rest,
// sorted, and whether they are others than the journal has.
func (s *scrapers) active(now time.Time) (ids []string, changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, sc := range s.known {
		if now.Sub(sc.seen) > activeFor {
			delete(s.known, id)
			continue
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, !slices.Equal(ids, s.last)
}

func (s *scrapers) noted(ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = ids
}

// count is how many are waited for.
func (s *scrapers) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.known)
}

// reader returns whether all who are waited for and see a group have read it, as of
// now. A group that nobody sees hasn't been read.
func (s *scrapers) reader(now time.Time) func(o *scrape.Owner, seq uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]scraper, 0, len(s.known))
	for _, sc := range s.known {
		if now.Sub(sc.seen) <= activeFor {
			all = append(all, *sc)
		}
	}
	return func(o *scrape.Owner, seq uint64) bool {
		read := false
		for i := range all {
			if !all[i].part.MayShow(o) {
				continue
			}
			if all[i].seq < seq {
				return false
			}
			read = true
		}
		return read
	}
}
