package lint

import (
	"cmp"
	"hash/maphash"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/push/labels"
)

// GroupFindings is what is found in a group.
type GroupFindings struct {
	Key      []expo.Label // sorted by name
	LastPush time.Time
	Findings []labels.Finding // sorted by metric, label and rule; shared
}

// Groups returns those of the given groups, by encoded key, in which something is
// found, sorted by key.
func (l *Linter) Groups(groups iter.Seq2[string, []expo.Label]) []GroupFindings {
	o := l.options.Load()
	var all []GroupFindings
	for text, key := range groups {
		found, last := l.known(text)
		if len(found) == 0 || slices.Contains(o.Ignore, job(key)) {
			continue
		}
		if found = o.kept(found); len(found) > 0 {
			all = append(all, GroupFindings{key, time.Unix(0, last), found})
		}
	}
	slices.SortFunc(all, func(a, b GroupFindings) int { return compareKeys(a.Key, b.Key) })
	return all
}

// known returns what is found in a group, and when it last pushed.
func (l *Linter) known(keyText string) (found []labels.Finding, last int64) {
	key := maphash.String(l.seed, keyText)
	part := l.table.part(key)
	part.mu.Lock()
	defer part.mu.Unlock()
	if g := part.groups[key]; g != nil {
		return g.findings(), g.last
	}
	return nil, 0
}

func compareKeys(a, b []expo.Label) int {
	return slices.CompareFunc(a, b, func(a, b expo.Label) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	})
}

// Drift is how the grouping keys of a job change.
type Drift struct {
	Job     string
	Finding labels.Finding // its Label is the one to drop, "" if there is none
	// Orphans is how many resident groups the change left behind, and Examples the keys
	// of some of them, sorted.
	Orphans  int
	Examples [][]expo.Label
}

// Drifts returns what drifts, by job, label and rule. groups are all resident groups by
// encoded key, which the orphans are chosen from; at most most of each drift are
// examples.
func (l *Linter) Drifts(groups iter.Seq2[string, []expo.Label], most int) []Drift {
	all := l.drift.list(l.options.Load())
	of := map[string][]*drifting{}
	for i := range all {
		of[all[i].Job] = append(of[all[i].Job], &all[i])
	}
	if len(of) == 0 {
		return nil
	}
	for text, key := range groups {
		changes := of[job(key)]
		if changes == nil {
			continue
		}
		seq := l.seq(text)
		for _, d := range changes {
			if d.orphaned(key, seq) {
				d.add(key, most)
			}
		}
	}
	out := make([]Drift, len(all))
	for i := range all {
		out[i] = all[i].Drift
		slices.SortFunc(out[i].Examples, compareKeys)
	}
	return out
}

// seq returns which of its job's groups a group is, 0 if that isn't known.
func (l *Linter) seq(keyText string) uint32 {
	key := maphash.String(l.seed, keyText)
	part := l.table.part(key)
	part.mu.Lock()
	defer part.mu.Unlock()
	if g := part.groups[key]; g != nil {
		return g.seq
	}
	return 0
}

// drifting is a drift and what its orphans are known by: the names of their labels or,
// where values are new each time, their numbers.
type drifting struct {
	Drift
	names    []string
	from, to uint32
}

func (d *drifting) orphaned(key []expo.Label, seq uint32) bool {
	if d.names == nil {
		return d.from < seq && seq < d.to && has(key, d.Finding.Label)
	}
	return slices.EqualFunc(d.names, key, func(name string, l expo.Label) bool { return name == l.Name })
}

func (d *drifting) add(key []expo.Label, most int) {
	d.Orphans++
	if len(d.Examples) < most {
		d.Examples = append(d.Examples, cloneKey(key))
	}
}

// list returns what drifts, sorted.
func (d *drift) list(o *settings) []drifting {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []drifting
	for _, j := range d.jobs {
		if slices.Contains(o.Ignore, j.name) {
			continue
		}
		for _, s := range j.sets {
			if change := s.change.Load(); change != nil && s.from != nil {
				all = append(all, drifting{Drift: Drift{Job: j.name, Finding: (*change)[0]}, names: s.from.names})
			}
		}
		if endless := j.endless.Load(); endless != nil {
			newest := j.newest.Load()
			for _, f := range *endless {
				all = append(all, drifting{Drift: Drift{Job: j.name, Finding: f}, from: j.label(f.Label).base, to: newest})
			}
		}
	}
	all = slices.DeleteFunc(all, func(d drifting) bool { return o.ignores(&d.Finding) })
	slices.SortFunc(all, func(a, b drifting) int {
		return cmp.Or(strings.Compare(a.Job, b.Job), strings.Compare(a.Finding.Label, b.Finding.Label), strings.Compare(a.Finding.Rule, b.Finding.Rule),
			slices.Compare(a.names, b.names))
	})
	return all
}
