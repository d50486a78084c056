package schedule

import "sync"

// Cache parses each schedule once: a zone is read from disk, which takes far longer
// than all else. The zero value is ready. It is safe for concurrent use.
type Cache struct {
	mu     sync.Mutex
	parsed map[source]*Schedule
}

type source struct{ spec, zone string }

// mostCached bounds the cache. Who sends that many different ones pays for it.
const mostCached = 10_000

// Parse is as the function Parse. Of what is refused nothing is kept.
func (c *Cache) Parse(spec, zone string) (*Schedule, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := source{spec, zone}
	if s := c.parsed[key]; s != nil {
		return s, nil
	}
	s, err := Parse(spec, zone)
	if err != nil {
		return nil, err
	}
	if c.parsed == nil || len(c.parsed) >= mostCached {
		c.parsed = map[source]*Schedule{}
	}
	c.parsed[key] = s
	return s, nil
}
