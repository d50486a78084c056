package relabel

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/relabel"
)

// rule is one relabel config, with what is known beforehand.
type rule struct {
	config  *relabel.Config
	kind    kind
	sources []int // slots
	target  int   // slot; of byEquality
	index   int   // among the rules by name

	// absent is what happens where no source label is there, mostly nothing.
	absent *effect
	// literals are all values that the regex matches, if that can be told;
	// otherwise is what happens to others.
	literals  []literal
	otherwise *effect
	copyTo    *name         // of byCopy
	memo      *memo[effect] // of byValue
	work      func(value string) *effect
}

// kind is how it is found out what a rule does.
type kind uint8

const (
	byValue    kind = iota // the joined source value decides, and is remembered
	byLiteral              // the joined source value decides, and is in a list
	byCopy                 // the one source value is copied to a label
	byEquality             // two labels are compared
	byName                 // each label's name decides
)

// effect is what a rule does to a label set; nil is nothing.
type effect struct {
	drop  bool
	name  *name
	value string // empty takes the label off
}

type literal struct {
	text   string
	effect *effect
}

// newRule gives the rule's names their numbers.
func newRule(c *relabel.Config, ns *names) rule {
	r := rule{config: c}
	for _, l := range c.SourceLabels {
		r.sources = append(r.sources, ns.slot(string(l)))
	}
	switch c.Action {
	case relabel.LabelMap, relabel.LabelDrop, relabel.LabelKeep:
		r.kind, r.index = byName, ns.add(c)
		return r
	case relabel.KeepEqual, relabel.DropEqual:
		r.kind, r.target = byEquality, ns.slot(c.TargetLabel)
		return r
	case relabel.Replace, relabel.Lowercase, relabel.Uppercase, relabel.HashMod:
		if !strings.Contains(c.TargetLabel, "$") {
			ns.slot(c.TargetLabel)
		}
	}
	return r
}

// prepare finds out what can be known of the rule's effects before there is a
// label set. The names must have all their slots.
func (r *rule) prepare(ns *names) {
	if r.kind == byName || r.kind == byEquality {
		return
	}
	work := worker{r.config, ns}
	r.work = work.effect
	r.absent = work.effect(strings.Repeat(r.config.Separator, max(0, len(r.sources)-1)))
	if copies(r.config) {
		r.kind, r.copyTo = byCopy, ns.describe(r.config.TargetLabel)
		return
	}
	texts, ok := literals(r.config.Regex.String())
	if ok && usesRegex(r.config.Action) {
		r.kind, r.otherwise = byLiteral, work.mismatch()
		for _, text := range texts {
			r.literals = append(r.literals, literal{text, work.effect(text)})
		}
		return
	}
	r.memo = newMemo[effect]()
}

// copies is whether the rule does nothing but copy one label to another,
// whatever its value.
func copies(c *relabel.Config) bool {
	return c.Action == relabel.Replace && len(c.SourceLabels) == 1 && c.Regex.String() == "(.*)" &&
		(c.Replacement == "$1" || c.Replacement == "${1}") && !strings.Contains(c.TargetLabel, "$")
}

func usesRegex(a relabel.Action) bool {
	return slices.Contains([]relabel.Action{relabel.Replace, relabel.Keep, relabel.Drop}, a)
}
