package vocabulary

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/common/model"
)

// Vocabulary is a list of terms, compiled. It doesn't change and is safe for
// concurrent use. A nil *Vocabulary has no terms.
type Vocabulary struct {
	terms []term
	words map[string]word // by label name
}

// term is a Term as it is looked up.
type term struct {
	Term
	position  int               // among the terms
	canonical map[string]string // of each other spelling of a value
	allowed   map[string]bool   // nil allows all
	choice    []string          // allowed, for messages
}

// word is what a label name stands for.
type word struct {
	term  int
	alias bool
}

// Compile checks the terms, which it keeps. All that is wrong with them is told at once.
//
// A Missing or Unknown of Rewrite is taken as Warn. An alias may not be the label
// or the alias of another term, nor job, which each group has; a spelling of a
// value may stand for one value only.
func Compile(terms []Term) (*Vocabulary, error) {
	if len(terms) == 0 {
		return nil, nil
	}
	v := &Vocabulary{words: map[string]word{}}
	var errs []error
	for i, t := range terms {
		compiled, err := compile(i, t)
		own := []error{v.name(i, t.Label, false)}
		for _, alias := range t.Aliases {
			own = append(own, v.name(i, alias, true))
		}
		for _, err := range append(own, err...) {
			if err != nil {
				errs = append(errs, fmt.Errorf("vocabulary term %d: %w", i+1, err))
			}
		}
		v.terms = append(v.terms, compiled)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return v, nil
}

// name takes up a name of the term with index i. The terms before it are in v.terms.
func (v *Vocabulary) name(i int, name string, alias bool) error {
	if err := checkName(name); err != nil {
		return err
	}
	if alias && name == "job" {
		return fmt.Errorf("alias %q: each group has this label: make it the term's label, and the other name the alias", name)
	}
	if w, ok := v.words[name]; ok {
		return fmt.Errorf("label %q again: term %d has it already, remove one", name, w.term+1)
	}
	v.words[name] = word{i, alias}
	return nil
}

func compile(position int, t Term) (_ term, errs []error) {
	c := term{Term: t, position: position, canonical: map[string]string{}}
	c.Missing, c.Unknown = max(t.Missing, Warn), max(t.Unknown, Warn)
	if most := max(t.Action, t.Missing, t.Unknown); most > Refuse {
		errs = append(errs, fmt.Errorf("label %q: action %d: want Rewrite, Warn or Refuse", t.Label, most))
	}
	if len(t.Allowed) > 0 {
		c.allowed = map[string]bool{}
		for _, value := range t.Allowed {
			errs = append(errs, checkValue(t.Label, value))
			c.allowed[value] = true
		}
	}
	for _, value := range sortedKeys(t.Values) {
		errs = append(errs, checkValue(t.Label, value))
		if c.allowed != nil {
			c.allowed[value] = true
		}
		for _, other := range t.Values[value] {
			errs = append(errs, checkValue(t.Label, other), c.spelling(value, other))
		}
	}
	c.choice = sortedKeys(c.allowed)
	return c, errs
}

func checkName(name string) error {
	if strings.HasPrefix(name, "__") {
		return fmt.Errorf("label %q: names that begin with __ are reserved", name)
	}
	if !model.UTF8Validation.IsValidLabelName(name) {
		return fmt.Errorf("label %q: want a name, in UTF-8", name)
	}
	return nil
}

func checkValue(label, value string) error {
	if value == "" || !utf8.ValidString(value) {
		return fmt.Errorf("label %q: value %q: want one that isn't empty, in UTF-8", label, value)
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// spelling takes up another spelling of a value.
func (t *term) spelling(value, other string) error {
	if _, ok := t.Values[other]; ok {
		return fmt.Errorf("label %q: value %q is written for %q and has other spellings itself: want it in one place", t.Label, other, value)
	}
	if slices.Contains(t.Allowed, other) {
		return fmt.Errorf("label %q: value %q is allowed and written for %q: want one of both", t.Label, other, value)
	}
	if before := cmp.Or(t.canonical[other], value); before != value {
		return fmt.Errorf("label %q: value %q is written for %q and for %q: want one of both", t.Label, other, before, value)
	}
	t.canonical[other] = value
	return nil
}
