package relabel

import (
	"github.com/prometheus/prometheus/model/relabel"
)

// names is what the rules have to do with label names.
type names struct {
	// slots numbers the labels that rules read or write by a fixed name.
	slots  map[string]int
	byName []*relabel.Config // the rules that look at each label's name
	memo   *memo[name]
}

// name is a label name as the rules see it.
type name struct {
	text string
	slot int // -1 if no rule has it
	// acts has a bit for each rule by name that does something to a label of this
	// name; rules whose bits coincide share it.
	acts uint64
	by   []mapping // of each rule by name
}

// mapping is what a rule by name does to a label.
type mapping struct {
	acts bool   // takes the label off or, labelmap, copies it to another name
	to   string // that name
}

func newNames() *names { return &names{slots: map[string]int{}, memo: newMemo[name]()} }

// slot numbers a name. All numbers are given before the first get.
func (ns *names) slot(text string) int {
	n, ok := ns.slots[text]
	if !ok {
		n = len(ns.slots)
		ns.slots[text] = n
	}
	return n
}

func (ns *names) add(c *relabel.Config) (index int) {
	ns.byName = append(ns.byName, c)
	return len(ns.byName) - 1
}

func (ns *names) get(text string) *name { return ns.memo.get(text, ns.describe) }

func (ns *names) describe(text string) *name {
	n := &name{text: text, slot: -1, by: make([]mapping, len(ns.byName))}
	if slot, ok := ns.slots[text]; ok {
		n.slot = slot
	}
	for i, c := range ns.byName {
		m := &n.by[i]
		m.acts = c.Regex.MatchString(text)
		switch {
		case c.Action == relabel.LabelKeep:
			m.acts = !m.acts
		case c.Action == relabel.LabelMap && m.acts:
			m.to = c.Regex.ReplaceAllString(text, c.Replacement)
		}
		if m.acts {
			n.acts |= bit(i)
		}
	}
	return n
}

// bit is the bit of the rule by name with this index in name.acts.
func bit(index int) uint64 { return 1 << (index % 64) }
