package scrape

import (
	"net/url"
	"slices"
)

// Part is what one scraper asks for of all that there is.
type Part struct{ filter *filter }

// ParsePart reads a scrape's query parameters match[] and shard.
func ParsePart(query url.Values) (Part, error) {
	f, err := parseFilter(query)
	return Part{f}, err
}

// MayShow is false if the part has no series of an owner's, as far as the owner's
// labels tell.
func (p Part) MayShow(o *Owner) bool {
	f := p.filter
	if f.shards > 1 && o.shard(f.shards) != f.shard {
		return false
	}
	return len(f.selectors) == 0 || slices.ContainsFunc(f.selectors, func(s selector) bool { return s.mayMatch(o) })
}
