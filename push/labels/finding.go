package labels

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Finding is something that Vet would have otherwise.
type Finding struct {
	// Rule is what kind of finding it is. It doesn't change from version to version.
	Rule string
	// Metric is the metric family, and Label the label of it that it is about, or "".
	Metric, Label string
	// Value is an example, cut off at 80 characters, if it is about values.
	Value string
	// Count is how many values of the label, or series of the metric, it is about.
	Count int
	// Message says what is there, and Suggestion what to write instead.
	Message, Suggestion string
}

// String returns the finding in one line and the suggestion in another.
func (f Finding) String() string {
	where := f.Metric
	if f.Label != "" {
		where = fmt.Sprintf("%s{%s}", f.Metric, f.Label)
	}
	return fmt.Sprintf("%s: %s (%s)\n\t%s", where, f.Message, f.Rule, f.Suggestion)
}

func sortFindings(all []Finding) {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.Metric, b.Metric), strings.Compare(a.Label, b.Label), strings.Compare(a.Rule, b.Rule))
	})
}

// maxExample is how many characters of a value a finding shows.
const maxExample = 80

func example(value string) string {
	if utf8.RuneCountInString(value) <= maxExample {
		return value
	}
	return string([]rune(value)[:maxExample-1]) + "…"
}
