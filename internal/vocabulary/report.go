package vocabulary

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/push/labels"
)

// Finding is something in a push that is against the vocabulary.
type Finding struct {
	// Finding has the rule's id, the label as it was pushed, the value if the
	// finding is about one, and in Count how many series it is about.
	labels.Finding
	// Action is what was done: the label was rewritten, it is only warned of, or
	// the push is to be refused.
	Action Action
}

// MaxFindings is how many findings a Report has room for.
const MaxFindings = 20

// Report collects what is found in one push, each finding once. The zero value
// is empty. It is for one goroutine at a time, and is also the memory that Apply works in.
type Report struct {
	findings []Finding
	more     int
	refusal  *RefusalError

	values  []string     // by term: the canonical label's, "" if it is absent
	aliased []bool       // by term: whether another name is there
	labels  []expo.Label // the set as it is now; the caller's until own
	owned   bool
	buffer  []expo.Label
}

// Reset empties the report for another push. What Findings and Err have
// returned stays valid.
func (r *Report) Reset() {
	r.findings, r.more, r.refusal = nil, 0, nil
	r.labels = nil
	clear(r.values) // let the texts go
	clear(r.buffer)
}

// Findings are what was found, in the order in which it was. They are the report's
// until Reset, and the caller's then.
func (r *Report) Findings() []Finding { return r.findings }

// More is how often something was found that there was no room for.
func (r *Report) More() int { return r.more }

// Err is the first finding for which the push is to be refused, as a
// *RefusalError, or nil.
func (r *Report) Err() error {
	if r.refusal == nil {
		return nil
	}
	return r.refusal
}

// RefusalError refuses a push for what was found in it.
type RefusalError struct{ Finding labels.Finding }

// Error says what was found, what is right, and by which rule.
func (e *RefusalError) Error() string {
	return fmt.Sprintf("%s (%s)", e.Finding.Message, e.Finding.Rule)
}

// The rules by their stable ids.
const (
	name     = "vocabulary-name"
	conflict = "vocabulary-conflict"
	spelling = "vocabulary-value"
	missing  = "vocabulary-missing"
	unknown  = "vocabulary-unknown"
)

// add counts a finding about one series.
func (r *Report) add(t *term, rule string, a Action, label, value string) {
	value = example(value)
	for i := range r.findings {
		if f := &r.findings[i]; f.Rule == rule && f.Label == label && f.Value == value {
			f.Count++
			return
		}
	}
	full := len(r.findings) == MaxFindings
	if full {
		r.more++
	}
	if full && (a != Refuse || r.refusal != nil) {
		return
	}
	f := t.describe(rule, label, strings.Clone(value), r.values[t.position])
	if a == Refuse && r.refusal == nil {
		r.refusal = &RefusalError{f}
	}
	if !full {
		r.findings = append(r.findings, Finding{f, a})
	}
}

// describe words a finding. Canonical is the canonical label's value.
func (t *term) describe(rule, label, value, canonical string) labels.Finding {
	f := labels.Finding{Rule: rule, Label: label, Value: value, Count: 1}
	switch rule {
	case name:
		f.Message = fmt.Sprintf("label %q: the name is %q", label, t.Label)
		f.Suggestion = fmt.Sprintf("push it as %q", t.Label)
	case conflict:
		f.Message = fmt.Sprintf("%s=%q beside %s=%q: the name is %q, want one of both", label, value, t.Label, example(canonical), t.Label)
		f.Suggestion = fmt.Sprintf("take off %q, or push what it says under another name", label)
	case spelling:
		f.Message = fmt.Sprintf("%s=%q: want %q", label, value, t.meaning(canonical))
		f.Suggestion = fmt.Sprintf("push %s=%q", label, t.meaning(canonical))
	case missing:
		f.Message = fmt.Sprintf("label %q is missing: it is required", label)
		f.Suggestion = fmt.Sprintf("add %q to the grouping key, or to each series", label)
	case unknown:
		f.Message = fmt.Sprintf("%s=%q: want one of %s", label, value, t.choices())
		f.Suggestion = "push one of these, or add the value to the vocabulary"
	}
	return f
}

// mostChoices is how many allowed values a message lists.
const mostChoices = 10

func (t *term) choices() string {
	if len(t.choice) > mostChoices {
		return fmt.Sprintf("%s and %d more", strings.Join(t.choice[:mostChoices], ", "), len(t.choice)-mostChoices)
	}
	return strings.Join(t.choice, ", ")
}

// maxExample is how many characters of a value a finding shows. Values that begin
// the same are the same to it.
const maxExample = 80

func example(value string) string {
	if len(value) <= maxExample || utf8.RuneCountInString(value) <= maxExample {
		return value
	}
	return string([]rune(value)[:maxExample-1]) + "…"
}
