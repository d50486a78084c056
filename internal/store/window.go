package store

import (
	"fmt"
	"slices"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/scrape"
)

// windowed is a rule at work. A window gathers values in cells, one for each result
// that it will have. When it has ended and its grace is over it is closed: the keeper's
// records show its results bit by bit, and take away those of the window before that
// have no successor. Nothing is added to it any more, so when the keeper comes decides
// only when the results are seen.
type windowed struct {
	WindowRule
	spec  string  // the rule as the journal has it, by which it is known again
	metas []*meta // of the result families
	// closed is the number of the last window that is.
	closed int64
	open   []*window // those after it that have values, the earliest first
	// closing is the window of that number while its results are being shown, else nil.
	closing *window
	// fresh are the results of the last closed window that are shown, stale those of
	// windows before; each in the order in which its key came.
	fresh, stale []*result
	WindowCounts
}

// WindowCounts are what a rule has done since the start.
type WindowCounts struct {
	LatePushes uint64 // pushes that came after their window's grace
	Overflow   uint64 // samples without a place, as there were MaxSeries results
	Ignored    uint64 // samples of no use: not finite, or of a broken counter or histogram
}

// window is one window of a rule.
type window struct {
	number int64
	cells  map[string]*cell
	order  []*cell // as they came; while the window is closing, some aren't in cells any more
	shown  int     // how many of order were shown, or had been
}

// cell is what a result will be made of.
type cell struct {
	key   string // its labels, as AppendKey has them
	at    int    // its place in the window's order
	epoch uint32 // the last snapshot that doesn't need it
	shown bool   // whether it is in its window's cells no more
	aggregate.Window
}

// result is what is shown of a cell: a block for each of the rule's families.
type result struct {
	key    string
	epoch  uint32 // the last snapshot that has this result's texts or doesn't need them
	blocks []scrape.Block
}

// windows are all rules and what the push at hand says to them.
type windows struct {
	rules []*windowed

	pending []observation
	keys    []byte // of pending, one after the other
	asked   []ask  // who wants to know of the family at hand
	picked  []expo.Label
	now     expo.Parser // of what is pushed
	before  expo.Parser // of what it takes the place of
}

// setWindows puts a set of rules into force. Rules that were there before go on as if
// nothing had happened; others begin with the window at hand. If a name is taken by
// something pushed, all stays as it was.
func (s *Store) setWindows(c *Change, t int64) error {
	if err := s.checkWindows(c.windows.rules); err != nil {
		return err
	}
	old := s.windows.rules
	s.windows.rules = make([]*windowed, len(c.windows.rules))
	for i := range c.windows.rules {
		spec := string(appendWindowRule(nil, &c.windows.rules[i]))
		if at := slices.IndexFunc(old, func(r *windowed) bool { return r.spec == spec }); at >= 0 {
			s.windows.rules[i] = old[at]
			old = slices.Delete(old, at, at+1)
			continue
		}
		r := &windowed{WindowRule: c.windows.rules[i], spec: spec}
		r.closed = r.last(t)
		s.windows.rules[i] = r
	}
	for _, r := range old {
		s.dropWindows(r)
	}
	for _, r := range s.windows.rules {
		if r.metas == nil {
			s.claimNames(r)
		}
	}
	return nil
}

// checkWindows refuses rules whose families would collide with what is pushed.
func (s *Store) checkWindows(rules []WindowRule) error {
	for _, r := range s.windows.rules { // their own names don't stand in their way
		for _, m := range r.metas {
			m.family.users--
			defer func() { m.family.users++ }()
		}
	}
	defer s.tidy()
	for i := range rules {
		if slices.ContainsFunc(rules[:i], func(r WindowRule) bool { return r.Name == rules[i].Name }) {
			return &ConflictError{"name", fmt.Sprintf("two window rules are named %q: want a name for each", rules[i].Name)}
		}
		for _, name := range rules[i].Families() {
			err := s.checkNames(nil, &Change{Kind: KindMerge}, &FamilyChange{Name: name, Type: expo.Gauge})
			if f := s.families[name]; f != nil && f.users > 0 {
				err = &ConflictError{"name", fmt.Sprintf("metric family %s is pushed already", name)}
			}
			if err != nil {
				return fmt.Errorf("window rule %q: %w: name the rule otherwise, or delete the groups that push it", rules[i].Name, err)
			}
		}
	}
	return nil
}

// claimNames makes the rule's families its own, whether they show anything or not: so
// nobody can push what would be in the way of a result.
func (s *Store) claimNames(r *windowed) {
	r.metas = nil
	for i, name := range r.Families() {
		m := s.addMeta(s.familyOf(name, expo.Gauge), r.help(i), true, "")
		m.family.users++
		m.family.rule = r.Name
		r.metas = append(r.metas, m)
	}
}

// dropWindows takes away all of a rule.
func (s *Store) dropWindows(r *windowed) {
	for _, results := range [...][]*result{r.fresh, r.stale} {
		for _, res := range results {
			s.hide(res)
		}
	}
	for _, m := range r.metas {
		m.family.rule = ""
		s.releaseMeta(m)
	}
}

// restartWindows makes the rules begin anew, after a wipe has taken all that was shown.
func (s *Store) restartWindows() {
	for _, r := range s.windows.rules {
		r.open, r.closing, r.fresh, r.stale = nil, nil, nil, nil
		s.claimNames(r)
	}
}

// SetWindows is the change that puts window rules into force, in place of those that are.
func SetWindows(rules []WindowRule) *Change {
	return &Change{Kind: KindWindows, windows: &windowsChange{form: windowRules, rules: rules}}
}

// WindowStats is a rule and what it has at the moment.
type WindowStats struct {
	Name string
	WindowCounts
	// Series are the results that the windows at hand will have, Results those shown.
	Series, Results int
}

// WindowStats lists the rules in force.
func (s *Store) WindowStats() []WindowStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := make([]WindowStats, 0, len(s.windows.rules))
	for _, r := range s.windows.rules {
		w := WindowStats{Name: r.Name, WindowCounts: r.WindowCounts, Results: len(r.fresh) + len(r.stale)}
		for _, open := range r.open {
			w.Series += len(open.cells)
		}
		stats = append(stats, w)
	}
	return stats
}

// WindowsDiffer tells whether a record of these rules would change anything, and why
// they can't be put into force now.
func (s *Store) WindowsDiffer(rules []WindowRule) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	same := slices.EqualFunc(s.windows.rules, rules, func(r *windowed, next WindowRule) bool {
		return r.spec == string(appendWindowRule(nil, &next))
	})
	if same {
		return false, nil
	}
	return true, s.checkWindows(rules)
}
