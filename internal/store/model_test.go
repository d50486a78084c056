package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/expo"
)

// model is the store written as simply as it can be: no index, no pages. Every
// check looks at everything and every exposition is made anew.
type model map[string]*modelGroup

type modelGroup struct {
	labels       []expo.Label
	families     map[string]FamilyChange
	pushed, fail int64
	seq          uint64
	terms        Terms
}

func (m model) clone() model {
	c := model{}
	for k, g := range m {
		h := *g
		h.families = maps.Clone(g.families)
		c[k] = &h
	}
	return c
}

// apply returns the state after a push and whether it was taken.
func (m model) apply(c *Change, t int64) (model, bool) {
	next := m.clone()
	g := next[c.Key]
	if g == nil {
		labels, _ := Labels(c.Key)
		g = &modelGroup{labels: labels, families: map[string]FamilyChange{}}
		next[c.Key] = g
	}
	if c.replaces() {
		g.families = map[string]FamilyChange{}
	}
	for _, f := range c.Families {
		g.families[f.Name] = f
	}
	g.pushed = t
	if !next.consistent() {
		return m.refused(c, t), false
	}
	return next, true
}

func (m model) refused(c *Change, t int64) model {
	next := m.clone()
	if next[c.Key] == nil {
		labels, _ := Labels(c.Key)
		next[c.Key] = &modelGroup{labels: labels, families: map[string]FamilyChange{}}
		if m.overLimit(next, &Change{Key: c.Key, Terms: c.Terms}) {
			return m
		}
	}
	next[c.Key].fail = t
	if next[c.Key].pushed == 0 {
		next[c.Key].terms = Terms{TTL: c.Terms.TTL}
	}
	if !next.consistent() {
		return m
	}
	return next
}

// consistent looks at the whole exposition as each kind of scraper sees it.
func (m model) consistent() bool {
	for _, scheme := range []expo.Escaping{expo.AllowUTF8, expo.EscapeUnderscores, expo.EscapeDots, expo.EscapeValues} {
		if !m.consistentUnder(scheme) {
			return false
		}
	}
	return true
}

func (m model) consistentUnder(scheme expo.Escaping) bool {
	types, names := map[string]expo.Type{}, map[string]string{}
	lines := map[string]bool{}
	for _, g := range m {
		for name, f := range g.all() {
			e := escaped(f, scheme)
			if real, ok := names[e.Name]; ok && real != name {
				return false
			}
			if t, ok := types[e.Name]; ok && t != f.Type {
				return false
			}
			names[e.Name], types[e.Name] = name, f.Type
			for line := range strings.Lines(string(expo.AppendSamples(nil, e))) {
				series := line[:strings.LastIndex(line, " ")]
				if lines[series] {
					return false
				}
				lines[series] = true
			}
		}
	}
	for name, t := range types {
		for _, suffix := range suffixesOf(t) {
			if _, ok := types[name+suffix]; ok {
				return false
			}
		}
	}
	return true
}

func escaped(f FamilyChange, scheme expo.Escaping) *expo.Family {
	e := &expo.Family{Name: f.Name, Type: f.Type}
	if err := new(expo.Parser).Samples(e, f.Text); err != nil {
		panic(err)
	}
	expo.Escape(e, scheme)
	for _, m := range e.Metrics {
		slices.SortFunc(m.Labels, func(a, b expo.Label) int { return cmp.Compare(a.Name, b.Name) })
	}
	return e
}

func (g *modelGroup) exposed() []expo.Label {
	labels := slices.Clone(g.labels)
	if !slices.ContainsFunc(labels, func(l expo.Label) bool { return l.Name == "instance" }) {
		labels = append(labels, expo.Label{Name: "instance"})
	}
	slices.SortFunc(labels, func(a, b expo.Label) int { return cmp.Compare(a.Name, b.Name) })
	return labels
}

// all are the group's families and its own two.
func (g *modelGroup) all() map[string]FamilyChange {
	all := maps.Clone(g.families)
	for name, at := range map[string]int64{PushTimeName: g.pushed, PushFailureName: g.fail} {
		f := expo.Family{Name: name, Type: expo.Gauge, Metrics: []expo.Metric{{Labels: g.exposed(), Value: float64(at) / 1e9}}}
		help := pushTimeHelp
		if name == PushFailureName {
			help = pushFailureHelp
		}
		all[name] = FamilyChange{Name: name, Type: expo.Gauge, Help: help, HasHelp: true, Text: string(expo.AppendSamples(nil, &f))}
	}
	return all
}

// exposition is what /metrics should show.
func (m model) exposition() string {
	groups := slices.SortedFunc(maps.Values(m), func(a, b *modelGroup) int {
		return compareExposed(a.exposed(), b.exposed())
	})
	names := map[string][]FamilyChange{}
	for _, g := range groups {
		for name, f := range g.all() {
			names[name] = append(names[name], f)
		}
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(names)) {
		help, hasHelp := "", false
		for _, f := range names[name] {
			if f.HasHelp && (!hasHelp || f.Help < help) {
				help, hasHelp = f.Help, true
			}
		}
		if hasHelp {
			fmt.Fprintf(&b, "# HELP %s %s\n", quoted(name), help)
		}
		fmt.Fprintf(&b, "# TYPE %s %s\n", quoted(name), names[name][0].Type)
		for _, f := range names[name] {
			b.WriteString(f.Text)
		}
	}
	return b.String()
}

func compareExposed(a, b []expo.Label) int {
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	for i := range a {
		if c := cmp.Compare(a[i].Value, b[i].Value); c != 0 {
			return c
		}
	}
	for i := range a {
		if c := cmp.Compare(a[i].Name, b[i].Name); c != 0 {
			return c
		}
	}
	return 0
}

func quoted(name string) string {
	if expo.LegacyMetricName(name) {
		return name
	}
	return `"` + name + `"`
}
