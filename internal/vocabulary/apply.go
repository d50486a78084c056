package vocabulary

import (
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/expo"
)

// Apply applies the terms to the labels of one series, sorted by name, each
// name once, and reports to r what is against them. __name__ is left alone. A
// label with an empty value counts as absent.
//
// First the names: a label by an alias is renamed, the term's aliases in their
// order, so that the first that is there wins. One that says the same as the canonical
// label is taken off; where they differ nothing is renamed. Then the canonical label's
// value, whatever name it came by. A required label is missing if none of
// its names is there.
//
// It returns ls itself if nothing is to be rewritten, and else a set that is valid
// until r's next use. It doesn't change ls.
func (v *Vocabulary) Apply(r *Report, ls []expo.Label) []expo.Label { return v.apply(r, ls, true) }

// ApplyKey is Apply for a grouping key, which needn't have the labels that are
// required: its series may.
func (v *Vocabulary) ApplyKey(r *Report, ls []expo.Label) []expo.Label { return v.apply(r, ls, false) }

func (v *Vocabulary) apply(r *Report, ls []expo.Label, series bool) []expo.Label {
	if v == nil {
		return ls
	}
	r.load(v, ls)
	for i := range v.terms {
		t := &v.terms[i]
		if r.aliased[i] {
			for _, alias := range t.Aliases {
				r.applyName(t, alias)
			}
		}
		if r.values[i] != "" {
			r.applyValue(t)
		} else if t.Required && series && !r.aliased[i] {
			r.add(t, missing, t.Missing, t.Label, "")
		}
	}
	return r.labels
}

// load finds the terms' labels in ls.
func (r *Report) load(v *Vocabulary, ls []expo.Label) {
	n := len(v.terms)
	r.values = slices.Grow(r.values[:0], n)[:n]
	r.aliased = slices.Grow(r.aliased[:0], n)[:n]
	clear(r.values)
	clear(r.aliased)
	r.labels, r.owned = ls, false
	for _, l := range ls {
		w, ok := v.words[l.Name]
		switch {
		case !ok || l.Value == "":
		case w.alias:
			r.aliased[w.term] = true
		default:
			r.values[w.term] = l.Value
		}
	}
}

// applyName does what is to be done to the label by this alias, if there is one.
func (r *Report) applyName(t *term, alias string) {
	i, there := position(r.labels, alias)
	if !there || r.labels[i].Value == "" {
		return
	}
	value, canonical := r.labels[i].Value, r.values[t.position]
	if canonical != "" && t.meaning(value) != t.meaning(canonical) {
		r.add(t, conflict, max(t.Action, Warn), alias, value)
		return
	}
	r.add(t, name, t.Action, alias, "")
	if t.Action != Rewrite {
		return
	}
	r.own()
	r.labels = slices.Delete(r.labels, i, i+1)
	if canonical == "" {
		r.set(t.Label, value)
		r.values[t.position] = value
	}
}

// applyValue does what is to be done to the value of the canonical label.
func (r *Report) applyValue(t *term) {
	value := r.values[t.position]
	if canonical := t.meaning(value); canonical != value {
		r.add(t, spelling, t.Action, t.Label, value)
		if t.Action == Rewrite {
			r.set(t.Label, canonical)
		}
		return
	}
	if t.allowed != nil && !t.allowed[value] {
		r.add(t, unknown, t.Unknown, t.Label, value)
	}
}

// meaning is the canonical spelling of a value.
func (t *term) meaning(value string) string {
	if len(t.canonical) > 0 {
		if canonical, ok := t.canonical[value]; ok {
			return canonical
		}
	}
	return value
}

func (r *Report) set(name, value string) {
	r.own()
	i, there := position(r.labels, name)
	if !there {
		r.labels = slices.Insert(r.labels, i, expo.Label{Name: name})
		r.buffer = r.labels
	}
	r.labels[i].Value = value
}

// own makes the set the report's, before the first change.
func (r *Report) own() {
	if !r.owned {
		r.buffer = append(r.buffer[:0], r.labels...)
		r.labels, r.owned = r.buffer, true
	}
}

func position(ls []expo.Label, name string) (int, bool) {
	return slices.BinarySearchFunc(ls, name, func(l expo.Label, name string) int { return strings.Compare(l.Name, name) })
}
