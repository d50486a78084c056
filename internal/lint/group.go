package lint

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/push/labels"
)

// group is what is remembered of a group: 64 bytes, since there may be many.
// Its part's lock guards it.
type group struct {
	sum   uint64 // of the last push
	shape *shape // of that sum, nil before the first push
	found *found // nil if nothing is found but what its shape says
	set   *keySet
	last  int64   // when it last pushed, in ns
	mean  float32 // time between pushes in s, of about the last smooth ones
	gaps  uint32  // gaps without a break that mean is over
	seq   uint32  // see jobKeys.newest
	// senders are hashes of who pushed last, the newest first, each once.
	senders [4]uint16
	returns uint8 // how often one of the other senders came back
	state   state
	retell  uint8 // in how many more pushes a change of buckets is told
}

// found is what is found in a group beside what all of its shape have. The part's lock
// guards it; all is never changed.
type found struct {
	all     []labels.Finding // those of the shape included
	rules   ruleSet
	changed []labels.Finding
}

func (g *group) rules() ruleSet {
	switch {
	case g.found != nil:
		return g.found.rules
	case g.shape != nil:
		return g.shape.rules
	}
	return 0
}

func (g *group) findings() []labels.Finding {
	switch {
	case g.found != nil:
		return g.found.all
	case g.shape != nil:
		return g.shape.findings
	}
	return nil
}

// state is what, beside the shape, decides what is found.
type state uint8

const (
	frequent     state = 1 << iota // see group.frequent
	shared                         // several hosts push, see group.hear
	namesChanged                   // see drift
	valueNew                       // see drift
	expires                        // Push.Expires
)

// tellings is how many pushes after a change of buckets still tell of it, so that
// who looks a little later sees it too.
const tellings = 10

// note takes a push in and returns what is found. s is its sketch, and now its shape, which
// is nil if it is the group's known one.
func (l *Linter) note(o *settings, g *group, p *Push, s *sketch, now *shape) ([]labels.Finding, ruleSet) {
	t, before := p.Time.UnixNano(), g.rules()
	g.beat(t, o.FrequentInterval)
	g.hear(l, p, s)
	l.drift.pushed(g, t)
	var changed []labels.Finding
	stale := now != nil && (g.shape == nil || g.sum != s.sum)
	if stale {
		if g.shape != nil {
			changed = o.kept(g.shape.changed(now))
		}
		g.sum, g.shape = s.sum, now
	}
	if g.retell > 0 {
		g.retell--
		stale = stale || g.retell == 0
	}
	if len(changed) > 0 {
		g.retell = tellings
	}
	state := g.judge(o, p, s)
	if stale || state != g.state {
		g.state = state
		l.compose(o, g, p, changed)
		l.count(before, g.rules())
	}
	return g.findings(), g.rules()
}

func (g *group) judge(o *settings, p *Push, s *sketch) state {
	var st state
	if !p.Summed && g.frequent(o.FrequentInterval, p.Time, s) {
		st |= frequent
	}
	if !p.Summed && g.returns >= manyReturns {
		st |= shared
	}
	if p.Expires {
		st |= expires
	}
	return st | g.set.state()
}

// compose puts together all that is found in a group.
func (l *Linter) compose(o *settings, g *group, p *Push, changed []labels.Finding) {
	if len(changed) == 0 && g.retell > 0 && g.found != nil {
		changed = g.found.changed
	}
	all := slices.Concat(changed, g.habits(o, p))
	if g.state&expires == 0 {
		all = append(all, keyFindings(p.Key)...)
		all = append(all, g.set.findings(g.state)...)
	}
	all = o.kept(all)
	if len(all) == 0 {
		g.found = nil
		return
	}
	all = append(all, g.shape.findings...)
	sortFindings(all)
	g.found = &found{all: all, rules: l.rulesOf(all), changed: changed}
}

func sortFindings(all []labels.Finding) {
	slices.SortStableFunc(all, func(a, b labels.Finding) int {
		return cmp.Or(strings.Compare(a.Metric, b.Metric), strings.Compare(a.Label, b.Label), strings.Compare(a.Rule, b.Rule))
	})
}

func cloneKey(key []expo.Label) []expo.Label {
	own := make([]expo.Label, len(key))
	for i, l := range key {
		own[i] = expo.Label{Name: strings.Clone(l.Name), Value: strings.Clone(l.Value)}
	}
	return own
}

func seconds(d time.Duration) float32 { return float32(d.Seconds()) }
