package top

import (
	"cmp"
	"slices"
	"time"

	"github.com/headgate/headgate/internal/client"
)

// rates are how often groups are pushed to, as far as looking now and then can tell: the
// gateway doesn't count pushes group by group, but says when the last one was. So of
// several pushes between two looks one is seen. The zero value works.
type rates map[string]observed

// observed is what was seen of a group.
type observed struct {
	since, last time.Time // of the looks
	push        time.Time // the last one
	looks, seen int       // after the first look; how many of them saw a new push
}

// mostLooks is after how many looks the older half of what they saw is forgotten.
const mostLooks = 30

// observe returns what is known with one look more. What isn't listed is forgotten.
func (r rates) observe(groups []client.Group, at time.Time) rates {
	next := make(rates, len(groups))
	for i := range groups {
		key := groups[i].Labels.String()
		o, known := r[key]
		if !known {
			next[key] = observed{since: at, last: at, push: groups[i].LastPush}
			continue
		}
		o.looks++
		if !o.push.Equal(groups[i].LastPush) {
			o.seen++
		}
		o.push, o.last = groups[i].LastPush, at
		if o.looks >= mostLooks {
			o.looks, o.seen, o.since = o.looks/2, o.seen/2, at.Add(-at.Sub(o.since)/2)
		}
		next[key] = o
	}
	return next
}

// perMinute is how often a group was pushed to; at least so often if each look saw a push.
func (r rates) perMinute(key string) (rate float64, atLeast, known bool) {
	o, ok := r[key]
	took := o.last.Sub(o.since)
	if !ok || o.looks == 0 || took <= 0 {
		return 0, false, false
	}
	return float64(o.seen) / took.Minutes(), o.seen == o.looks, true
}

// sort puts what is pushed to most often first.
func (r rates) sort(groups []client.Group) {
	rate := make(map[string]float64, len(groups))
	for i := range groups {
		key := groups[i].Labels.String()
		rate[key], _, _ = r.perMinute(key)
	}
	slices.SortStableFunc(groups, func(a, b client.Group) int { return cmp.Compare(rate[b.Labels.String()], rate[a.Labels.String()]) })
}
