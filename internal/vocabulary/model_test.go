package vocabulary

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/headgate/headgate/internal/expo"
)

func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// naive does to a map what Apply does, as it is described, and counts the findings
// as "rule label value action".
func naive(terms []Term, set map[string]string, found map[string]int) {
	maps.DeleteFunc(set, func(_, value string) bool { return value == "" })
	for _, t := range terms {
		canonical := map[string]string{}
		for value, spellings := range t.Values {
			canonical[value] = value
			for _, s := range spellings {
				canonical[s] = value
			}
		}
		meaning := func(value string) string {
			if c := canonical[value]; c != "" {
				return c
			}
			return value
		}
		note := func(rule, label, value string, a Action) {
			found[strings.Join([]string{rule, label, value, strconv.Itoa(int(a))}, " ")]++
		}
		anyName := set[t.Label] != ""
		for _, alias := range t.Aliases {
			value, there := set[alias]
			anyName = anyName || there
			switch has := set[t.Label]; {
			case !there:
			case has != "" && meaning(has) != meaning(value):
				note("vocabulary-conflict", alias, value, max(Warn, t.Action))
			default:
				note("vocabulary-name", alias, "", t.Action)
				if t.Action == Rewrite {
					delete(set, alias)
					if has == "" {
						set[t.Label] = value
					}
				}
			}
		}
		value := set[t.Label]
		_, hasSpellings := t.Values[value]
		switch {
		case !anyName:
			if t.Required {
				note("vocabulary-missing", t.Label, "", max(Warn, t.Missing))
			}
		case value == "": // only by aliases that stay
		case meaning(value) != value:
			note("vocabulary-value", t.Label, value, t.Action)
			if t.Action == Rewrite {
				set[t.Label] = meaning(value)
			}
		case len(t.Allowed) > 0 && !slices.Contains(t.Allowed, value) && !hasSpellings:
			note("vocabulary-unknown", t.Label, value, max(Warn, t.Unknown))
		}
	}
}

func someTerms(r *rand.Rand) []Term {
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	var terms []Term
	for len(names) > 0 && len(terms) < 4 {
		n := 1 + r.IntN(min(3, len(names)))
		t := Term{Label: names[0], Aliases: names[1:n], Required: r.IntN(2) == 0}
		t.Action, t.Missing, t.Unknown = Action(r.IntN(3)), Action(r.IntN(3)), Action(r.IntN(3))
		if r.IntN(2) == 0 {
			t.Values = map[string][]string{"1": {"2", "3"}, "4": {"5"}}
		}
		if r.IntN(2) == 0 {
			t.Allowed = []string{"1", "6"}
		}
		terms, names = append(terms, t), names[n:]
	}
	return terms
}

// Any terms do to any labels what the model does, series after series, and report the same.
func TestModel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var report Report
	for range 5000 {
		terms := someTerms(r)
		v := compiled(t, terms...)
		report.Reset()
		found := map[string]int{}
		for range 1 + r.IntN(3) {
			want, in := map[string]string{}, []expo.Label{{Name: "__name__", Value: "m"}}
			for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "x"} {
				if r.IntN(2) == 0 {
					in = append(in, expo.Label{Name: name, Value: []string{"", "1", "2", "3", "4", "5", "6", "7"}[r.IntN(8)]})
				}
			}
			for _, l := range in {
				want[l.Name] = l.Value
			}
			before := slices.Clone(in)
			naive(terms, want, found)
			out := v.Apply(&report, in)
			got := map[string]string{}
			for i, l := range out {
				if i > 0 && out[i-1].Name >= l.Name {
					t.Errorf("%+v on %q: %q isn't sorted", terms, in, out)
				}
				if l.Value != "" {
					got[l.Name] = l.Value
				}
			}
			if !maps.Equal(got, want) || !slices.Equal(in, before) {
				t.Fatalf("%+v on %q: got %q, want %q", terms, before, out, want)
			}
		}
		if report.More() > 0 {
			continue // the model has room for all
		}
		got := map[string]int{}
		refused := false
		for _, f := range report.Findings() {
			got[strings.Join([]string{f.Rule, f.Label, f.Value, strconv.Itoa(int(f.Action))}, " ")] = f.Count
			refused = refused || f.Action == Refuse
		}
		if !maps.Equal(got, found) || refused != (report.Err() != nil) {
			t.Fatalf("%+v: found %v, %v, want %v", terms, got, report.Err(), found)
		}
	}
}
