package labels

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// Rename gives label from the name to. Where a series has both, the label that
// had the name already stays and the other is counted as a collision.
func Rename(from, to string) Rule {
	return plainRule{spell("Rename", from, to), func(d *draft) error {
		if err := errors.Join(checkLabel(from), checkNewLabel(to)); err != nil {
			return err
		}
		if from == to {
			return errors.New("want two different names")
		}
		if other, ok := d.renames[from]; ok {
			return fmt.Errorf("%q is renamed to %q already", from, other)
		}
		d.renames[from] = to
		return nil
	}}
}

// Alias replaces the values of label that values names by what they stand for,
// as in {"prod": "production"}. It leaves other values as they are.
func Alias(label string, values map[string]string) Rule {
	values = maps.Clone(values)
	return plainRule{spell("Alias", label), func(d *draft) error {
		if err := checkLabel(label); err != nil {
			return err
		}
		if len(values) == 0 {
			return errors.New("want at least one value")
		}
		return d.label(label).addAliases(values)
	}}
}

func (l *labelDraft) addAliases(values map[string]string) error {
	for _, from := range slices.Sorted(maps.Keys(values)) {
		to := values[from]
		if other, ok := l.alias[from]; ok && other != to {
			return fmt.Errorf("value %q stands for %q already, not for %q", from, other, to)
		}
		if !utf8.ValidString(to) {
			return fmt.Errorf("value %q: want UTF-8", to)
		}
		if l.alias == nil {
			l.alias = map[string]string{}
		}
		l.alias[from] = to
	}
	return nil
}

// AllowRule is made by Allow.
type AllowRule struct {
	label  string
	values []string
	other  string
}

// Allow lists the values that label may have. Others become OtherValue.
func Allow(label string, values ...string) AllowRule {
	return AllowRule{label, slices.Clone(values), OtherValue}
}

// Else sets what other values become.
func (r AllowRule) Else(value string) AllowRule {
	r.other = value
	return r
}

// String returns the rule as code spells it.
func (r AllowRule) String() string { return spell("Allow", append([]string{r.label}, r.values...)...) }

func (r AllowRule) add(d *draft) error {
	if err := checkLabel(r.label); err != nil {
		return err
	}
	if len(r.values) == 0 {
		return errors.New("want at least one value; to take the label off, write Drop")
	}
	l := d.label(r.label)
	if l.allow != nil {
		return fmt.Errorf("label %q has a list already: put both in one", r.label)
	}
	l.allow = make(map[string]struct{}, len(r.values)+1)
	for _, v := range append(slices.Clone(r.values), r.other) {
		if !utf8.ValidString(v) {
			return fmt.Errorf("value %q: want UTF-8", v)
		}
		l.allow[v] = struct{}{}
	}
	l.other = r.other
	return nil
}
