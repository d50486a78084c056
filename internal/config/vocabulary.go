package config

import (
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/headgate/headgate/internal/vocabulary"
)

func (s *Settings) vocabulary() list {
	all := spellings{kind: "label"}
	return list{
		count: len(s.Vocabulary),
		begin: func() item {
			t := term{values: spellings{kind: "value"}}
			return item{t.schema(), func(r *reader, at place) {
				t.end(r, at)
				if t.Label != "" {
					all.canonical(r, join(at.path, "label"), t.Label, at.lines["label"])
				}
				for _, a := range t.aliases {
					a.of = t.Label
					all.others = append(all.others, a)
				}
				s.Vocabulary = append(s.Vocabulary, t.Term)
			}}
		},
		end: all.check,
	}
}

// term is one that is being read.
type term struct {
	vocabulary.Term
	aliases []spelling
	values  spellings
	allowed []spelling
}

func (t *term) schema() section {
	outcomes := []word[vocabulary.Action]{{"warn", vocabulary.Warn}, {"refuse", vocabulary.Refuse}}
	const byAction = "warn; refuse with action: refuse"
	return section{
		{"label", labelName{field: &t.Label}},
		{"aliases", texts{
			of: "a label name",
			add: func(r *reader, path string, n *yaml.Node, text string) {
				if text == "job" {
					r.fault(n, `%s: got "job", which each group has: make it the "label", and the other name its alias`, path)
				} else if isLabelName(r, path, n, text) {
					t.Aliases = append(t.Aliases, text)
					t.aliases = append(t.aliases, spelling{path: path, line: n.Line, text: text})
				}
			},
			value: func() []string { return t.Aliases },
		}},
		{"values", values{t}},
		{"required", flag{field: &t.Required}},
		{"allowed", texts{
			of: "a label's value",
			add: func(_ *reader, path string, n *yaml.Node, text string) {
				t.Allowed = append(t.Allowed, text)
				t.allowed = append(t.allowed, spelling{path: path, line: n.Line, text: text})
			},
			value: func() []string { return t.Allowed },
		}},
		{"action", choice[vocabulary.Action]{&t.Action, "rewrite", append([]word[vocabulary.Action]{{"rewrite", vocabulary.Rewrite}}, outcomes...)}},
		{"missing", choice[vocabulary.Action]{&t.Missing, byAction, outcomes}},
		{"unknown", choice[vocabulary.Action]{&t.Unknown, byAction, outcomes}},
	}
}

// end checks the term by itself.
func (t *term) end(r *reader, at place) {
	if !at.has("label") {
		at.fault(r, "label", `no "label": want the name that the label is to have, such as "env"`)
	}
	if at.clean && !t.Required && len(t.Aliases) == 0 && len(t.values.order) == 0 && len(t.Allowed) == 0 {
		at.fault(r, "", `a term that says nothing: want "aliases", "values", "required: true" or "allowed"`)
	}
	if at.clean && at.has("missing") && !t.Required {
		at.fault(r, "missing", `the label isn't required: want "required: true" besides, or no "missing"`)
	}
	if at.clean && at.has("unknown") && len(t.Allowed) == 0 {
		at.fault(r, "unknown", `all values are allowed: want a list of values in "allowed", or no "unknown"`)
	}
	t.values.check(r)
	t.allow(r)
	t.Missing = outcome(t.Missing, t.Action)
	t.Unknown = outcome(t.Unknown, t.Action)
}

// allow completes what is allowed by the canonical values.
func (t *term) allow(r *reader) {
	if len(t.Allowed) == 0 {
		return
	}
	for _, a := range t.allowed {
		if of, ok := t.values.canonicalOf(a.text); ok {
			r.faultAt(a.line, "%s: %s is another spelling of %s: want %s", a.path, quote(a.text), quote(of), quote(of))
		}
	}
	for _, c := range t.values.order {
		if !slices.Contains(t.Allowed, c) {
			t.Allowed = append(t.Allowed, c)
		}
	}
}

// outcome is what the file says, or else what goes with the action.
func outcome(said, action vocabulary.Action) vocabulary.Action {
	switch {
	case said != vocabulary.Rewrite: // which can't be said
		return said
	case action == vocabulary.Refuse:
		return vocabulary.Refuse
	}
	return vocabulary.Warn
}
