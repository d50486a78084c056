package scrape

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// rendition is a sheet in one format, plain or compressed. It is made once, by the
// first scrape that needs it, and kept as long as the sheet is in use and the
// format asked for.
type rendition struct {
	key  key
	once sync.Once
	done atomic.Bool
	err  error

	// Text and OpenMetrics have a body only. Protobuf puts the length of a family
	// before it, which isn't known here for a family that began on an earlier page
	// or goes on in the next. So the metrics of the sheet's first and last family
	// are parts of their own, without what comes before and after them, and body is
	// the families between, which are whole.
	first, body, last part
}

// errUnfinished stays in a rendition if encoding it panicked, lest the page be
// taken for an empty one.
var errUnfinished = errors.New("page was not encoded to its end")

// isText says that the rendition is the sheet's own text.
func (k key) isText() bool { return k == key{escaping: escapeNothing} }

// rendition returns the sheet's rendition of a kind, which may have to be made yet.
func (s *sheet) rendition(k key) *rendition {
	if k.escaping != escapeNothing && !s.needsEscaping() {
		k.escaping = escapeNothing
	}
	if k.isText() {
		return &s.plain
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.renditions, func(r *rendition) bool { return r.key == k })
	if i < 0 {
		i = len(s.renditions)
		s.renditions = append(s.renditions, &rendition{key: k})
	}
	return s.renditions[i]
}

// forget drops the sheet's rendition of a kind. Whoever is writing it keeps it.
func (s *sheet) forget(k key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renditions = slices.DeleteFunc(s.renditions, func(r *rendition) bool { return r.key == k })
}

// needsEscaping says whether the sheet has names outside the legacy character set:
// the text quotes those, and nothing else is quoted after a brace or a comma, save
// by chance in a label value, which costs no more than a rendition of its own.
func (s *sheet) needsEscaping() bool {
	s.scan.Do(func() { s.quoted = strings.Contains(s.text, `{"`) || strings.Contains(s.text, `,"`) })
	return s.quoted
}

// make fills the rendition in unless that was done. Scrapes that need the same one
// at once wait for the first of them.
func (r *rendition) make(s *sheet, c *cache) {
	r.once.Do(func() {
		r.err = errUnfinished
		kind := r.key
		kind.gzip = false
		var err error
		if kind.isText() {
			r.body = s.plain.body
		} else {
			e := c.encoder()
			defer c.encoders.Put(e)
			r.first, r.body, r.last, err = e.sheet(s, kind)
		}
		// What the encoder returned is in its scratch memory.
		for _, p := range [...]*part{&r.first, &r.body, &r.last} {
			if r.key.gzip {
				*p = c.compress(p.data)
			} else {
				p.data = bytes.Clone(p.data)
			}
		}
		r.err = err
		r.done.Store(true)
	})
}

func (c *cache) compress(plain []byte) part {
	if len(plain) == 0 {
		return part{}
	}
	d := c.deflater()
	defer c.deflaters.Put(d)
	return d.compress(plain)
}
