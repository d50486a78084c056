package lint

import (
	"sync"

	"github.com/headgate/headgate/internal/expo"
)

// The table of groups is in parts, so that pushes of different groups seldom wait
// for each other.
const (
	parts = 64
	// mostGroups is how many groups are remembered. The longest silent of a few makes
	// room for a new one.
	mostGroups = 1 << 20
)

type table struct {
	parts [parts]part
}

// part is the groups whose hash ends alike. Its lock goes before those of drift and shapes.
type part struct {
	mu      sync.Mutex
	groups  map[uint64]*group // by the hash of the encoded key
	most    int
	evicted uint64
}

func (t *table) init() {
	for i := range t.parts {
		t.parts[i].groups, t.parts[i].most = map[uint64]*group{}, mostGroups/parts
	}
}

func (t *table) part(key uint64) *part { return &t.parts[key%parts] }

// enter makes a group. The part is locked.
func (l *Linter) enter(in *part, key uint64, p *Push) *group {
	g := l.room(in, key, p.Time.UnixNano())
	l.drift.enter(g, p)
	return g
}

// enterKnown makes a group that was there before. The part is locked.
func (l *Linter) enterKnown(p *part, key uint64, labels []expo.Label, last int64) {
	l.drift.enterKnown(l.room(p, key, last), labels, last)
}

func (l *Linter) room(p *part, key uint64, now int64) *group {
	for len(p.groups) >= p.most {
		p.evicted++
		oldest := p.oldest()
		l.leave(p, oldest, p.groups[oldest])
	}
	g := &group{last: now}
	p.groups[key] = g
	return g
}

// oldest returns the longest silent of some groups, which the map chooses.
func (p *part) oldest() uint64 {
	const some = 8
	var oldest uint64
	n := 0
	for key, g := range p.groups {
		if n == 0 || g.last < p.groups[oldest].last {
			oldest = key
		}
		if n++; n == some {
			break
		}
	}
	return oldest
}

// leave drops a group. The part is locked.
func (l *Linter) leave(p *part, key uint64, g *group) {
	delete(p.groups, key)
	l.drift.leave(g)
	l.count(g.rules(), 0)
}

// count corrects how many groups have findings, where one had some of the rules before
// and has others now.
func (l *Linter) count(before, now ruleSet) {
	for at := range (before &^ now).all() {
		l.groups[at].Add(-1)
	}
	for at := range (now &^ before).all() {
		l.groups[at].Add(1)
	}
	switch {
	case before == 0 && now != 0:
		l.found.Add(1)
	case before != 0 && now == 0:
		l.found.Add(-1)
	}
}
