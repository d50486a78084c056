package lint

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sync/atomic"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/push/labels"
)

// Linter looks at pushes and remembers of each group what it found. It is safe for
// concurrent use. What it remembers is bounded, and all of it is in memory: after
// a restart the next push of a group says anew what is to be said, except where
// Known tells of the groups that there are.
type Linter struct {
	rules   []string // sorted
	seed    maphash.Seed
	options atomic.Pointer[settings]
	table   table
	shapes  shapes
	drift   drift
	pushes  [mostRules]atomic.Uint64 // pushes with a finding of the rule
	groups  [mostRules]atomic.Int64  // groups with one
	found   atomic.Int64             // groups with any
}

// settings are Options as a push needs them.
type settings struct {
	Options
	// number tells settings apart: it is part of a shape's hash, so that other
	// settings make all shapes new.
	number uint64
}

const (
	defaultFrequent = 15 * time.Second
	defaultValues   = 100
)

// New returns a Linter without groups.
func New(o Options) *Linter {
	l := &Linter{rules: doorRules(), seed: maphash.MakeSeed()}
	l.table.init()
	l.SetOptions(o)
	return l
}

// SetOptions changes what is reported from the next push of each group on. What is
// ignored from now on is gone from Groups at once.
func (l *Linter) SetOptions(o Options) {
	o.Ignore = slices.Clone(o.Ignore)
	o.MaxValues = cmp.Or(o.MaxValues, defaultValues)
	o.FrequentInterval = cmp.Or(o.FrequentInterval, defaultFrequent)
	s := &settings{Options: o, number: 1}
	if old := l.options.Load(); old != nil {
		s.number = old.number + 1
	}
	l.options.Store(s)
	if o.Off {
		l.Reset()
	}
}

func (s *settings) ignores(f *labels.Finding) bool {
	return slices.Contains(s.Ignore, f.Rule) || f.Metric != "" && slices.Contains(s.Ignore, f.Metric) ||
		f.Label != "" && slices.Contains(s.Ignore, f.Label)
}

// kept returns the findings that aren't ignored.
func (s *settings) kept(findings []labels.Finding) []labels.Finding {
	if len(s.Ignore) == 0 {
		return findings
	}
	return slices.DeleteFunc(slices.Clone(findings), func(f labels.Finding) bool { return s.ignores(&f) })
}

// Push is an accepted push as the linter sees it. Nothing of it is kept: strings that
// are needed longer are copied.
type Push struct {
	// Key is the grouping key, sorted by name, job among its labels. KeyText is
	// the same in one text, whatever its form: it identifies the group.
	Key     []expo.Label
	KeyText string
	// Families are sorted by name, and their metrics as they are kept. Labels are
	// as scraped: sorted, with those of the key, and with an empty instance if
	// there is none.
	Families []*expo.Family
	Time     time.Time
	// BodyJob and BodyInstance are values of job and instance in the body that are
	// other than the key's, which overwrote them; "" if there are none.
	BodyJob, BodyInstance string
	// From is the pusher's address without its port, or "". It tells hosts apart
	// that push to one group.
	From string
	// Expires is whether the group goes by itself: it has a ttl or is kept until
	// scraped. Values in its key that don't come back then leave nothing behind.
	Expires bool
	// Summed is whether pushes to the group add up, as those of many hosts are meant to.
	Summed bool
}

// job returns the job, which each key has.
func job(key []expo.Label) string {
	for i := range key {
		if key[i].Name == "job" {
			return key[i].Value
		}
	}
	return ""
}

func has(key []expo.Label, name string) bool {
	return slices.ContainsFunc(key, func(l expo.Label) bool { return l.Name == name })
}

// Push notes a push and returns what is found in it, sorted by metric, label and
// rule. The slice is shared: it must not be changed. A push of a group that pushes
// the same series as before costs a hash over its labels and allocates nothing.
func (l *Linter) Push(p *Push) []labels.Finding {
	o := l.options.Load()
	if o.Off || slices.Contains(o.Ignore, job(p.Key)) {
		return nil
	}
	key, s := maphash.String(l.seed, p.KeyText), l.sketch(o, p)
	part := l.table.part(key)
	part.mu.Lock()
	r := part.groups[key]
	var found *shape
	if r == nil || r.sum != s.sum {
		part.mu.Unlock()
		found = l.shape(o, p, s.sum)
		part.mu.Lock()
		if r = part.groups[key]; r == nil {
			r = l.enter(part, key, p)
		}
	}
	all, rules := l.note(o, r, p, &s, found)
	part.mu.Unlock()
	for at := range rules.all() {
		l.pushes[at].Add(1)
	}
	return all
}

// Forget drops what is known of a group that was deleted or has expired.
func (l *Linter) Forget(keyText string) {
	key := maphash.String(l.seed, keyText)
	part := l.table.part(key)
	part.mu.Lock()
	defer part.mu.Unlock()
	if r := part.groups[key]; r != nil {
		l.leave(part, key, r)
	}
}

// Known tells of a group that there is without a push: of each that a start has
// found, so that the first pushes after it don't look like new groups. lastPush is
// when it last pushed.
func (l *Linter) Known(key []expo.Label, keyText string, lastPush time.Time) {
	o := l.options.Load()
	if o.Off || slices.Contains(o.Ignore, job(key)) {
		return
	}
	sum := maphash.String(l.seed, keyText)
	part := l.table.part(sum)
	part.mu.Lock()
	defer part.mu.Unlock()
	if part.groups[sum] == nil {
		l.enterKnown(part, sum, key, lastPush.UnixNano())
	}
}

// Reset forgets all groups, as after a wipe. Counters stay.
func (l *Linter) Reset() {
	for i := range l.table.parts {
		part := &l.table.parts[i]
		part.mu.Lock()
		for key, r := range part.groups {
			l.leave(part, key, r)
		}
		part.mu.Unlock()
	}
}

// Stranger returns a Linter with the same settings that knows no group, for a push
// that is to leave no trace.
func (l *Linter) Stranger() *Linter { return New(l.options.Load().Options) }
